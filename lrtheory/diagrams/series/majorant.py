"""How large what a series leaves out may be, from the sizes of the orders that it has.

The size of an order is the sum of the absolute values of its diagrams: what cancels in the order itself
does not cancel in its size, so sizes grow evenly where coefficients jump. Calibrated on the cases of
models/random_landscapes.py, on seeds that the book's validation does not use; how often it was right is
shown there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_SAFETY = {1: 6.0, 2: 1.0}  # by the number of sizes after the largest; found by trial on the training half
_SAFETY_OF_MANY = 0.5
_MOST_BEFORE = 1  # orders before the largest: near a minimum the second is it, for the gradient is small


@dataclass(frozen=True)
class Majorant:
    """The smallest geometric series through the largest order that lies above all later ones.

    Attributes:
        largest: p, the order of the largest size.
        growth: q, how much of one order the next may be; below one.
        next_term: size that the series gives to the first order left out, with a safety factor.
    """

    largest: int
    growth: float
    next_term: float

    @property
    def error(self) -> float:
        """Sum of all orders left out: the geometric tail."""
        return self.next_term / (1 - self.growth)


def majorant(sizes: Sequence[float]) -> Majorant | None:
    """Geometric majorant of orders 1 to n at one rate, from the logarithms of their sizes.

    With a_j the size of order j, p the order of the largest, and q = max over j > p of
    (a_j / a_p)^(1 / (j - p)), what is left out is taken as kappa a_p q^(n + 1 - p) / (1 - q). Orders of
    size zero, by symmetry or accident, are no evidence and are left out. kappa is 6 where one size
    follows the largest, 1 where two do, 1/2 where more do: one ratio alone may be small by accident.

    Args:
        sizes: natural logarithms of a_1, ..., a_n; minus infinity for a size of zero.

    Returns:
        The majorant; None where the largest size is the last, so that none converges, or where two orders
        come before it, for a series that grew twice will grow again.

    Source: ours.
    """
    known = {order: size for order, size in enumerate(sizes, start=1) if size > -math.inf}
    if not known:
        return None
    largest = max(known, key=lambda order: (known[order], order))
    before = [order for order in known if order < largest]
    later = [order for order in known if order > largest]
    if not later or len(before) > _MOST_BEFORE:
        return None
    growth = max((known[order] - known[largest]) / (order - largest) for order in later)
    safety = _SAFETY.get(len(later), _SAFETY_OF_MANY)
    next_size = known[largest] + growth * (len(sizes) + 1 - largest)
    return None if growth >= 0 else Majorant(largest, math.exp(growth), safety * math.exp(next_size))
