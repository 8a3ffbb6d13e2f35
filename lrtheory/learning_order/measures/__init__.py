"""Numbers read off runs: what has been learned, which gates have flipped, and when."""
