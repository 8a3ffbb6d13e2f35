"""The screw-shaped valley, on which SGD climbs for ever: the helix, its twin, and the ring it closes into.

Speeds predicted for it live in theory/archimedes.py, compiled runs in measures/helix_runs.py.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lrtheory.diagrams.models.swing import SwingLandscape

QUARTER = math.pi / 4


def helix(*, tilt: float = 0.0) -> SwingLandscape:
    """Three weights (u, v, z) with a valley of minima along the axis u = v = 0, like a screw around it.

    l_x = (u^2 + v^2 + (cos(z) u + sin(z) v)^2) / 2 + tilt z + x (cos(z - pi/4) u + sin(z - pi/4) v), x
    standard normal: curvatures 2 and 1 turn with z, the noise is half way between them.

    Example:
        >>> helix().dim  # u, v, z
        3

    Args:
        tilt: slope added along the axis, so that to go up is to climb.

    See also: linear_screw, turned by an eighth; ring_helix, which closes.

    Source: tenka2020, the Helix (Archimedes) landscape.
    """
    return SwingLandscape(3, _Screw(0.0, tilt).height, _Screw(0.0, tilt).swing)


def linear_screw(*, tilt: float = 0.0) -> SwingLandscape:
    """The helix turned by an eighth: curvature at angle z + pi/4, noise at z; the same speed.

    Example:
        >>> linear_screw().dim
        3

    Args:
        tilt: slope added along the axis.

    Source: tenka2020, the linear screw of its experiments.
    """
    return SwingLandscape(3, _Screw(QUARTER, tilt).height, _Screw(QUARTER, tilt).swing)


def ring_helix(turns: int) -> SwingLandscape:
    """The helix bent into a ring of minima in flat space, on which SGD circulates for ever.

    Weights (X, Y, w): with r and phi the polar coordinates of (X, Y), the helix's u is r - turns, its v is w
    and its z is turns * phi, so that a way of one along the ring is one along the helix's axis. The helix is
    recovered as ``turns`` grows. Start at (turns, 0, 0).

    Example:
        >>> around = torch.linspace(0, 6, 7, dtype=torch.float64)
        >>> valley = torch.stack([9 * around.cos(), 9 * around.sin(), 0 * around], dim=-1)
        >>> float(ring_helix(9).loss(valley).abs().max()) < 1e-12  # the ring is a valley of minima
        True

    Args:
        turns: turns of the screw on the way around, >= 1; also the ring's radius.

    Raises:
        ValueError: turns is no whole number of at least 1, so that the screw would not close.

    Source: tenka2020 (which closes the axis up by counting z modulo 200 pi); the ring in space is ours.
    """
    if not isinstance(turns, int) or turns < 1:
        raise ValueError(f"turns must be a whole number of at least 1, got {turns}: the screw must close")
    screw = _Screw(0.0, 0.0)
    return SwingLandscape(
        3,
        lambda theta: screw.height(_unbent(theta, turns)),
        lambda theta: screw.swing(_unbent(theta, turns)),
    )


def ring_place(theta: Tensor, turns: int) -> Tensor:
    """Way around the ring of `ring_helix` in the helix's z, modulo 2 pi turns, shape (*E,).

    Example:
        >>> quarter = torch.tensor([0.0, 9.0, 0.0], dtype=torch.float64)
        >>> round(float(ring_place(quarter, 9)), 6)  # 9 pi / 2
        14.137167

    Source: ours.
    """
    if theta.ndim == 0 or theta.shape[-1] != 3:
        raise ValueError(f"theta must have shape (*E, 3), weights of ring_helix, got {tuple(theta.shape)}")
    return turns * torch.atan2(theta[..., 1], theta[..., 0])


class _Screw:
    """Height and swing of a helix whose Hessian is turned by an angle ``ahead``."""

    def __init__(self, ahead: float, tilt: float) -> None:
        self._ahead, self._tilt = ahead, tilt

    def height(self, theta: Tensor) -> Tensor:
        u, v, z = theta.unbind(dim=-1)
        steep = torch.cos(z + self._ahead) * u + torch.sin(z + self._ahead) * v
        return (u**2 + v**2 + steep**2) / 2 + self._tilt * z

    def swing(self, theta: Tensor) -> Tensor:
        u, v, z = theta.unbind(dim=-1)
        angle = z + self._ahead - QUARTER
        return torch.cos(angle) * u + torch.sin(angle) * v


def _unbent(theta: Tensor, turns: int) -> Tensor:
    x, y, w = theta.unbind(dim=-1)
    return torch.stack([torch.hypot(x, y) - turns, w, turns * torch.atan2(y, x)], dim=-1)
