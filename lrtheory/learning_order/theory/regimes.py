"""When the demonstration can work: a setting of the whole problem, and the four conditions it must meet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrtheory.doors import between, check_positive
from lrtheory.learning_order.models.settings import Setting
from lrtheory.learning_order.theory.rates import leak_number, p_start_rate, q_start_rate, start_force

_LEAST_ORDER = 100.0  # A^2 r d from which on Q is well ahead; at 80 both are learned together
_MOST_LEAK = 0.5  # second difference up to which a large rate is called blind to Q
_LEAST_CAP = 5.0  # outputs that the width must be able to memorize
_P_MARGIN = 0.4  # of the rate of P, what weight decay may take: .16 / d


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
        most = _P_MARGIN * p_start_rate(self.dim)
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


def regime_of(setting: Setting) -> Regime:
    """What a setting of the whole problem predicts before it is run.

    Example:
        >>> from lrtheory.learning_order.models.settings import BASE
        >>> [each.holds for each in regime_of(BASE).conditions()]
        [True, True, True, True]

    Args:
        setting: of data, network and decay.

    Source: ours.
    """
    data = setting.data
    return Regime(
        data.dim, data.r, setting.scale_q, setting.weight_decay, setting.tau_q, setting.width_q,
        alpha_from=data.alpha_from, p_only=data.p_only, q_only=data.q_only,
    )  # fmt: skip
