"""Who is first, and when the demonstration works: rates at the start, and four conditions on a setting."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrtheory.doors import between, check_positive, positive
from lrtheory.learning_order.theory.gates import frozen_smode
from lrtheory.learning_order.theory.samples import MEAN_MARGIN

_LEAST_ORDER = 100.0  # K from which on Q is well ahead; at 80 both are learned together
_MOST_LEAK = 0.5  # second difference up to which a large rate is called blind to Q
_LEAST_CAP = 5.0  # outputs that the width must be able to memorize
_P_RATE = MEAN_MARGIN**2 / 8  # a kernel of 1/4, a residual of 1/2, and the squared mean margin
_P_MARGIN = 0.4  # of _P_RATE / d, what weight decay may take: .16 / d


@dataclass(frozen=True)
class Condition:
    """One thing that must hold for a large rate to change the order.

    Attributes:
        name: what must hold, in words.
        value: the number of the setting.
        bound: what it is held against.
        holds: whether it does.
    """

    name: str
    value: float
    bound: float
    holds: bool


@dataclass(frozen=True)
class Regime:
    """Setting of the two-block problem, and what it predicts before any run.

    Attributes:
        dim: d, of the generalizable block.
        r: length of zeta over that of z.
        amplitude: A of the memorizing block, whose second layer is +-A / sqrt(width).
        weight_decay: lambda.
        tau: spread of the memorizing block's weights at the start.
        width: its units.
        alpha_from: least length of a memorizable example; lengths are uniform up to 1.
        p_only: share of examples without the memorizable pattern.
        q_only: share of examples without the generalizable one.
    """

    dim: int
    r: float
    amplitude: float
    weight_decay: float
    tau: float
    width: int
    alpha_from: float = 0.0
    p_only: float = 0.0
    q_only: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that no setting has."""
        check_positive(
            dim=self.dim, r=self.r, amplitude=self.amplitude, weight_decay=self.weight_decay, tau=self.tau,
            width=self.width,
        )  # fmt: skip
        between("alpha_from", self.alpha_from, 0.0, 1.0)
        for name in ("p_only", "q_only"):
            between(name, getattr(self, name), 0.0, 1.0)

    @property
    def order_parameter(self) -> float:
        """A^2 r d: how much faster the memorizable pattern is under a small rate, up to a constant."""
        return self.amplitude**2 * self.r * self.dim

    @property
    def leak_number(self) -> float:
        """A^2 r^3 / (3 pi lambda): its second difference under a large rate, at balance, over the force."""
        return leak_number(self.amplitude, self.r, self.weight_decay)

    @property
    def leak(self) -> float:
        """Second difference that a large rate leaves, at the force of zero outputs: an upper estimate."""
        return self.leak_number * start_force(self.alpha_from)

    @property
    def memorization_cap(self) -> float:
        """A tau sqrt(m) r^2 / pi: the largest output that units in the wedge make, by order of size."""
        return self.amplitude * self.tau * math.sqrt(self.width) * self.r**2 / math.pi

    @property
    def odd_noise(self) -> float:
        """Spread at the start of (g(z + zeta) - g(z - zeta)) / 2, slow to go away: A tau r / sqrt 2."""
        return self.amplitude * self.tau * self.r / math.sqrt(2)

    @property
    def q_rate(self) -> float:
        """Growth of the memorizable pattern's second difference by unit of lr t, at the start."""
        return q_start_rate(self.r, amplitude=self.amplitude, alpha_from=self.alpha_from, p_only=self.p_only)

    @property
    def p_rate(self) -> float:
        """Growth of the mean output on the generalizable pattern by unit of lr t, at the start."""
        return p_start_rate(self.dim, q_only=self.q_only)

    def conditions(self) -> tuple[Condition, ...]:
        """The four conditions, each with its number and its bound."""
        most = _P_MARGIN * _P_RATE / self.dim
        return (
            Condition(
                "small rates: Q far ahead of P", self.order_parameter, _LEAST_ORDER,
                self.order_parameter >= _LEAST_ORDER,
            ),
            Condition("large rates: Q hidden", self.leak, _MOST_LEAK, self.leak <= _MOST_LEAK),
            Condition(
                "units enough to memorize", self.memorization_cap, _LEAST_CAP,
                self.memorization_cap >= _LEAST_CAP,
            ),
            Condition("P outlives weight decay", self.weight_decay, most, self.weight_decay <= most),
        )  # fmt: skip


def start_force(alpha_from: float) -> float:
    """Pull of zero outputs along (1, -1/2, -1/2): a quarter of the mean length of an example.

    Example:
        >>> start_force(0.5)
        0.1875

    Args:
        alpha_from: least length, in [0, 1]; uniform up to 1.

    Raises:
        ValueError: a length out of range.

    Source: ours.
    """
    return (1 + between("alpha_from", alpha_from, 0.0, 1.0)) / 8


def q_start_rate(r: float, *, amplitude: float = 1.0, alpha_from: float = 0.0, p_only: float = 0.0) -> float:
    """Growth of the memorizable pattern's second difference by unit of lr t, from zero outputs.

    Example:
        >>> round(q_start_rate(0.07, amplitude=7.5, alpha_from=0.5, p_only=0.03), 4)
        0.1143

    Args:
        r: length of zeta over that of z, > 0.
        amplitude: A, > 0.
        alpha_from: as of `start_force`.
        p_only: share of examples without the pattern, in [0, 1].

    Returns:
        A^2 times the frozen kernel's second difference, the force, and the share of examples that pull.

    Raises:
        ValueError: a number out of range.

    Source: ours.
    """
    share = 1 - between("p_only", p_only, 0.0, 1.0)
    return positive("amplitude", amplitude) ** 2 * float(frozen_smode(r)) * start_force(alpha_from) * share


def p_start_rate(dim: int, *, q_only: float = 0.0) -> float:
    """Growth of the mean output y f on the generalizable pattern by unit of lr t: .404 (1 - q_only) / d.

    A kernel of 1/4 between examples that are nearly at right angles, a residual of 1/2, and the squared mean
    margin (1 + sqrt(2 / pi))^2 / d.

    Example:
        >>> round(p_start_rate(200, q_only=0.3), 6)
        0.001414

    Args:
        dim: d, > 0.
        q_only: share of examples without the pattern, in [0, 1].

    Raises:
        ValueError: a number out of range.

    Source: ours.
    """
    return _P_RATE * (1 - between("q_only", q_only, 0.0, 1.0)) / positive("dim", dim)


def leak_number(amplitude: float, r: float, weight_decay: float) -> float:
    """A^2 r^3 / (3 pi lambda): what a large rate makes of the memorizable pattern, over the force on it.

    The second difference at which the averaged kernel and weight decay balance.

    Example:
        >>> round(leak_number(7.5, 0.07, 8e-4), 3)
        2.559

    Args:
        amplitude: A, > 0.
        r: length of zeta over that of z, > 0 and small.
        weight_decay: lambda, > 0.

    Raises:
        ValueError: a number that is not positive and finite.

    Source: ours.
    """
    numerator = positive("amplitude", amplitude) ** 2 * positive("r", r) ** 3
    return numerator / (3 * math.pi * positive("weight_decay", weight_decay))


def stiff_mode_limit(amplitude: float, *, alpha_from: float = 0.0, p_only: float = 0.0) -> float:
    """Rate beyond which the common output of all three patterns oscillates.

    16 / (A^2 E alpha^2 (1 - p_only)), for small r: its curvature is 1/4 of the logistic loss, times the mean
    squared length, times A^2 / 2 of the kernel.

    Example:
        >>> round(stiff_mode_limit(7.5, alpha_from=0.5), 4)
        0.4876

    Args:
        amplitude: A, > 0.
        alpha_from: as of `start_force`.
        p_only: share of examples without the pattern, in [0, 1]; at 1 there is no limit.

    Raises:
        ValueError: a number out of range.

    Source: ours; 2 over the curvature, as of lewkowycz2020.
    """
    low, share = between("alpha_from", alpha_from, 0.0, 1.0), 1 - between("p_only", p_only, 0.0, 1.0)
    curvature = positive("amplitude", amplitude) ** 2 * (1 + low + low**2) / 3 * share / 8
    return 2 / curvature if curvature else math.inf
