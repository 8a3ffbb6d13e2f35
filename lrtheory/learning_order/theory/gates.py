"""Three kernels of ReLU gates: held as they were, compared at two times, and averaged while they flicker.

All are limits of infinite width for weights whose coordinates are independent Gaussians of variance 1. With
second-layer weights +-A / sqrt(m) they are multiplied by A^2.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lrtheory.learning_order.theory.elementwise import Numbers, numbers

_TURN = 2 * math.pi
_SERIES_BELOW = 0.1  # r up to which (1 + r^2) arctan r - r is summed: its terms cancel to a share r^2
_SERIES_TERMS = 8


def frozen_kernel(points: Tensor) -> Tensor:
    """Tangent kernel with gates held at their start: <p, q> (pi - angle) / (2 pi).

    Example:
        >>> from lrtheory.learning_order.models.pq import q_points
        >>> frozen_kernel(q_points(0.5))[0].tolist()
        [0.5, 0.42620819117478337, 0.42620819117478337]

    Args:
        points: shape (*E, n, d), in any dimension d.

    Returns:
        Shape (*E, n, n): the mean over units of both gates times <p, q>.

    Raises:
        ValueError: points that are no table of finite numbers.

    See Also:
        `cross_time_kernel` and `averaged_kernel`, of gates that change; `smoothed_kernel`, of noisy ones.

    Source: cho2009, the arc-cosine kernel of degree 0; li2019order for its place here.
    """
    products, angle, _ = _pairs(points)
    return products * (math.pi - angle) / _TURN


def cross_time_kernel(points: Tensor, rho: Numbers) -> Tensor:
    """Kernel of the gates of one time with those of another: <p, q> (1/4 + arcsin(rho cos) / (2 pi)).

    What a step writes into the weights through the gates of now is read, later, through the gates of then.

    Example:
        >>> from lrtheory.learning_order.models.pq import q_points
        >>> points = q_points(0.5)
        >>> bool(torch.allclose(cross_time_kernel(points, 1.0), frozen_kernel(points)))
        True

    Args:
        points: shape (*E, n, d).
        rho: correlation of a weight with itself at the other time, in [-1, 1], any shape (*E).

    Returns:
        Shape (*E, n, n). At rho = 0 it is <p, q> / 4, a kernel that sees nothing but the linear part.

    Raises:
        ValueError: a correlation outside [-1, 1], or points that are no table of finite numbers.

    See Also:
        `frozen_kernel`, its value at rho = 1; `averaged_kernel`, its mean over rho.

    Source: ours, from the orthant probability of two correlated Gaussians.
    """
    products, angle, _ = _pairs(points)
    correlation = numbers("rho", rho, -1.0, 1.0)[..., None, None]
    rest = torch.sqrt((1 - correlation) * (1 + correlation) + (correlation * torch.sin(angle)) ** 2)
    arcsine = torch.atan2(correlation * torch.cos(angle), rest)
    return products * (0.25 + arcsine / _TURN)


def averaged_kernel(points: Tensor, *, centered: bool = True) -> Tensor:
    """Mean of the cross-time kernels over rho in [0, 1]: the arc-cosine kernel of degree 1, centered.

    A gradient of age a is weighed (1 - lr weight_decay)^a, and that is also the correlation rho of its gates
    with those of now: all correlations weigh alike.

    Example:
        >>> from lrtheory.learning_order.models.pq import q_points
        >>> round(float(averaged_kernel(q_points(0.5))[0, 0]), 6)
        0.340845

    Args:
        points: shape (*E, n, d).
        centered: whether the product of the means of both ReLUs, |p| |q| / (2 pi), is taken off. Only then
            is it the average; without, it is the covariance of a random network's output.

    Returns:
        Shape (*E, n, n).

    Raises:
        ValueError: points that are no table of finite numbers.

    See Also:
        `stepped_kernel`, with ages in whole steps.

    Source: ours; cho2009 for the kernel.
    """
    _, angle, lengths = _pairs(points)
    shape = torch.sin(angle) + (math.pi - angle) * torch.cos(angle)
    return lengths * (shape - 1 if centered else shape) / _TURN


def second_difference(kernel: Tensor) -> Tensor:
    """What a kernel holds of the one pattern that is not linear: s^T K s with s = (1, -1/2, -1/2).

    z is the midpoint of z + zeta and z - zeta, so a linear function has the second difference 0.

    Example:
        >>> from lrtheory.learning_order.models.pq import q_points
        >>> round(float(second_difference(frozen_kernel(q_points(0.07)))), 7)
        0.0111772

    Args:
        kernel: shape (*E, 3, 3), of `q_points`.

    Returns:
        Shape (*E,). Rounding leaves about 1e-16 in it; `frozen_smode` and its kin are exact for small r.

    Raises:
        ValueError: another shape.

    See Also:
        `frozen_smode`, `cross_time_smode`, `averaged_smode`; `q_modes`, the same of outputs.

    Source: ours.
    """
    if kernel.shape[-2:] != (3, 3):
        shape = tuple(kernel.shape)
        raise ValueError(f"kernel must have the shape (..., 3, 3) of three patterns, got {shape}")
    s = torch.tensor([1.0, -0.5, -0.5], dtype=kernel.dtype, device=kernel.device)
    return torch.einsum("i,...ij,j->...", s, kernel, s)


def frozen_smode(r: Numbers) -> Tensor:
    """Second difference of `frozen_kernel`: (1 + r^2) arctan(r) / (2 pi), about r / (2 pi).

    It is `second_difference` of that kernel of z, z + zeta and z - zeta, for z of length one.

    Example:
        >>> round(float(frozen_smode(0.07)), 7)
        0.0111772

    Args:
        r: length of zeta over that of z, any shape, > 0.

    Returns:
        Same shape.

    Raises:
        ValueError: an r that is not positive and finite.

    Source: ours.
    """
    length = numbers("r", r, 0.0, open_low=True)
    return (1 + length**2) * torch.arctan(length) / _TURN


def cross_time_smode(r: Numbers, rho: Numbers) -> Tensor:
    """Second difference of `cross_time_kernel`: it falls as soon as the gates that split the pattern flip.

    Example:
        >>> round(float(cross_time_smode(0.07, 0.99)), 6)
        0.000642

    Args:
        r: as of `frozen_smode`.
        rho: correlation, in [0, 1]; broadcasts with r.

    Returns:
        Shape of both. Relative error about 1e-16 / r^2 for rho below 1.

    Raises:
        ValueError: a number out of range.

    See Also:
        `cross_kernel_smode`, measured.

    Source: ours.
    """
    length, rho = numbers("r", r, 0.0, open_low=True), numbers("rho", rho, 0.0, 1.0)
    angle = torch.arctan(length)
    once, twice = _arcsine_lost(rho, angle), _arcsine_lost(rho, 2 * angle)
    return (2 * once - (1 - length) * (1 + length) * twice / 2) / _TURN


def averaged_smode(r: Numbers, *, centered: bool = True) -> Tensor:
    """Second difference of `averaged_kernel`: about r^3 / (3 pi), a share (2/3) r^2 of the frozen one.

    Example:
        >>> round(float(averaged_smode(0.07)), 11)
        3.540485e-05

    Args:
        r: as of `frozen_smode`.
        centered: as of `averaged_kernel`.

    Returns:
        Same shape; r^3 / (3 pi) times 1 - 3 r / 8 + ... if centered.

    Raises:
        ValueError: an r that is not positive and finite.

    Source: ours.
    """
    length = numbers("r", r, 0.0, open_low=True)
    direct = (1 + length**2) * torch.arctan(length) - length
    bent = torch.where(length < _SERIES_BELOW, _series(length), direct)
    mean = (length**2 / (torch.sqrt(1 + length**2) + 1)) ** 2
    return (bent - mean if centered else bent) / _TURN


def _series(r: Tensor) -> Tensor:
    """(1 + r^2) arctan r - r without cancellation, for small r."""
    small = r.clamp(max=_SERIES_BELOW)
    orders = range(1, _SERIES_TERMS + 1)
    return torch.stack([2 * (-1) ** (k + 1) * small ** (2 * k + 1) / (4 * k * k - 1) for k in orders]).sum(0)


def _arcsine_lost(rho: Tensor, angle: Tensor) -> Tensor:
    """Arcsine of rho less that of rho cos(angle), with no difference of large numbers in its sine."""
    cosine, sine = torch.cos(angle), torch.sin(angle)
    free = torch.sqrt((1 - rho) * (1 + rho))
    rest = torch.sqrt((1 - rho) * (1 + rho) + (rho * sine) ** 2)
    divisor = rest + cosine * free
    return torch.atan2(rho * sine**2, (free * rest + rho**2 * cosine) * divisor)


def _pairs(points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Inner products, angles and products of lengths of all pairs, each (*E, n, n)."""
    if not isinstance(points, Tensor) or points.ndim < 2 or not points.is_floating_point():
        raise ValueError(f"points must be a tensor (..., n, d) of real numbers, got {points!r}")
    p = numbers("points", points)
    length = p.norm(dim=-1)
    unit = p / length.clamp(min=torch.finfo(p.dtype).tiny)[..., None]
    one, other = unit[..., :, None, :], unit[..., None, :, :]
    angle = 2 * torch.atan2((one - other).norm(dim=-1), (one + other).norm(dim=-1))
    return p @ p.mT, angle, length[..., :, None] * length[..., None, :]
