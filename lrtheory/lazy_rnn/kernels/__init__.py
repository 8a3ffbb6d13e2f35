"""Fast paths: gradient descent of one network, or of many small ones at once, in one fused loop."""
