"""Sweeps: an experiment at every point of a grid, on any executor, stored point by point, taken up again."""

from lrtheory.sweeps.driver import sweep
from lrtheory.sweeps.reading import Point, Sweep, stored_sweeps
from lrtheory.sweeps.trouble import SweepRefused, SweepStopped

__all__ = ["Point", "Sweep", "SweepRefused", "SweepStopped", "stored_sweeps", "sweep"]
