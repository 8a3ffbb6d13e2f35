"""Small fully connected networks as landscapes, and the airfoil regression of the authors' reply."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import check_choice
from lrtheory.landscape import pack, unpack

AIRFOIL_SCALINGS = ("centered", "standardized", "minmax")
AIRFOIL_SIZES = (5, 16, 1)
LEAKY_SLOPE = 0.01  # torch's default; the reply does not say which slope it used


@dataclass(frozen=True)
class NetworkLandscape:
    """Mean squared error of a fully connected leaky-ReLU network on fixed data.

    Attributes:
        inputs: shape (n, sizes[0]).
        targets: shape (n, sizes[-1]).
        sizes: width of every layer, inputs and outputs included; at least one hidden layer.
        slope: slope of the leaky ReLU below zero, in [0, 1); 0 is the plain ReLU.

    Source: kong2020reply, the network experiment; initialization and scaling are our choices.
    """

    inputs: Tensor
    targets: Tensor
    sizes: tuple[int, ...]
    slope: float = LEAKY_SLOPE

    def __post_init__(self) -> None:
        if len(self.sizes) < 3 or min(self.sizes) < 1:
            raise ValueError(
                f"sizes needs inputs, hidden layers and outputs, for example (5, 16, 1); got {self.sizes}"
            )
        expected = ((len(self.targets), self.sizes[0]), (len(self.targets), self.sizes[-1]))
        if (tuple(self.inputs.shape), tuple(self.targets.shape)) != expected:
            raise ValueError(
                f"inputs and targets must have shapes {expected[0]} and {expected[1]} for sizes "
                f"{self.sizes}, got {tuple(self.inputs.shape)} and {tuple(self.targets.shape)}"
            )
        if not 0 <= self.slope < 1:
            raise ValueError(f"slope must lie in [0, 1), got {self.slope}")

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of weight matrix and bias, layer by layer."""
        pairs = zip(self.sizes[:-1], self.sizes[1:], strict=True)
        return [shape for fan_in, fan_out in pairs for shape in ((fan_out, fan_in), (fan_out, 1))]

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return sum(math.prod(shape) for shape in self.shapes)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean squared error over examples and outputs, shape (*E,)."""
        inputs, targets = self._data(samples)
        residual = self._layers(theta, inputs)[-1] - targets
        return (residual**2).mean(dim=(-2, -1))

    def predictions(self, theta: Tensor) -> Tensor:
        """Outputs on the data, shape (*E, n, outputs)."""
        return self._layers(theta, self.inputs.T)[-1].transpose(-1, -2)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient by hand-written backpropagation, shape (*E, d)."""
        inputs, targets = self._data(samples)
        layers = self._layers(theta, inputs)
        weights = unpack(theta, self.shapes)[::2]
        back = (2 / targets.numel()) * (layers[-1] - targets)
        parts: list[Tensor] = []
        for depth in range(len(weights) - 1, -1, -1):
            below = layers[depth - 1] if depth else inputs
            parts[:0] = [back @ below.transpose(-1, -2), back.sum(dim=-1, keepdim=True)]
            if depth:
                back = weights[depth].transpose(-1, -2) @ back
                back = torch.where(below > 0, back, self.slope * back)
        return pack(parts, ensemble_axes=theta.ndim - 1)

    def start(self, members: int, generator: torch.Generator) -> Tensor:
        """Weights as torch's Linear draws them: uniform in +-1 / sqrt(fan in), shape (members, d)."""
        parts = []
        for layer, shape in enumerate(self.shapes):
            reach = 1 / math.sqrt(self.sizes[layer // 2])
            unit = torch.rand((members, *shape), generator=generator, dtype=self.inputs.dtype)
            parts.append(reach * (2 * unit - 1))
        return pack(parts, ensemble_axes=1).to(self.inputs.device)

    def _data(self, samples: Tensor | None) -> tuple[Tensor, Tensor]:
        """Inputs and targets with the examples along the last axis, which keeps every product contiguous."""
        if samples is None:
            return self.inputs.T, self.targets.T
        return self.inputs[samples].T, self.targets[samples].T

    def _layers(self, theta: Tensor, inputs: Tensor) -> list[Tensor]:
        """Output of every layer, shapes (*E, width, n)."""
        parts = unpack(theta, self.shapes)
        layers: list[Tensor] = []
        at = inputs
        for weight, bias in zip(parts[::2], parts[1::2], strict=True):
            at = weight @ at + bias
            if len(layers) < len(self.sizes) - 2:
                at = torch.nn.functional.leaky_relu(at, self.slope)
            layers.append(at)
        return layers


def airfoil_network(
    *,
    scaling: str = "centered",
    sizes: tuple[int, ...] = AIRFOIL_SIZES,
    slope: float = LEAKY_SLOPE,
    device: str = "cpu",
) -> NetworkLandscape:
    """Full-batch regression of the airfoil's sound level with a small leaky-ReLU network.

    Example:
        >>> network = airfoil_network()
        >>> network.dim  # 5 * 16 + 16 weights inside, 16 + 1 outside
        113

    Args:
        scaling: ``"centered"`` (inputs standardized, level in dB minus its mean), ``"standardized"``
            (both) or ``"minmax"`` (inputs mapped to [0, 1], level in dB as it is).
        sizes: layer widths; starts with 5 and ends with 1.
        slope: slope of the leaky ReLU below zero.
        device: where the data lies.

    Returns:
        A landscape in float64, loss in dB^2 (or in variances, if standardized).

    Raises:
        ValueError: unknown scaling, or sizes that do not fit 5 inputs and 1 target.

    Source: kong2020reply says "5-16-2" with one target; sizes are therefore a parameter.
    """
    from lrtheory.data.airfoil_runs import airfoil

    check_choice("scaling", scaling, AIRFOIL_SCALINGS)
    data = airfoil()
    inputs, targets = torch.as_tensor(data.inputs).double(), torch.as_tensor(data.targets).double()
    targets = targets.reshape(-1, 1)
    if scaling == "minmax":
        low, high = inputs.amin(0), inputs.amax(0)
        inputs = (inputs - low) / (high - low)
    else:
        inputs = (inputs - inputs.mean(0)) / inputs.std(0, correction=0)
        targets = targets - targets.mean(0)
    if scaling == "standardized":
        targets = targets / targets.std(0, correction=0)
    return NetworkLandscape(inputs.to(device), targets.to(device), tuple(sizes), slope)
