"""Exact means over every run of small problems, in rational arithmetic: what predictions are held against."""
