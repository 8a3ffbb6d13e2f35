"""How noise and weight decay turn the gates over: the level of the noise, and how many gates have flipped.

Only the noise part of the weights counts here, as for many units the gradient moves each one little.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lrtheory.learning_order.theory.elementwise import Numbers, numbers

_REMEDY = "lower lr or weight_decay: beyond 2 the decay alone makes weights grow"


def noise_deviation(
    steps: Numbers, tau: Numbers, lr: Numbers, weight_decay: Numbers, *, noise: Numbers
) -> Tensor:
    """Standard deviation of a weight after some steps of W <- (1 - lr weight_decay) W - lr xi.

    Without weight decay it is a random walk, and the noise accumulates: tau^2 + steps lr^2 noise^2.

    Example:
        >>> round(float(noise_deviation(8000, 1.0, 0.3, 0.0, noise=0.07302529)), 4)
        2.1999

    Args:
        steps: of descent, >= 0.
        tau: standard deviation at the start, >= 0.
        lr: learning rate, > 0.
        weight_decay: lambda, of the penalty (lambda / 2) |W|^2, >= 0; lr weight_decay < 2.
        noise: standard deviation of a coordinate of xi, >= 0.

    Returns:
        Shape of all five.

    Raises:
        ValueError: a number out of range.

    See Also:
        `stationary_noise`, the noise at which it stays.

    Source: ours.
    """
    time, rate = numbers("steps", steps, 0.0), numbers("lr", lr, 0.0, open_low=True)
    kept, added = _kept_and_added(time, rate, weight_decay)
    size = numbers("noise", noise, 0.0)
    return torch.sqrt((kept * numbers("tau", tau, 0.0)) ** 2 + (rate * size) ** 2 * added)


def gate_correlation(
    steps: Numbers, lr: Numbers, weight_decay: Numbers, *, noise_ratio: Numbers | None = None
) -> Tensor:
    """Correlation of a weight's noise part with its start, after some steps.

    Example:
        >>> round(float(gate_correlation(1000, 0.3, 8e-4)), 4)
        0.7866

    Args:
        steps: of descent, >= 0.
        lr: learning rate, > 0.
        weight_decay: as of `noise_deviation`.
        noise_ratio: noise over spread at the start, tau_xi / tau, >= 0; by default that which keeps
            the spread at this rate. A small rate with the noise of a large one needs it.

    Returns:
        (1 - lr weight_decay)^steps over the standard deviation then, in units of that at the start.

    Raises:
        ValueError: a number out of range.

    See Also:
        `gate_flip_rate`, what it means for gates.

    Source: ours.
    """
    kept, rest = _overlap(steps, lr, weight_decay, noise_ratio)
    return kept / torch.sqrt(kept**2 + rest)


def gate_flip_rate(
    steps: Numbers, lr: Numbers, weight_decay: Numbers, *, noise_ratio: Numbers | None = None
) -> Tensor:
    """Share of gates that stand on the other side than at the start: arccos(correlation) / pi.

    Example:
        >>> round(float(gate_flip_rate(1000, 0.3, 8e-4)), 5)
        0.21184
        >>> round(float(gate_flip_rate(1000, 0.012, 8e-4, noise_ratio=0.07302529)), 6)
        0.008861

    Args:
        steps: as of `gate_correlation`.
        lr: as of `gate_correlation`.
        weight_decay: as of `gate_correlation`.
        noise_ratio: as of `gate_correlation`.

    Returns:
        Shape of all; 1/2 when all is forgotten.

    Raises:
        ValueError: a number out of range.

    See Also:
        `pattern_flip_rate`, measured.

    Source: ours.
    """
    kept, rest = _overlap(steps, lr, weight_decay, noise_ratio)
    return torch.atan2(torch.sqrt(rest), kept) / math.pi


def wedge_share(r: Numbers) -> Tensor:
    """Share of units that tell z + zeta from z - zeta by their gate: 2 arctan(r) / pi, at Gaussian weights.

    Example:
        >>> round(float(wedge_share(0.07)), 5)
        0.04449

    Args:
        r: length of zeta over that of z, > 0.

    Returns:
        Same shape.

    Raises:
        ValueError: an r that is not positive and finite.

    See Also:
        `wedge_fraction`, measured.

    Source: ours.
    """
    return 2 * torch.arctan(numbers("r", r, 0.0, open_low=True)) / math.pi


def refresh_time(r: Numbers, lr: Numbers, weight_decay: Numbers) -> Tensor:
    """Steps until the units that tell the patterns apart are others: r^2 / (2 lr weight_decay).

    By then weights have turned by an angle r, the width of the wedge: 1 - rho = r^2 / 2.

    Example:
        >>> round(float(refresh_time(0.07, 0.3, 8e-4)), 1)
        10.2

    Args:
        r: length of zeta over that of z, > 0 and small.
        lr: learning rate, > 0.
        weight_decay: > 0.

    Returns:
        Shape of all three.

    Raises:
        ValueError: a number out of range.

    Source: ours.
    """
    length, rate = numbers("r", r, 0.0, open_low=True), numbers("lr", lr, 0.0, open_low=True)
    decay = numbers(
        "weight_decay", weight_decay, 0.0, open_low=True,
        remedy="without weight decay no level of noise is stationary",
    )  # fmt: skip
    return length**2 / (2 * rate * decay)


def _overlap(
    steps: Numbers, lr: Numbers, weight_decay: Numbers, noise_ratio: Numbers | None
) -> tuple[Tensor, Tensor]:
    """What is kept of the start, and the variance of what is new, over that at the start."""
    time, rate = numbers("steps", steps, 0.0), numbers("lr", lr, 0.0, open_low=True)
    kept, added = _kept_and_added(time, rate, weight_decay)
    if noise_ratio is None:
        return kept, _lost(rate, weight_decay) * added
    return kept, (rate * numbers("noise_ratio", noise_ratio, 0.0)) ** 2 * added


def _lost(rate: Tensor, weight_decay: Numbers) -> Tensor:
    """1 - (1 - lr weight_decay)^2, the share of the variance that a step takes away."""
    share = _decay_of_a_step(rate, weight_decay)
    return share * (2 - share)


def _kept_and_added(steps: Tensor, rate: Tensor, weight_decay: Numbers) -> tuple[Tensor, Tensor]:
    """For a = 1 - lr weight_decay: a^t, and 1 + a^2 + ... + a^(2 t - 2), with all digits."""
    share = _decay_of_a_step(rate, weight_decay) + 0 * steps
    lost = share * (2 - share)
    log_size = torch.log1p(-torch.minimum(share, 2 - share))  # of |a|; -inf where a step forgets all
    exponent = torch.where(steps == 0, torch.zeros_like(share), steps * log_size)
    sign = torch.where((share > 1) & (steps % 2 == 1), -1.0, 1.0)
    added = torch.where(lost > 0, -torch.expm1(2 * exponent) / lost, steps)
    return sign * torch.exp(exponent), added


def _decay_of_a_step(rate: Tensor, weight_decay: Numbers) -> Tensor:
    share = rate * numbers("weight_decay", weight_decay, 0.0)
    return numbers("lr * weight_decay", share, 0.0, 2.0, open_high=True, remedy=_REMEDY)
