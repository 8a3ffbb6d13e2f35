"""What noise on pre-activations does to the kernel of the gates: it blurs the pattern and leaves the rest."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lrtheory.learning_order.theory.elementwise import Numbers, numbers
from lrtheory.learning_order.theory.gates import frozen_smode

_TURN = 2 * math.pi


def smoothed_kernel(points: Tensor, sigma: Numbers) -> Tensor:
    """Kernel of gates whose pre-activations carry noise that is fresh for each unit and each reading.

    <p, q> (1/4 + arcsin(<p, q> / sqrt((p^2 + sigma^2)(q^2 + sigma^2))) / (2 pi)): the chance that both gates
    are open, times <p, q>. The diagonal too compares two readings with noises of their own. Gates that share
    one noise at a time differ from it at that time, not from one time to another.

    Example:
        >>> points = torch.tensor([[1.0, 0.0], [1.0, 0.5]], dtype=torch.float64)
        >>> round(float(smoothed_kernel(points, 1.0)[0, 0]), 6)
        0.333333

    Args:
        points: shape (*E, n, d).
        sigma: standard deviation of the noise, >= 0, over that of a coordinate of the weights; shape (*E).

    Returns:
        Shape (*E, n, n). At sigma = 0 it is `frozen_kernel`.

    Raises:
        ValueError: a sigma out of range.

    See Also:
        `averaged_kernel`, which noise on the weights makes instead.

    Source: ours; the noise is that of li2019order, as we reconstruct it.
    """
    spread = numbers("sigma", sigma, 0.0)[..., None, None] ** 2
    p = points.to(torch.float64)
    products, square = p @ p.mT, p.square().sum(-1)
    one, other = square[..., :, None], square[..., None, :]
    across = (one * other - products**2).clamp(min=0) + spread * (one + other + spread)
    arcsine = torch.atan2(products, torch.sqrt(across))
    return products * (0.25 + arcsine / _TURN)


def smoothed_smode(r: Numbers, sigma: Numbers) -> Tensor:
    """Second difference of `smoothed_kernel` at the three patterns, without cancellation of its entries.

    Example:
        >>> round(float(smoothed_smode(0.07, 0.1) / smoothed_smode(0.07, 0.0)), 7)
        0.0578657

    Args:
        r: length of zeta over that of z, any shape, > 0.
        sigma: as of `smoothed_kernel`; broadcasts with r.

    Returns:
        Shape of both. Relative error about 1e-16 times 1 + sigma^2 / r^2.

    Raises:
        ValueError: a number out of range.

    See Also:
        `smoothed_ratio`, over that without noise.

    Source: ours.
    """
    length, noise = numbers("r", r, 0.0, open_low=True), numbers("sigma", sigma, 0.0)
    r2, s2 = length**2, noise**2
    q, u = 1 + s2, 1 + s2 + r2  # of z, and of z +- zeta: squared lengths with noise
    z = (1 / q, s2 * (2 + s2) / q**2)  # a cosine, and 1 less its square
    mixed = (1 / torch.sqrt(q * u), (r2 + s2 * (2 + s2 + r2)) / (q * u))
    outer = ((1 + r2) / u, s2 * (u + 1 + r2) / u**2)
    across = ((1 - r2) / u, (s2 + 2 * r2) * (u + 1 - r2) / u**2)
    total = 2 * _arcsine_gap(z, mixed, r2 / (q**2 * u))
    total = total + (1 + r2) / 2 * _arcsine_gap(outer, z, r2 * s2 * (outer[0] + z[0]) / (u * q))
    total = total - (1 - r2) / 2 * _arcsine_gap(z, across, r2 * (1 + q) * (z[0] + across[0]) / (u * q))
    return total / _TURN


def smoothed_ratio(r: Numbers, sigma: Numbers) -> Tensor:
    """Share of the frozen kernel's second difference that noise on the pre-activations leaves.

    Example:
        >>> round(float(smoothed_ratio(0.07, 0.2)), 6)
        0.010649

    Args:
        r: as of `smoothed_smode`.
        sigma: as of `smoothed_smode`.

    Returns:
        Shape of both, 1 at sigma = 0 and falling.

    Raises:
        ValueError: a number out of range.

    Source: ours.
    """
    return smoothed_smode(r, sigma) / frozen_smode(r)


def _arcsine_gap(larger: tuple[Tensor, Tensor], smaller: tuple[Tensor, Tensor], squares: Tensor) -> Tensor:
    """Difference of the arcsines of two cosines, each with 1 less its square, and that of their squares."""
    (a, free_a), (b, free_b) = larger, smaller
    root_a, root_b = torch.sqrt(free_a), torch.sqrt(free_b)
    near = squares / (a * root_b + b * root_a).clamp(min=torch.finfo(a.dtype).tiny)
    sine = torch.where(b > 0, near, a * root_b - b * root_a)
    return torch.atan2(sine, root_a * root_b + a * b)
