"""What a diagram is worth at a point: exact, by automatic differentiation, or estimated from samples."""
