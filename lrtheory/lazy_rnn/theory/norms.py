"""Sizes of hidden states and of rows pulled back through time: laws, bounds, and the width they need.

The product of many gated matrices is in `product_norms`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from lrtheory.doors import positive, whole
from lrtheory.lazy_rnn.tangent.limit import own_covariance

TIED_SPREAD = 0.6, 1.1  # measured: sd of log |h_l| is l sqrt(5/(4m)) times this, widths 64 and 256, l <= 64


@dataclass(frozen=True)
class LogNorm:
    """Mean and standard deviation of log |h_l| over networks."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class NormBounds:
    """Between what |h_l| and |g_l| lie, for tokens of length at most one, the first of length one."""

    hidden_low: float
    hidden_high: float
    preactivation_high: float


def mean_squared_norm(inputs: Tensor) -> Tensor:
    """Mean over networks of |h_l|^2: the squared lengths of the tokens up to time l, summed.

    A ReLU halves the mean square and a variance of 2 / m doubles it, so the norm neither explodes nor
    vanishes. The mean is exact at any width where each time has a W of its own, and the limit where one W
    serves all.

    Example:
        >>> import torch
        >>> mean_squared_norm(torch.tensor([[[3.0], [0.0], [2.0]]], dtype=torch.float64)).tolist()
        [[9.0, 9.0, 13.0]]

    Args:
        inputs: tokens, shape (n, L, d_x), float64; the first of a sequence not zero.

    Returns:
        Shape (n, L). |g_l|^2 is twice as much.

    Raises:
        ValueError: as of `limit_kernel`.

    See Also:
        `backward_squared_norm`, of rows pulled back; `state_norms`, measured.

    Source: our derivation; allenzhu2019, Lemma B.3, bounds the norms.
    """
    return own_covariance(inputs)


def untied_log_norm(time: int, width: int) -> LogNorm:
    """Law of log |h_l| without input after a first unit token, each time with a W of its own.

    |h_l|^2 is a product of l independent factors of mean 1 and variance 5 / m, so log |h_l| has mean
    -5 l / (4 m) and standard deviation sqrt(5 l / (4 m)), each to a relative error of order 1 / m.

    Example:
        >>> untied_log_norm(32, 1000)
        LogNorm(mean=-0.04, deviation=0.2)

    Args:
        time: l >= 1.
        width: m, large compared with 1; l may be of its order.

    Returns:
        Mean and standard deviation; log |h_l| is close to normal.

    Raises:
        ValueError: a number is no whole number >= 1.

    See Also:
        `tied_log_deviation` for one W at all times.

    Source: our derivation.
    """
    summed = 5 * whole("time", time, least=1) / (4 * whole("width", width, least=1))
    return LogNorm(mean=-summed, deviation=math.sqrt(summed))


def tied_log_deviation(time: int, width: int) -> tuple[float, float]:
    """Range in which the standard deviation of log |h_l| was measured when one W serves all times.

    It is (0.6 to 1.1) l sqrt(5 / (4 m)), without input after the first token: linear in l, since the same
    error is made at each step. It begins at the untied law and ends, at time 256 and widths of 1024 and more,
    within a tenth of l sqrt(5 / (4 m)); we have no derivation.

    Example:
        >>> low, high = tied_log_deviation(64, 256)
        >>> round(low, 2), round(high, 2)
        (2.68, 4.92)

    Args:
        time: l >= 1.
        width: m.

    Returns:
        Lowest and highest.

    Raises:
        ValueError: a number is no whole number >= 1.

    See Also:
        `untied_log_norm` for weights of their own at every time; `log_norms`, drawn.

    Source: ours, measured.
    """
    scale = whole("time", time, least=1) * math.sqrt(5 / (4 * whole("width", width, least=1)))
    return TIED_SPREAD[0] * scale, TIED_SPREAD[1] * scale


def sufficient_width(length: int, *, spread: float, shared: bool = True) -> int:
    """Width from which log |h_L| has a standard deviation of at most ``spread`` without later input.

    Own weights at each time: m = 5 L / (4 spread^2). One W for all: (1.1 L)^2 5 / (4 spread^2), by the upper
    end of `tied_log_deviation`. The norm sqrt(L) of infinite width is seen from widths above L^2 on.

    Example:
        >>> sufficient_width(64, spread=0.5, shared=False), sufficient_width(64, spread=0.5)
        (320, 24781)

    Args:
        length: L >= 1.
        spread: of log |h_L|, > 0.
        shared: whether one W serves all times.

    Raises:
        ValueError: length is no whole number >= 1, or spread is not positive.

    Source: ours, from the two laws; allenzhu2019, Lemma B.3, fails with probability exp(-Omega(m / L^2)).
    """
    steps = whole("length", length, least=1)
    counted = (TIED_SPREAD[1] * steps) ** 2 if shared else steps
    return math.ceil(5 * counted / (4 * positive("spread", spread) ** 2))


def norm_bounds(time: int, length: int) -> NormBounds:
    """The bounds (1 - 1/(4 L))^(l-1) <= |h_l| <= 2 l + 2 and |g_l| <= 4 l + 4.

    The lemma prints 1 as the lower bound at l = 1, where |h_1| scatters by sqrt(5 / (4 m)) about 1: it fails
    for every other network. The base case of its own proof gives 1 - 1/(4 L), which is returned there.

    Example:
        >>> norm_bounds(2, 4)
        NormBounds(hidden_low=0.9375, hidden_high=6, preactivation_high=12)

    Args:
        time: l, from 1 to L.
        length: L >= 1.

    Returns:
        Bounds that hold with probability 1 - exp(-Omega(m / L^2)).

    Raises:
        ValueError: time or length is no whole number >= 1, or time is beyond length.

    Source: allenzhu2019, Lemma B.3, mended at l = 1.
    """
    if whole("time", time, least=1) > whole("length", length, least=1):
        raise ValueError(f"time must be at most length = {length}, got {time}")
    low = (1 - 1 / (4 * length)) ** max(time - 1, 1)
    return NormBounds(hidden_low=low, hidden_high=2 * time + 2, preactivation_high=4 * time + 4)


def backward_squared_norm(width: int, outputs: int = 1) -> float:
    """Limit of the squared norm of a row of B D_l W ... W D_a, whatever l - a: m / (2 d).

    Gradients neither explode nor vanish on the way back. Measured at m = 1024: .98 to 1.02 of it for few
    steps, .84 at 22 steps.

    Example:
        >>> backward_squared_norm(1024, outputs=2)
        256.0

    Args:
        width: m, large compared with the squared number of steps.
        outputs: d.

    Raises:
        ValueError: a number is no whole number >= 1.

    See Also:
        `backward_norms`, measured.

    Source: our derivation, with B independent of W as in yang2019scaling.
    """
    return whole("width", width, least=1) / (2 * whole("outputs", outputs, least=1))
