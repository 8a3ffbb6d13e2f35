"""Fast paths: the exact reduction of the memorizing block, and ensembles of small networks as one."""
