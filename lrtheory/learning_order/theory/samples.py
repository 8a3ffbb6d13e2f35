"""How many examples each pattern needs: a number proportional to the dimension, or three."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from lrtheory.doors import whole, within
from lrtheory.learning_order.theory.elementwise import Numbers, numbers

MEAN_MARGIN = 1 + math.sqrt(2 / math.pi)  # mean of 1 + |g|: signal and the noise that agrees with it
_NODES, _FAR = 96, 10.0  # of the half normal
_BISECTIONS = 80


def mean_direction_accuracy(examples_per_dim: Numbers) -> Tensor:
    """Accuracy on the generalizable pattern of the mean of y x over examples, in high dimension.

    E Phi(c (1 + |g|) sqrt(n / d)) with c = 1 + sqrt(2 / pi) and g normal. An example has the margin
    (1 + |g|) / sqrt(d) along w and noise of length 1; the mean of n has the margin c / sqrt(d), and noise of
    length 1 / sqrt(n) in a direction that says nothing.

    Example:
        >>> round(float(mean_direction_accuracy(0.1)), 4)
        0.8333

    Args:
        examples_per_dim: n / d, any shape, >= 0.

    Returns:
        Same shape, from 1/2 to 1; at d = 50 the error is below 0.002.

    Raises:
        ValueError: a ratio out of range.

    Source: ours, for the distribution P of li2019order as we reconstruct it; li2019reply says Omega(d).
    """
    ratio = numbers("examples_per_dim", examples_per_dim, 0.0)[..., None]
    g, density = _half_normal()
    right: Tensor = torch.special.ndtr(MEAN_MARGIN * (1 + g) * torch.sqrt(ratio))
    return (density * right).sum(-1)


def examples_needed(accuracy: float, dim: int) -> float:
    """Examples of the generalizable pattern at which `mean_direction_accuracy` has a given value.

    Example:
        >>> round(examples_needed(0.9, 1000))
        189

    Args:
        accuracy: in (1/2, 1).
        dim: d, at least 1.

    Returns:
        n, not rounded: proportional to d.

    Raises:
        ValueError: a number out of range.

    Cost: 80 values of `mean_direction_accuracy`, of 96 nodes each.

    Source: ours.
    """
    wanted = within("accuracy", accuracy, 0.5, 1.0, remedy="1/2 needs no example, and 1 needs all")
    low, high = -40.0, 20.0  # of the logarithm of n / d
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        enough = float(mean_direction_accuracy(math.exp(middle))) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return math.exp(high) * whole("dim", dim, least=1)


def chance_of_all_patterns(examples: int) -> float:
    """Chance that examples of the memorizable pattern show all of z, z + zeta and z - zeta.

    Three can suffice: one of each. Their directions carry no noise, so whoever has seen all three has seen
    whatever there is: the nearest of the three directions classifies every further example rightly, in any
    dimension. Drawn at random (z half of the time, each other a quarter), a few more are needed to meet all.

    Example:
        >>> chance_of_all_patterns(3)
        0.1875

    Args:
        examples: at least 0.

    Returns:
        1 - 2 (3/4)^n + 2 (1/4)^n, or 0 without an example; 19/3 are needed in the mean.

    Raises:
        ValueError: no whole number of at least 0.

    Source: ours, for the distribution Q of li2019order as we reconstruct it.
    """
    count = whole("examples", examples)
    return 1 - 2 * 0.75**count + 2 * 0.25**count if count else 0.0


@cache
def _half_normal() -> tuple[Tensor, Tensor]:
    """Nodes |g| and weights of the mean over a standard normal g."""
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    g = torch.from_numpy(_FAR * (node + 1) / 2)
    return g, torch.from_numpy(_FAR * weight / 2) * math.sqrt(2 / math.pi) * torch.exp(-(g**2) / 2)
