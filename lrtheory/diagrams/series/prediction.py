"""What a prediction holds and how it is read: coefficients, partial sums, errors, a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from numbers import Real

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.series.majorant import Majorant, majorant
from lrtheory.doors import whole

_ROUNDING = 2.0**-52
_ENOUGH = 3  # sizes of the re-summed series from which its own majorant is taken; found by trial
_GAIN = 5.0  # most that re-summing is trusted to win where the plain series converges; found by trial

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
        value: the sum of all orders; NaN where it is not reliable.
        sums: partial sums, through order 0, 1, 2, ...
        next_term: size to expect of the first order left out; NaN where nothing is known of it.
        error: size to expect of all orders left out, with rounding; infinite where nothing bounds it. Held
            against exact errors on random landscapes and networks, see the book's page on orders.
        reliable: whether the orders left out are no larger than the change predicted, so that its sign is
            known.
        reason: why not, in words; empty if reliable.
    """

    lr: float
    value: float
    sums: tuple[float, ...]
    next_term: float
    error: float
    reliable: bool
    reason: str = ""


@dataclass(frozen=True, repr=False)
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

        The orders left out are estimated by a geometric series above the *sizes* of those known, the sums of
        the absolute values of their diagrams: see `majorant`. Where it does not converge, or is larger than
        the change predicted, the value is NaN, and the partial sums are there to look at. One order alone
        says nothing of the next; ask for a higher order. Costs nothing beside the sums.

        Args:
            lr: learning rate, >= 0 and finite.

        Raises:
            ValueError: lr negative, infinite or not a number.
        """
        lr = _checked_rate(lr)
        orders, sizes = self._orders(lr)
        sums = tuple(_sum(orders[: edges + 1]) for edges in range(self.order + 1))
        if lr == 0:
            return Estimate(lr, sums[-1], sums, 0.0, 0.0, True)
        above = self._majorant(lr, sizes) if math.isfinite(_sum(sizes)) else None
        reason = _why_not(lr, sizes, above, abs(_sum(orders[1:])))
        if above is None:
            return Estimate(lr, math.nan, sums, math.nan, math.inf, False, reason)
        value, error = math.nan if reason else sums[-1], above.error + _ROUNDING * _sum(sizes)
        return Estimate(lr, value, sums, above.next_term, error, not reason, reason)

    def breakdown(self, lr: float, *, largest: int | None = None) -> tuple[tuple[Diagram, float], ...]:
        """What each diagram adds at a rate, largest first; diagrams that add nothing are left out."""
        rows = [row for row in self._contributions(_checked_rate(lr)) if row[1] != 0]
        if largest is not None:
            whole("largest", largest)
        rows.sort(key=lambda row: -abs(row[1]))
        return tuple(rows[:largest])

    def table(self, lr: float, *, largest: int = 12) -> str:
        """The breakdown as text: one line a diagram with its share, then the total and its error."""
        estimate = self.at(lr)
        lines = [f"{'diagram':<32}{'order':>6}{'contribution':>16}"]
        for diagram, amount in self.breakdown(lr, largest=largest):
            lines.append(f"{diagram.name:<32}{diagram.order:>6}{amount:>16.6g}")
        lines.append(f"{'sum through order ' + str(self.order):<38}{estimate.sums[-1]:>16.6g}")
        lines.append(f"{'orders left out, about':<38}{estimate.error:>16.2g}")
        return "\n".join([*lines, *([estimate.reason] if estimate.reason else [])])

    def __repr__(self) -> str:
        numbers = ", ".join(f"{float(number):.6g}" for number in self.coefficients)
        kind = "" if self.resummation is None else ", re-summed"
        return f"Prediction(order={self.order}, terms={len(self.terms)}, coefficients=({numbers}){kind})"

    def __str__(self) -> str:
        numbers = ", ".join(
            f"{number:.6g}" if isinstance(number, float) else f"{number}" for number in self.coefficients
        )
        return f"Prediction through lr^{self.order}: coefficients {numbers}"

    def _majorant(self, lr: float, sizes: list[float]) -> Majorant | None:
        """Of the plain series; of the re-summed one where it has three sizes, but no more than five below."""
        powers = range(1, self.order + 1)
        plain = majorant([_log(self._sizes[power]) + power * math.log(lr) for power in powers])
        if self.resummation is None or _known(sizes) < _ENOUGH:
            return plain
        own = majorant([_log(size) for size in sizes[1:]])
        if own is None or plain is None or own.error >= plain.error / _GAIN:
            return own
        return replace(plain, next_term=plain.next_term / _GAIN)

    @cached_property
    def _sizes(self) -> tuple[float, ...]:
        """Sums of the absolute coefficients of every order's diagrams."""
        total = [0.0] * (self.order + 1)
        for term in self.terms:
            total[term.diagram.order] += abs(float(term.coefficient))
        return tuple(total)

    def _contributions(self, lr: float) -> tuple[tuple[Diagram, float], ...]:
        if self.resummation is not None and lr > 0:
            return self.resummation(lr)
        return tuple(
            (term.diagram, _at_power(float(term.coefficient), lr, term.diagram.order)) for term in self.terms
        )

    def _orders(self, lr: float) -> tuple[list[float], list[float]]:
        """What every order adds, and the sum of the absolute values of its diagrams."""
        total, sizes = [0.0] * (self.order + 1), [0.0] * (self.order + 1)
        for diagram, amount in self._contributions(lr):
            total[diagram.order] += amount
            sizes[diagram.order] += abs(amount)
        return total, sizes


def _checked_rate(lr: float) -> float:
    """A rate that may be zero.

    Raises:
        ValueError: no number, negative or infinite.
    """
    number = isinstance(lr, Real) or getattr(lr, "ndim", None) == 0
    if isinstance(lr, bool) or not number or not 0 <= lr < math.inf:
        raise ValueError(f"lr must not be negative and must be finite, got {lr}")
    return float(lr)


def _why_not(lr: float, sizes: list[float], above: Majorant | None, change: float) -> str:
    """Why a value is not to be trusted; empty if it is."""
    if not math.isfinite(_sum(sizes)):
        return f"outside the perturbative regime: the terms overflow at lr = {lr:g}; lower lr"
    if above is not None and above.error <= change:
        return ""
    if above is not None:
        return (
            f"outside the perturbative regime: what is left out ({above.error:.2g}) may be more than the "
            f"change ({change:.2g}) at lr = {lr:g}; lower lr, raise the order, or re-sum"
        )
    if _known(sizes) < 2:
        return "one term alone says nothing of the next; raise the order"
    return (
        f"outside the perturbative regime: at lr = {lr:g} the orders do not shrink, their sizes are "
        f"{', '.join(f'{size:.2g}' for size in sizes[1:])}; lower lr or the number of steps, or re-sum"
    )


def _known(sizes: list[float]) -> int:
    """How many orders from the first on have a size."""
    return sum(size > 0 for size in sizes[1:])


def _at_power(coefficient: float, lr: float, power: int) -> float:
    """Coefficient times lr^power, infinite where it is too large for a floating-point number."""
    try:
        return coefficient * lr**power if coefficient else 0.0
    except OverflowError:
        return math.copysign(math.inf, coefficient)


def _sum(numbers: list[float]) -> float:
    """Sum without rounding of its own; NaN where a number is not finite."""
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else math.nan


def _log(size: float) -> float:
    return math.log(size) if size > 0 else -math.inf
