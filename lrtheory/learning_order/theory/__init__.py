"""What is predicted: kernels of gates that flicker, how many flip, what is learned, from how many examples."""
