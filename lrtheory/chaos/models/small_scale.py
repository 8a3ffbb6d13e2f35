"""Small-scale parts of a loss: ripples of size eps and slope one, the same everywhere.

Ripples that vary with the weights live in `uneven_ripples`, large-scale parts in `large_scale`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor


class SmallScale(Protocol):
    """A ripple of size eps on the loss, given by its height, slope and bend scaled to be of order one.

    A ripple eps * f1(theta / eps) has height f1, slope f1' and bend f1'' at the phase theta / eps; a
    ripple may depend on the weights themselves as well. ``eps`` is always positive.
    """

    @property
    def dim(self) -> int:
        """Number of weights d."""
        ...

    def height(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple over eps, shape (*E,), at weights of shape (*E, d)."""
        ...

    def slope(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's gradient, shape (*E, d)."""
        ...

    def bend(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's Hessian times eps, shape (*E, d, d)."""
        ...

    def random_slope(self, theta: Tensor, generator: torch.Generator) -> Tensor:
        """The slope near theta at a phase drawn uniformly, independent for each member: shape of theta."""
        ...


@dataclass(frozen=True)
class Tones:
    """Ripple made of cosines: f1(z) = sum_j (A_j / |w_j|) cos(w_j . z + p_j), of slope amplitudes A_j.

    Attributes:
        amplitudes: A, shape (m,): largest slope that each tone adds; a negative one turns the tone over.
        frequencies: w, shape (m, d), in units of 1 / eps; no integer relation between the tones of
            one ripple, so that their phases are independent.
        phases: p, shape (m,), in radians.

    Source: kong2020, periodic and quasi-periodic small scales.
    """

    amplitudes: Tensor
    frequencies: Tensor
    phases: Tensor

    def __post_init__(self) -> None:
        count = self.amplitudes.shape[0]
        if self.frequencies.ndim != 2 or self.frequencies.shape[0] != count or self.phases.shape != (count,):
            raise ValueError(
                "amplitudes, frequencies and phases must have shapes (m,), (m, d) and (m,), got "
                f"{tuple(self.amplitudes.shape)}, {tuple(self.frequencies.shape)}, {tuple(self.phases.shape)}"
            )
        if not (self.amplitudes.isfinite().all() and (self.amplitudes != 0).all()):
            raise ValueError(f"amplitudes must be finite and not 0, got {self.amplitudes.tolist()}")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.frequencies.shape[1]

    @property
    def directions(self) -> Tensor:
        """Unit vectors of the tones, shape (m, d)."""
        length: Tensor = self.frequencies.norm(dim=1, keepdim=True)
        return self.frequencies / length

    def angle(self, z: Tensor) -> Tensor:
        """Phase angle of every tone at z = theta / eps, shape (*E, m)."""
        turned = z * self.frequencies[:, 0] if self.dim == 1 else z @ self.frequencies.T
        return turned + self.phases

    def height(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple over eps, shape (*E,)."""
        weights: Tensor = self.amplitudes / self.frequencies.norm(dim=1)
        return (weights * self.angle(theta / eps).cos()).sum(-1)

    def slope(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's gradient, shape (*E, d)."""
        return self._sum_over_tones(self.angle(theta / eps).sin())

    def bend(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's Hessian times eps, shape (*E, d, d)."""
        strengths = -self.amplitudes * self.angle(theta / eps).cos()
        return torch.einsum("...m,mi,mj->...ij", strengths, self.directions, self.frequencies)

    def random_slope(self, theta: Tensor, generator: torch.Generator) -> Tensor:
        """The slope at independent uniform phases: shape of theta."""
        shape = (*theta.shape[:-1], self.amplitudes.shape[0])
        turns = torch.rand(shape, generator=generator, device=theta.device, dtype=theta.dtype)
        return self._sum_over_tones((2 * math.pi * turns).sin())

    def _sum_over_tones(self, sines: Tensor) -> Tensor:
        if sines.shape[-1] == 1 and self.dim == 1:
            return sines * (-self.amplitudes * self.directions[:, 0])
        return (-self.amplitudes * sines) @ self.directions


@dataclass(frozen=True)
class SquareWave:
    """Ripple whose slope is +amplitude or -amplitude: the slope of a triangle wave of period 2 pi.

    Its slope is as random as a coin at a uniform phase, but it never stretches: the counterexample.

    Attributes:
        amplitude: the slope's size, > 0.

    Source: our counterexample to reading kong2020's conditions as sufficient for chaos.
    """

    amplitude: float = 1.0
    dim: int = field(default=1, init=False)

    def height(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple over eps, shape (*E,): zero on average."""
        return self.amplitude * (0.5 * math.pi - torch.arccos((theta[..., 0] / eps).cos()))

    def slope(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's slope, shape (*E, 1)."""
        return torch.where((theta / eps).sin() >= 0, -self.amplitude, self.amplitude).to(theta.dtype)

    def bend(self, theta: Tensor, eps: float) -> Tensor:
        """The ripple's bend, shape (*E, 1, 1): zero wherever it exists."""
        return torch.zeros_like(theta)[..., None]

    def random_slope(self, theta: Tensor, generator: torch.Generator) -> Tensor:
        """The slope at a uniform phase: a fair coin, shape of theta."""
        turns = torch.rand(theta.shape, generator=generator, device=theta.device, dtype=theta.dtype)
        return torch.where(turns < 0.5, -self.amplitude, self.amplitude).to(theta.dtype)
