"""What a prediction holds and how it is read: coefficients, partial sums, a table. Nothing is summed here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from lrtheory.diagrams.diagram.diagram import Diagram

Number = Fraction | float
Resummation = Callable[[float], tuple[tuple[Diagram, float], ...]]


@dataclass(frozen=True)
class Term:
    """One diagram's share of a prediction.

    Attributes:
        diagram: the diagram.
        count: ways to place it in space-time, over batch_size^order; without symmetry.
        value: cumulants of derivatives, contracted.
        flip: -1 where the observable counts its diagrams negatively (the gap), else 1.
    """

    diagram: Diagram
    count: Number
    value: Number
    flip: int = 1

    @property
    def coefficient(self) -> Number:
        """What the term adds to the coefficient of lr^order: sign, count over symmetry, value."""
        sign = self.flip * (-1) ** self.diagram.order
        if isinstance(self.count, Fraction | int) and isinstance(self.value, Fraction | int):
            return Fraction(sign * self.count * self.value) / self.diagram.aut
        return float(sign * float(self.count) * float(self.value) / self.diagram.aut)


@dataclass(frozen=True)
class Estimate:
    """A prediction at one rate.

    Attributes:
        lr: the rate.
        value: the sum of all orders; NaN outside the perturbative regime.
        sums: partial sums, through order 0, 1, 2, ...
        next_term: size to expect of the first order left out, from the ratio of the last two terms.
        reliable: whether the last term is no larger than the one before it.
        reason: why not, in words; empty if reliable.
    """

    lr: float
    value: float
    sums: tuple[float, ...]
    next_term: float
    reliable: bool
    reason: str = ""


@dataclass(frozen=True)
class Prediction:
    """Series in the learning rate of what a run ends with.

    Attributes:
        terms: every diagram with its count and value, in ascending order of edges.
        order: highest power of the rate.
        resummation: contributions of the linkless diagrams at a rate, for the re-summed series; None for
            the plain one.
    """

    terms: tuple[Term, ...]
    order: int
    resummation: Resummation | None = None

    @property
    def coefficients(self) -> tuple[Number, ...]:
        """Coefficients of lr^0 to lr^order, of the plain series (which the re-summed one regroups)."""
        return tuple(
            sum((term.coefficient for term in self.terms if term.diagram.order == edges), start=Fraction(0))
            for edges in range(self.order + 1)
        )

    def at(self, lr: float) -> Estimate:
        """The prediction at one rate, with what is known of its error.

        The size of the order left out is estimated as the last term squared over the one before. Where
        the last term is the larger of the two, the rate is outside the perturbative regime: the value is
        NaN, and the partial sums are there to look at.

        Args:
            lr: learning rate, >= 0.

        Raises:
            ValueError: lr negative or not a number.
        """
        if not lr >= 0:
            raise ValueError(f"lr must not be negative, got {lr}")
        orders = self._orders(lr)
        sums = tuple(math.fsum(orders[: edges + 1]) for edges in range(self.order + 1))
        terms = [term for term in orders[1:] if term != 0]
        if len(terms) < 2:
            left_out = 0.0 if lr == 0 else math.nan
            reason = "" if lr == 0 else "one term alone says nothing of the next; raise the order"
            return Estimate(lr, sums[-1], sums, left_out, lr == 0, reason)
        before, last = abs(terms[-2]), abs(terms[-1])
        if last > before:
            reason = (
                f"outside the perturbative regime: the last term ({last:.2g}) is above the one before "
                f"({before:.2g}) at lr = {lr:g}; lower lr or the number of steps, or re-sum"
            )
            return Estimate(lr, math.nan, sums, last**2 / before, False, reason)
        return Estimate(lr, sums[-1], sums, last**2 / before, True)

    def breakdown(self, lr: float, *, largest: int | None = None) -> tuple[tuple[Diagram, float], ...]:
        """What each diagram adds at a rate, largest first; diagrams that add nothing are left out."""
        rows = [row for row in self._contributions(lr) if row[1] != 0]
        rows.sort(key=lambda row: -abs(row[1]))
        return tuple(rows[:largest])

    def table(self, lr: float, *, largest: int = 12) -> str:
        """The breakdown as text: one line a diagram with its share, then the total and its estimate."""
        estimate = self.at(lr)
        lines = [f"{'diagram':<32}{'order':>6}{'contribution':>16}"]
        for diagram, amount in self.breakdown(lr, largest=largest):
            lines.append(f"{diagram.name:<32}{diagram.order:>6}{amount:>16.6g}")
        lines.append(f"{'sum through order ' + str(self.order):<38}{estimate.sums[-1]:>16.6g}")
        lines.append(f"{'order left out, about':<38}{estimate.next_term:>16.2g}")
        return "\n".join([*lines, *([estimate.reason] if estimate.reason else [])])

    def __str__(self) -> str:
        numbers = ", ".join(f"{number}" for number in self.coefficients)
        return f"Prediction through lr^{self.order}: coefficients {numbers}"

    def _contributions(self, lr: float) -> tuple[tuple[Diagram, float], ...]:
        if self.resummation is not None and lr > 0:
            return self.resummation(lr)
        return tuple((term.diagram, float(term.coefficient) * lr**term.diagram.order) for term in self.terms)

    def _orders(self, lr: float) -> list[float]:
        total = [0.0] * (self.order + 1)
        for diagram, amount in self._contributions(lr):
            total[diagram.order] += amount
        return total
