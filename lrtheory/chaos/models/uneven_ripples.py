"""Ripples that vary with the weight: a tone that quickens, a tone that swells. Even ones: `small_scale`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

_NODES = 12  # of Gauss and Legendre on half a wave: an integral of sin to rounding


@dataclass(frozen=True)
class QuickeningTone:
    """Ripple of slope -A sin((x + x^3 / 3) / eps): its waves shorten away from 0, so it has no period.

    At a random place its slope is as random as that of one cosine tone, at every x alike.

    Attributes:
        amplitude: A, its largest slope, not 0.

    Source: kong2020, the non-periodic small scale; this one is our choice.
    """

    amplitude: float = 1.0
    dim: int = field(default=1, init=False)

    def __post_init__(self) -> None:
        _check_amplitude(self.amplitude)

    def height(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple over eps, shape (*E,), 0 at x = 0: an integral without a closed form.

        Summed over half waves, so that the work grows with max|x + x^3 / 3| / eps.
        """
        x = theta[..., 0]
        half_waves = torch.floor(_warped(x.detach().abs()) / (math.pi * eps)).long()
        edges = _unwarped(math.pi * eps * torch.arange(int(half_waves.max()) + 2, dtype=x.dtype))
        whole = self._integral(edges[:-1], edges[1:], eps)
        before = torch.cat([torch.zeros_like(whole[:1]), whole.cumsum(0)])
        return (before[half_waves] + self._integral(edges[half_waves], x.abs(), eps)) / eps

    def slope(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's slope, shape (*E, 1)."""
        return -self.amplitude * (_warped(theta) / eps).sin()

    def bend(self, theta: Tensor, eps: float) -> Tensor:
        """Its second derivative times eps, shape (*E, 1, 1)."""
        return (-self.amplitude * (1 + theta**2) * (_warped(theta) / eps).cos())[..., None]

    def random_slope(self, theta: Tensor, generator: torch.Generator) -> Tensor:
        """The slope at uniform phases: shape of theta."""
        return -self.amplitude * _random_sine(theta, generator)

    def _integral(self, left: Tensor, right: Tensor, eps: float) -> Tensor:
        nodes, weights = (torch.as_tensor(part) for part in np.polynomial.legendre.leggauss(_NODES))
        half = (right - left) / 2
        at = (left + half)[..., None] + half[..., None] * nodes
        slopes: Tensor = self.slope(at, eps)
        return half * (slopes * weights).sum(-1)


@dataclass(frozen=True)
class SwellingTone:
    """Ripple of slope -A (1 + g x) sin(x / eps): its waves grow along the line.

    The random kick that it stands for depends on the place: the noise is multiplicative.

    Attributes:
        amplitude: A, its largest slope at x = 0, not 0.
        growth: g, per unit of x.

    Source: our example of a small scale that depends on the weight; kong2020 keeps it independent.
    """

    amplitude: float = 1.0
    growth: float = 0.8
    dim: int = field(default=1, init=False)

    def __post_init__(self) -> None:
        _check_amplitude(self.amplitude)
        if not math.isfinite(self.growth):
            raise ValueError(f"growth must be finite, got {self.growth}; try 0.8")

    def spread(self, theta: Tensor) -> Tensor:
        """How strong the ripple is relative to x = 0: 1 + g x, shape of theta."""
        return 1 + self.growth * theta

    def height(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple over eps, shape (*E,)."""
        x = theta[..., 0]
        z = x / eps
        return self.amplitude * (self.spread(x) * z.cos() - eps * self.growth * z.sin())

    def slope(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's slope, shape (*E, 1)."""
        return -self.amplitude * self.spread(theta) * (theta / eps).sin()

    def bend(self, theta: Tensor, eps: float) -> Tensor:
        """Its second derivative times eps, shape (*E, 1, 1)."""
        z = theta / eps
        return (-self.amplitude * (self.spread(theta) * z.cos() + eps * self.growth * z.sin()))[..., None]

    def random_slope(self, theta: Tensor, generator: torch.Generator) -> Tensor:
        """The slope near theta at uniform phases: shape of theta."""
        return -self.amplitude * self.spread(theta) * _random_sine(theta, generator)


def _warped(x: Tensor) -> Tensor:
    return x + x**3 / 3


def _unwarped(u: Tensor) -> Tensor:
    """The x at which x + x^3 / 3 = u; from sinh(3 t) = 3 sinh t + 4 sinh^3 t."""
    root: Tensor = 2 * torch.sinh(torch.asinh(1.5 * u) / 3)
    return root


def _random_sine(theta: Tensor, generator: torch.Generator) -> Tensor:
    turns = torch.rand(theta.shape, generator=generator, device=theta.device, dtype=theta.dtype)
    return (2 * math.pi * turns).sin()


def _check_amplitude(amplitude: float) -> None:
    if not math.isfinite(amplitude) or amplitude == 0:
        raise ValueError(f"amplitude must be finite and not 0, got {amplitude}; try 1.0")
