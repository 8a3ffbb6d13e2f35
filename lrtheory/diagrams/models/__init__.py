"""What is descended: landscapes with noise, their tensors, populations of losses and training sets."""
