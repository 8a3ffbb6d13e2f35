"""What is descended: two patterns of which one can be memorized, and the networks that learn them."""
