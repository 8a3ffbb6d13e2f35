"""Edge kernels: how far a gradient taken at one step has moved the weights by a later one.

A rule that is linear in its gradients puts the weights of step t at
theta_0 - lr * sum over s < t of w(s, t) grad_s. Plain descent has w = 1 on every edge of a diagram; momentum,
schedules and averages of the iterates only change w. Counting with these weights is in coefficients.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lrtheory.arguments.checked import checked

Number = Fraction | int | float


@dataclass(frozen=True)
class PlainSteps:
    """Plain descent: every edge weighs one."""

    def inner(self, s: int, t: int) -> Number:
        """Weight of an edge from step s to a later step t, at which a gradient is taken."""
        return 1

    def root(self, s: int, steps: int) -> Number:
        """Weight of an edge from step s to the root."""
        return 1


@checked
@dataclass(frozen=True)
class HeavyBallSteps:
    """Heavy ball: v <- momentum v + grad, theta <- theta - lr v.

    Attributes:
        momentum: beta, 0 <= beta < 1; a `Fraction` keeps counts exact.

    Source: polyak1964 (the rule); the edge weights (1 - beta^(t - s)) / (1 - beta) are ours.
    """

    momentum: Number

    def __post_init__(self) -> None:
        """Check the momentum.

        Raises:
            ValueError: momentum outside [0, 1).
        """
        _check_momentum(self.momentum)

    def inner(self, s: int, t: int) -> Number:
        """Weight of an edge from step s to step t."""
        return _geometric(self.momentum, t - s)

    def root(self, s: int, steps: int) -> Number:
        """Weight of an edge from step s to the root."""
        return _geometric(self.momentum, steps - s)


@checked
@dataclass(frozen=True)
class NesterovSteps:
    """Nesterov: as the heavy ball, but the gradient is taken ahead, at theta - lr momentum v.

    Attributes:
        momentum: beta, 0 <= beta < 1; a `Fraction` keeps counts exact.

    Source: nesterov1983 (the rule); the edge weights are ours.
    """

    momentum: Number

    def __post_init__(self) -> None:
        """Check the momentum.

        Raises:
            ValueError: momentum outside [0, 1).
        """
        _check_momentum(self.momentum)

    def inner(self, s: int, t: int) -> Number:
        """Weight of an edge from step s to step t: the plain sum, and what looking ahead adds."""
        return _geometric(self.momentum, t - s) + self.momentum ** (t - s)

    def root(self, s: int, steps: int) -> Number:
        """Weight of an edge from step s to the root, which looks at theta itself."""
        return _geometric(self.momentum, steps - s)


@checked
@dataclass(frozen=True)
class ScheduledSteps:
    """A rate that changes: step s moves by lr times ``factors[s]``.

    Attributes:
        factors: one factor a step.
    """

    factors: tuple[Number, ...]

    def inner(self, s: int, t: int) -> Number:
        """Weight of an edge from step s to step t."""
        return self.factors[s]

    def root(self, s: int, steps: int) -> Number:
        """Weight of an edge from step s to the root.

        Raises:
            ValueError: not one factor a step.
        """
        if len(self.factors) != steps:
            raise ValueError(f"factors must hold one number a step, {steps} of them, got {len(self.factors)}")
        return self.factors[s]


@checked
@dataclass(frozen=True)
class AveragedSteps:
    """Plain descent whose observable looks at the mean of the last iterates.

    Attributes:
        last: how many iterates theta_1 to theta_T are averaged, counted from the end, >= 1.
    """

    last: int

    def inner(self, s: int, t: int) -> Number:
        """Weight of an edge from step s to step t: gradients are taken at the iterates themselves."""
        return 1

    def root(self, s: int, steps: int) -> Number:
        """Share of the averaged iterates that step s has moved.

        Raises:
            ValueError: more iterates than steps, or none.
        """
        if not 1 <= self.last <= steps:
            raise ValueError(f"last must be 1 to the {steps} steps of the run, got {self.last}")
        return Fraction(min(steps - s, self.last), self.last)


EdgeKernel = PlainSteps | HeavyBallSteps | NesterovSteps | ScheduledSteps | AveragedSteps


def _geometric(ratio: Number, terms: int) -> Number:
    """Sum of ratio^0 to ratio^(terms - 1)."""
    base = Fraction(ratio) if isinstance(ratio, int) else ratio
    return (1 - base**terms) / (1 - base)


def _check_momentum(momentum: Number) -> None:
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be in [0, 1), got {momentum}")
