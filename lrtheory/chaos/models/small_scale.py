"""Small-scale parts of a loss: ripples of size eps and slope one, the same everywhere.

Ripples that vary with the weights live in `uneven_ripples`, large-scale parts in `large_scale`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lrtheory.chaos.models.resonance import integer_relation, merged
from lrtheory.doors import positive


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
        frequencies: w, shape (m, d), in units of 1 / eps, none 0. What is predicted needs independent
            phases: no integer relation between those of one ripple, see `independent`.
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
        if count == 0 or not self.frequencies.isfinite().all() or not self.frequencies.any(dim=1).all():
            raise ValueError(
                f"frequencies must be finite and not 0, at least one, got {self.frequencies.tolist()}"
            )
        if not self.phases.isfinite().all():
            raise ValueError(f"phases must be finite, got {self.phases.tolist()}")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.frequencies.shape[1]

    @property
    def directions(self) -> Tensor:
        """Unit vectors of the tones, shape (m, d)."""
        length: Tensor = self.frequencies.norm(dim=1, keepdim=True)
        return self.frequencies / length

    @cached_property
    def independent(self) -> Tones:
        """The same ripple as tones of independent phases: those of equal or opposite frequency are added.

        Raises:
            ValueError: an integer relation of low order between frequencies, or tones that cancel.
        """
        return self.independent_within(None)

    def independent_within(self, detuning: float | None) -> Tones:
        """As `independent`, where a relation of two tones binds that is off by less than a detuning."""
        mine = (self.amplitudes, self.frequencies, self.phases)
        parts = tuple(np.asarray(each.detach().cpu(), dtype=float) for each in mine)
        fewer = merged(*parts)
        if fewer is not None and not fewer[0].size:
            raise ValueError("the tones cancel: nothing is left of the ripple")
        tones = self if fewer is None else Tones(*(torch.as_tensor(each).to(self.phases) for each in fewer))
        frequencies = parts[1] if fewer is None else fewer[1]
        near = {} if detuning is None or len(frequencies) != 2 else {"tolerance": detuning}
        relation = integer_relation(frequencies, **near)
        if relation is not None:
            raise ValueError(
                f"frequencies must have no integer relation, got {frequencies.tolist()} with {relation} "
                "times them zero: their phases are not independent, which is assumed here; descend on the "
                "ripple itself, or take ratios such as sqrt(2)"
            )
        return tones

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
        """The slope at independent uniform phases: shape of theta.

        Raises:
            ValueError: the phases are not independent, see `independent`.
        """
        tones = self.independent
        shape = (*theta.shape[:-1], tones.amplitudes.shape[0])
        turns = torch.rand(shape, generator=generator, device=theta.device, dtype=theta.dtype)
        return tones._sum_over_tones((2 * math.pi * turns).sin())

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

    def __post_init__(self) -> None:
        positive("amplitude", self.amplitude)

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
