"""Runs that are stored: widths to 512 made here, to 16,384 made on a GPU by the same protocols."""
