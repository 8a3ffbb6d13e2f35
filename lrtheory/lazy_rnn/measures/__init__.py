"""Numbers read off training: movement, flips, change of the kernel, norms forward and backward."""
