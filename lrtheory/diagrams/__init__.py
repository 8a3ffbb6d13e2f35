"""Diagrams: what noise, batches and epochs do to a descent, order by order in the rate (Tenka, 2020)."""
