"""Compiled maps of gradient descent: sums of sines and a polynomial in one and two weights, and a network.

Named fast paths: each computes what `descend` or a plain measure computes on the same input, some ten to
a hundred times faster. Importing this package imports neither numba nor torch; the first call does,
and compiles its loop once (a few seconds) into a cache on disk.
"""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        "ensembles": "Histogram ensemble_histogram ensemble_positions orbit_diagram",
        "lyapunov": "lyapunov_sweep",
        "network": "descend_network",
        "phases": "has_map_kernel",
        "polynomial": "Polynomial",
    },
)
