"""Predictions as sums over diagrams: coefficients times values, order by order or re-summed."""
