"""P8: sweeps on workers of this machine."""

from benchmarks.sweeps.workloads import at_once, with_work

__all__ = ["at_once", "with_work"]
