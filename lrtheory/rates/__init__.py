"""Rates of the fast paths beside their peers', as a run of the benchmarks kept them; it measures nothing."""
