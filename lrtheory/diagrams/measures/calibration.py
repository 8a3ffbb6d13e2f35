"""How often stated errors cover true ones, and how often a good sum is refused; no run is made here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtheory.measure import Estimate

FACTOR = 3.0  # a stated error covers a true one up to three times as large
GOOD = 0.1  # a sum is good if it misses at most a tenth of the true change
_RESOLVED = 1e-12  # smallest error that the truth, a sum in floating point, can tell
Cases = Mapping[str, NDArray[Any]]


def covered_share(cases: Cases, chosen: NDArray[np.bool_] | bool = True, *, by: str = "") -> Estimate:
    """Share of the reliable cases whose true error is at most three times the stated one.

    Args:
        cases: arrays of `experiments.stated_errors`, one entry a case.
        chosen: which cases count, shape (cases,); those whose error is below 1e-12 never do.
        by: ``"ratio_"`` for the stated errors and verdicts of the ratio of the last two terms.

    Returns:
        The share; its standard error is that of independent problems, each with all its cases.
    """
    reliable = cases[f"{by}reliable"] & (cases["missed"] > _RESOLVED) & chosen
    return _share(cases, cases["missed"] <= FACTOR * cases[f"{by}stated"], reliable)


def refused_share(cases: Cases, chosen: NDArray[np.bool_] | bool = True, *, by: str = "") -> Estimate:
    """Share of the good sums that are refused; arguments and standard error as for `covered_share`."""
    good = (cases["missed"] <= GOOD * cases["change"]) & np.isfinite(cases["missed"])
    return _share(cases, ~cases[f"{by}reliable"], good & (cases["missed"] > _RESOLVED) & chosen)


def overstatement(cases: Cases, chosen: NDArray[np.bool_] | bool = True) -> tuple[float, float]:
    """Stated over true error of the reliable cases: the median, and what nine in ten stay below."""
    reliable = cases["reliable"] & (cases["missed"] > _RESOLVED) & chosen
    factors = cases["stated"][reliable] / cases["missed"][reliable]
    return float(np.median(factors)), float(np.quantile(factors, 0.9))


def _share(cases: Cases, hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Estimate:
    if not among.any():
        raise ValueError("no case is left to take a share of: choose more")
    problem = cases["family"].astype(int) * 2**15 + cases["problem"]
    _, own = np.unique(problem[among], return_inverse=True)
    hit, count = np.bincount(own, weights=hits[among]), np.bincount(own)
    share = hit.sum() / count.sum()
    stderr = np.sqrt(((hit - share * count) ** 2).sum()) / count.sum()
    return Estimate(float(share), float(stderr), int(count.sum()))
