"""What is predicted: kernels of gates that flicker, how many flip, and what is learned from how much."""
