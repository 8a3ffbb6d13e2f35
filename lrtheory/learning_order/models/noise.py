"""Noise on the gradient that keeps weights at one size, and noise on the pre-activations, in four places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from lrtheory.doors import between, check_choice, positive

PLACES: Final = ("pre", "gate", "post", "shared")


def stationary_noise(tau: float, lr: float, weight_decay: float) -> float:
    """Noise tau_xi on the gradient that holds weights at standard deviation tau (Assumption 3.1).

    (1 - lr lambda)^2 tau^2 + lr^2 tau_xi^2 = tau^2. Without weight decay no noise does: it gives 0.

    Example:
        >>> round(stationary_noise(1.0, 0.3, 8e-4), 7)
        0.0730253

    Args:
        tau: standard deviation of a weight at the start, > 0.
        lr: learning rate, > 0.
        weight_decay: lambda >= 0, with lr lambda < 2.

    Returns:
        Standard deviation of the noise of each coordinate.

    Raises:
        ValueError: lr * weight_decay >= 2, where decay alone makes weights grow.

    See Also:
        `noise_deviation`, what other noise makes of the weights.

    Source: li2019order, assumption 3.1, as we reconstruct it.
    """
    tau, lr = positive("tau", tau), positive("lr", lr)
    decay = lr * between("weight_decay", weight_decay, 0, math.inf)
    if decay >= 2:
        raise ValueError(
            f"lr must be below 2 / weight_decay = {2 / weight_decay:g}, got {lr:g}: weights would grow by "
            "decay alone; take a smaller rate"
        )
    return tau * math.sqrt(decay * (2 - decay)) / lr


@dataclass(frozen=True)
class PreActivationNoise:
    """Gaussian noise on what comes into the ReLUs (or out of them), fresh every step.

    On x2 one draw a unit and point of the ray, multiplied by alpha like the point itself; on x1 one draw a
    unit and example. Absent parts stay absent.

    Attributes:
        place: ``"pre"``: relu(h + xi). ``"gate"``: h where h + xi > 0. ``"post"``: relu(h) + xi, gates as
            without noise. ``"shared"``: as pre, one draw a unit for the three points.
        sigma_q: standard deviation in the block that sees x2, >= 0.
        sigma_p: the same for x1, >= 0.

    Raises:
        ValueError: another place, a number below zero.

    Source: li2019reply (noise before the activation); the places compared are ours.
    """

    place: str
    sigma_q: float
    sigma_p: float = 0.0

    def __post_init__(self) -> None:
        check_choice("place", self.place, PLACES)
        between("sigma_q", self.sigma_q, 0, math.inf)
        between("sigma_p", self.sigma_p, 0, math.inf)

    def disturbed(self, hidden: Tensor, xi: Tensor) -> tuple[Tensor, Tensor]:
        """Units and gates, of shape of the pre-activations, under a draw xi (already times sigma)."""
        gates = hidden > 0 if self.place == "post" else hidden + xi > 0
        if self.place == "post":
            units = hidden.relu() + xi
        else:
            units = torch.where(gates, hidden if self.place == "gate" else hidden + xi, 0)
        return units, gates.to(hidden.dtype)


@dataclass(frozen=True, eq=False)
class NoiseDraw:
    """What was drawn for one step.

    Attributes:
        noise: where it goes.
        p: for each example and unit that sees x1, shape (n, m_W).
        q: for each point and unit that sees x2, shape (3, m_V).
    """

    noise: PreActivationNoise
    p: Tensor
    q: Tensor
