"""What is done in turn: a large rate and then a small one, a small one throughout, noise that goes off."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrtheory.doors import between, positive, whole
from lrtheory.learning_order.models.noise import PreActivationNoise


@dataclass(frozen=True)
class Phase:
    """A stretch of a run at one rate.

    Attributes:
        lr: learning rate > 0.
        steps: at most so many, >= 1.
        noise: factor >= 0 on the gradient's noise; 0 switches it off.
        stop: train loss (no weight decay, no noise in it) at which the run ends; None for none.
        pre_activation: noise on the pre-activations, or None.
        batch: examples in a batch, drawn anew each step without replacement; None for all of them.

    Raises:
        ValueError: a number out of its range, noise that is no PreActivationNoise.

    Source: li2019order, algorithms L-S and S, as we reconstruct them.
    """

    lr: float
    steps: int
    noise: float = 1.0
    stop: float | None = None
    pre_activation: PreActivationNoise | None = None
    batch: int | None = None

    def __post_init__(self) -> None:
        positive("lr", self.lr)
        whole("steps", self.steps, least=1)
        between("noise", self.noise, 0, math.inf)
        if self.stop is not None:
            positive("stop", self.stop, remedy="a train loss to end at, for example stop=0.36")
        if self.batch is not None:
            whole("batch", self.batch, least=1)
        if not isinstance(self.pre_activation, PreActivationNoise | None):
            raise ValueError(
                f"pre_activation must be a PreActivationNoise or None, got {self.pre_activation!r}; for "
                'example PreActivationNoise("pre", 0.24)'
            )


def large_then_small(
    lr: float, small_lr: float, *, switch: int, stop: float, most: int = 20_000
) -> tuple[Phase, Phase]:
    """L-S: a large rate for so many steps, then a small one until the train loss has come down to ``stop``.

    Example:
        >>> phases = large_then_small(0.3, 0.01, switch=100, stop=0.4)
        >>> [(each.lr, each.steps, each.stop) for each in phases]
        [(0.3, 100, None), (0.01, 20000, 0.4)]

    Args:
        lr: large rate.
        small_lr: small rate, below lr.
        switch: steps before the rate is annealed.
        stop: train loss at which the run ends; looked at only after the switch.
        most: steps of the second phase at most.

    Raises:
        ValueError: small_lr is not below lr.

    See Also:
        `annealed_by_noise`, which lowers the noise in the place of the rate.

    Source: li2019order, as we reconstruct it.
    """
    if not small_lr < lr:
        raise ValueError(f"small_lr must be below lr = {lr}, got {small_lr}; annealing lowers the rate")
    return Phase(lr, switch), Phase(small_lr, most, stop=stop)


def small_throughout(small_lr: float, *, stop: float, most: int = 30_000) -> tuple[Phase]:
    """S: the small rate from the start, with the same noise tau_xi on the gradient.

    Example:
        >>> [(each.lr, each.noise, each.stop) for each in small_throughout(0.01, stop=0.4)]
        [(0.01, 1.0, 0.4)]

    See Also:
        `noise_free`, without the noise.

    Source: li2019order, as we reconstruct it.
    """
    return (Phase(small_lr, most, stop=stop),)


def noise_free(lr: float, *, stop: float, most: int = 4000) -> tuple[Phase]:
    """Gradient descent without noise: the limit of S, in lr times steps, at any stable rate.

    Example:
        >>> [(each.lr, each.noise, each.stop) for each in noise_free(0.3, stop=0.4)]
        [(0.3, 0.0, 0.4)]

    Source: ours.
    """
    return (Phase(lr, most, noise=0.0, stop=stop),)


def annealed_by_noise(lr: float, *, switch: int, stop: float, most: int = 4000) -> tuple[Phase, Phase]:
    """The rate stays and the noise goes: what a batch that is suddenly large does.

    Example:
        >>> [(each.lr, each.noise) for each in annealed_by_noise(0.3, switch=100, stop=0.4)]
        [(0.3, 1.0), (0.3, 0.0)]

    See Also:
        `large_then_small`, which lowers the rate.

    Source: smith2018batch; here with the noise of li2019order.
    """
    return Phase(lr, switch), Phase(lr, most, noise=0.0, stop=stop)


def annealed_pre_activation(
    lr: float, noise: PreActivationNoise | None, *, switch: int, stop: float, most: int = 4000
) -> tuple[Phase, Phase]:
    """No noise on the gradient; noise on the pre-activations for so many steps, then none.

    The train loss that is compared with ``stop`` has no noise in it, and is looked at from the start on.

    Example:
        >>> phases = annealed_pre_activation(0.01, PreActivationNoise("pre", 0.2), switch=100, stop=0.4)
        >>> [(each.noise, each.pre_activation is None) for each in phases]
        [(0.0, False), (0.0, True)]

    Source: li2019order (the mitigation strategy); li2019reply.
    """
    loud = Phase(lr, switch, noise=0.0, stop=stop, pre_activation=noise)
    return loud, Phase(lr, most, noise=0.0, stop=stop)
