"""A network with sine units as a loss of two scales: the algebra of the authors' reply, made runnable."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import positive, whole


@dataclass(frozen=True)
class SineNetwork:
    """Mean squared error of a one-layer network of sines, of which some see the inputs finely.

    The output is sum_I a sin(w x + b) + eps sum_J a sin(w x / eps + b): the units J have gradients of
    order one and curvatures of order 1 / eps in their frequencies w. Their slopes are proportional to
    the residual, so the noise that they stand for dies where the loss does, and depends on the place.

    Attributes:
        inputs: x, shape (n,), float64.
        targets: y, shape (n,), float64.
        smooth_units: number of units in I, >= 0.
        fine_units: number of units in J, >= 0.
        eps: small scale, > 0.

    Weights: a, w, b of all units (I first), each shape (units,), one after the other.

    Source: kong2020reply, the sketch of a network with periodic activations; the numbers are ours.
    """

    inputs: Tensor
    targets: Tensor
    smooth_units: int
    fine_units: int
    eps: float

    def __post_init__(self) -> None:
        if self.inputs.ndim != 1 or self.inputs.shape != self.targets.shape:
            shapes = f"{tuple(self.inputs.shape)} and {tuple(self.targets.shape)}"
            raise ValueError(f"inputs and targets must share a shape (n,), got {shapes}")
        if self.inputs.dtype != torch.float64 or self.targets.dtype != torch.float64:
            found = f"{self.inputs.dtype} and {self.targets.dtype}"
            raise ValueError(f"inputs and targets must be float64, got {found}: chaos needs every digit")
        if min(self.smooth_units, self.fine_units) < 0 or self.units == 0:
            counts = f"{self.smooth_units} and {self.fine_units}"
            raise ValueError(f"units must be counted from 0 with at least one in all, got {counts}")
        positive("eps", self.eps, remedy="try eps=1e-3")

    @property
    def units(self) -> int:
        """Number of sine units."""
        return self.smooth_units + self.fine_units

    @property
    def dim(self) -> int:
        """Number of weights d: three a unit."""
        return 3 * self.units

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean squared error, shape (*E,)."""
        inputs, targets = self._data(samples)
        return ((self._outputs(theta, inputs) - targets) ** 2).mean(-1)

    def predictions(self, theta: Tensor) -> Tensor:
        """Outputs on the data, shape (*E, n)."""
        return self._outputs(theta, self.inputs)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, written by hand, shape (*E, d)."""
        inputs, targets = self._data(samples)
        weight, angle = self._angles(theta, inputs)
        scale = self._output_scale()
        sines, cosines = angle.sin(), weight[..., None] * angle.cos()
        residual = (scale @ (weight[..., None] * sines) - targets) * (2 / len(targets))
        back = residual[..., None, :] * scale[:, None]
        of_weight = (back * sines).sum(-1)
        of_frequency = (back * cosines * self._seen(inputs)).sum(-1)
        return torch.cat([of_weight, of_frequency, (back * cosines).sum(-1)], dim=-1)

    def start(self, members: int, generator: torch.Generator) -> Tensor:
        """Weights a and w uniform in [-1, 1], phases b uniform in [-pi, pi]: shape (members, d)."""
        unit = 2 * torch.rand((members, 3, self.units), generator=generator, dtype=torch.float64) - 1
        unit[:, 2] *= math.pi
        return unit.flatten(1).to(self.inputs.device)

    def _data(self, samples: Tensor | None) -> tuple[Tensor, Tensor]:
        if samples is None:
            return self.inputs, self.targets
        return self.inputs[samples], self.targets[samples]

    def _output_scale(self) -> Tensor:
        scale = torch.ones(self.units, dtype=torch.float64, device=self.inputs.device)
        scale[self.smooth_units :] = self.eps
        return scale

    def _seen(self, inputs: Tensor) -> Tensor:
        """The inputs as every unit sees them, shape (units, n)."""
        return inputs / self._output_scale()[:, None]

    def _angles(self, theta: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        weight, frequency, phase = theta.reshape(*theta.shape[:-1], 3, self.units).unbind(-2)
        return weight, frequency[..., None] * self._seen(inputs) + phase[..., None]

    def _outputs(self, theta: Tensor, inputs: Tensor) -> Tensor:
        weight, angle = self._angles(theta, inputs)
        return self._output_scale() @ (weight[..., None] * angle.sin())


def sine_regression(
    eps: float,
    generator: torch.Generator,
    *,
    examples: int = 64,
    label_noise: float = 1.0,
    smooth_units: int = 8,
    fine_units: int = 8,
) -> SineNetwork:
    """Regression of sin 2x + eps sin(3x / eps) + label_noise * normal with a network of sines.

    Example:
        >>> from lrtheory import generator
        >>> sine_regression(1e-2, generator(0, "data"), examples=16).dim
        48

    Args:
        eps: small scale of target and network, > 0.
        generator: source of the inputs, uniform in [-1, 1], and of the label noise.
        examples: number of examples, >= 1.
        label_noise: standard deviation of the labels' noise, >= 0; at 0 the network can fit the data,
            and its gradient noise dies with the residual.
        smooth_units: number of units that see x.
        fine_units: number of units that see x / eps.

    Raises:
        ValueError: a number is out of its range.

    Source: kong2020reply, the sketch of a network with periodic activations; the numbers are ours.
    """
    if examples < 1 or not 0 <= label_noise < math.inf:
        raise ValueError(
            f"examples must be at least 1 and label_noise at least 0, got {examples} and {label_noise}"
        )
    whole("examples", examples, least=1)
    whole("smooth_units", smooth_units)
    whole("fine_units", fine_units)
    positive("eps", eps, remedy="try eps=1e-3")
    x = 2 * torch.rand(examples, generator=generator, dtype=torch.float64) - 1
    noise = torch.randn(examples, generator=generator, dtype=torch.float64)
    targets = (2 * x).sin() + eps * (3 * x / eps).sin() + label_noise * noise
    return SineNetwork(x, targets, smooth_units, fine_units, eps)
