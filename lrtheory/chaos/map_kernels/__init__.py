"""Compiled maps of gradient descent on sums of sines and a polynomial, in one and two weights.

Named fast paths: each computes what `descend` or a plain measure computes on the same input, some ten to
a hundred times faster. Importing this package imports neither numba nor torch; the first call does,
and compiles its loop once (a few seconds) into a cache on disk.
"""

from lrtheory.chaos.map_kernels.ensembles import (
    Histogram,
    ensemble_histogram,
    ensemble_positions,
    orbit_diagram,
)
from lrtheory.chaos.map_kernels.lyapunov import lyapunov_sweep
from lrtheory.chaos.map_kernels.phases import has_map_kernel
from lrtheory.chaos.map_kernels.polynomial import Polynomial

__all__ = [
    "Histogram",
    "Polynomial",
    "ensemble_histogram",
    "ensemble_positions",
    "has_map_kernel",
    "lyapunov_sweep",
    "orbit_diagram",
]
