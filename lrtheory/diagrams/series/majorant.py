"""How large what a series leaves out may be, from the sizes of the orders that it has.

The size of an order is the sum of the absolute values of its diagrams: what cancels in the order itself
does not cancel in its size, so sizes grow evenly where coefficients jump. The estimate is calibrated on the
cases of exact/random_landscapes.py; how often it is right on others is in experiments/stated_errors.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# By the number of sizes after the first one; found by trial, so that 95 % and more are covered.
_SAFETY = {1: 6.0, 2: 1.0}
_SAFETY_OF_MANY = 0.5
_FIRSTS = 2  # near a minimum the first order is small; a series that still grows after the second is bad


@dataclass(frozen=True)
class Majorant:
    """A geometric series through one order that lies above all later ones.

    Attributes:
        first: p, the order that it goes through.
        growth: q, how much of one order the next may be; below one.
        next_term: size that the series gives to the first order left out, with a safety factor.
    """

    first: int
    growth: float
    next_term: float

    @property
    def error(self) -> float:
        """Sum of all orders left out: the geometric tail."""
        return self.next_term / (1 - self.growth)


def majorant(sizes: Sequence[float]) -> Majorant | None:
    """Geometric majorant of orders 1 to n at one rate, from the logarithms of their sizes.

    With a_j the size of order j, the series through order p has q = max over j > p of
    (a_j / a_p)^(1 / (j - p)), and what is left out is taken as kappa a_p q^(n + 1 - p) / (1 - q). kappa is
    6 where one size follows a_p, 1 where two do, 1/2 where more do: one ratio alone may be small by
    accident. p is one of the first two orders that have a size, whichever gives the smaller error. Orders
    of size zero, by symmetry or accident, are no evidence and are skipped.

    Args:
        sizes: natural logarithms of a_1, ..., a_n; minus infinity for a size of zero.

    Returns:
        The majorant; None where none converges.

    Source: ours.
    """
    known = [order for order, size in enumerate(sizes, start=1) if size > -math.inf]
    found = [_through(first, known, sizes) for first in known[:_FIRSTS] if first != known[-1]]
    converging = [each for each in found if each is not None]
    return min(converging, key=lambda each: each.error, default=None)


def _through(first: int, known: Sequence[int], sizes: Sequence[float]) -> Majorant | None:
    """Smallest geometric series through one order and above the later ones; None if it does not converge."""
    start, later = sizes[first - 1], [order for order in known if order > first]
    growth = max((sizes[order - 1] - start) / (order - first) for order in later)
    if growth >= 0:
        return None
    safety = _SAFETY.get(len(later), _SAFETY_OF_MANY)
    next_size = math.exp(start + growth * (len(sizes) + 1 - first))
    return Majorant(first, math.exp(growth), safety * next_size)
