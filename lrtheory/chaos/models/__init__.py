"""What is descended: losses of two scales, networks and small landscapes, and their derivatives."""
