"""What is predicted: linear and nearly linear training, how far weights move, what the theorem asks."""
