"""How runs are described, hashed and kept on disk; the door to it is lrtheory.results. No numerics."""
