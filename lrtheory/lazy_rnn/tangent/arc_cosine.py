"""Two arc-cosine kernels: what a ReLU and its slope make of the cosine between two Gaussian fields.

Nothing about networks or time lives here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SNAP = 1e-14  # a cosine this close to +-1 is +-1: rounding of 1e-16 there would be 1e-8 in the angle
_SLACK = 1e-9  # a cosine further outside [-1, 1] than this is no rounding


def kappa0(cosine: Tensor) -> Tensor:
    """Twice the chance that two standard normals are both positive: (pi - arccos c) / pi.

    The normals have correlation c; it is 0 at c = -1, 1/2 at 0 and 1 at 1.

    Example:
        >>> round(float(kappa0(torch.tensor(0.5, dtype=torch.float64))), 6)
        0.666667

    Args:
        cosine: c, any shape, float64, in [-1, 1]; within 1e-14 of an end it is taken for the end.

    Returns:
        Same shape, in [0, 1].

    Raises:
        ValueError: the dtype is another, an entry is NaN, or lies outside [-1, 1] by more than 1e-9.

    See Also:
        `kappa1`, the same with the ReLU in the place of its slope.

    Source: cho2009, the arc-cosine kernel of degree 0.
    """
    return (math.pi - torch.arccos(_snapped(cosine))) / math.pi


def kappa1(cosine: Tensor) -> Tensor:
    """Twice the mean product of two ReLUs: (sqrt(1 - c^2) + (pi - arccos c) c) / pi.

    Of two standard normals of correlation c; it is 0 at c = -1, 1/pi at 0 and 1 at 1.
    Its slope is `kappa0`.

    Example:
        >>> round(float(kappa1(torch.tensor(0.5, dtype=torch.float64))), 6)
        0.608998

    Args:
        cosine: c, any shape, float64, in [-1, 1]; within 1e-14 of an end it is taken for the end.

    Returns:
        Same shape, in [0, 1].

    Raises:
        ValueError: as of `kappa0`.

    See Also:
        `kappa0`, its slope.

    Source: cho2009, the arc-cosine kernel of degree 1.
    """
    c = _snapped(cosine)
    return (torch.sqrt(1 - c**2) + (math.pi - torch.arccos(c)) * c) / math.pi


def _snapped(cosine: Tensor) -> Tensor:
    if not isinstance(cosine, Tensor) or cosine.dtype != torch.float64:
        got = getattr(cosine, "dtype", type(cosine).__name__)
        raise ValueError(f"cosine must be a float64 tensor, got {got}; convert it with .double()")
    size = cosine.abs()
    if not bool((size <= 1 + _SLACK).all()):  # false for NaN
        wrong = cosine[~(size <= 1 + _SLACK)].ravel()[0]
        raise ValueError(f"a cosine must lie in [-1, 1], got {float(wrong)}")
    return torch.where(size > 1 - _SNAP, cosine.sign(), cosine)
