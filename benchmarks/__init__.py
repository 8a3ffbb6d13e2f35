"""Rates of the library's fast paths beside those of other ways to do the same work; one file a workload."""
