"""Diagrams: rooted trees with ties, their enumeration and symmetries, and how one is written as tensors."""
