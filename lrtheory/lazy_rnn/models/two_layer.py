"""A two-layer network of which only the hidden weights are trained, with cross-entropy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import whole


@dataclass(frozen=True, eq=False)
class TwoLayerClassifier:
    """Mean cross-entropy of B relu(W x) on labeled inputs; a `Landscape` over W.

    Attributes:
        hidden: W at the start, shape (m, d_x).
        readout: B, shape (d, m), fixed.
        inputs: shape (n, d_x).
        labels: shape (n,), int64, from 0 to d - 1.

    Source: allenzhu2019reply, which points to such a network on MNIST as evidence.
    """

    hidden: Tensor
    readout: Tensor
    inputs: Tensor
    labels: Tensor

    @property
    def dim(self) -> int:
        """Number of hidden weights, m d_x."""
        return self.hidden.numel()

    @property
    def start(self) -> Tensor:
        """The hidden weights at the start, shape (dim,)."""
        return self.hidden.flatten()

    def units(self, theta: Tensor, inputs: Tensor) -> Tensor:
        """Hidden units, shape (n, m), of weights (dim,); positive where open."""
        return (inputs @ theta.reshape(self.hidden.shape).mT).relu_()

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean cross-entropy of all inputs or a batch, a number, of weights (dim,)."""
        inputs, labels = self._picked(samples)
        outputs = self.units(theta, inputs) @ self.readout.mT
        return torch.nn.functional.cross_entropy(outputs, labels)

    @torch.no_grad()
    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (dim,)."""
        inputs, labels = self._picked(samples)
        units = self.units(theta, inputs)
        error = torch.softmax(units @ self.readout.mT, -1)
        error[range(len(labels)), labels] -= 1
        pulled = (error @ self.readout).mul_(units > 0)
        return (pulled.mT @ inputs / len(labels)).flatten()

    def accuracy(self, theta: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        """Share of inputs whose largest output is that of their label."""
        return ((self.units(theta, inputs) @ self.readout.mT).argmax(-1) == labels).double().mean()

    def _picked(self, samples: Tensor | None) -> tuple[Tensor, Tensor]:
        return (self.inputs, self.labels) if samples is None else (self.inputs[samples], self.labels[samples])


def random_two_layer(
    width: int, inputs: Tensor, labels: Tensor, *, classes: int, generator: torch.Generator
) -> TwoLayerClassifier:
    """Hidden weights of variance 2 / m and readout of variance 1 / d, drawn in this order.

    Example:
        >>> from lrtheory import generator
        >>> inputs, labels = torch.eye(3, dtype=torch.float64), torch.tensor([0, 1, 1])
        >>> net = random_two_layer(2000, inputs, labels, classes=2, generator=generator(0, "weights"))
        >>> net.dim, round(float(net.hidden.norm(dim=0).square().mean()), 1)  # per input, 2000 * 2 / 2000
        (6000, 2.0)

    Args:
        width: hidden units m.
        inputs: shape (n, d_x).
        labels: shape (n,), int64.
        classes: outputs d.
        generator: what is drawn from.

    Raises:
        ValueError: sizes that are no positive whole numbers, labels that are no class.

    Cost: m (d_x + d) random numbers.

    Source: ours, by allenzhu2019, section 2.1.
    """
    width, classes = whole("width", width, least=1), whole("classes", classes, least=1)
    if len(labels) != len(inputs) or not bool(((labels >= 0) & (labels < classes)).all()):
        raise ValueError(f"labels must be one of 0 to {classes - 1} for each of {len(inputs)} inputs")
    hidden = torch.randn(width, inputs.shape[1], generator=generator, dtype=inputs.dtype)
    readout = torch.randn(classes, width, generator=generator, dtype=inputs.dtype)
    return TwoLayerClassifier(
        hidden * math.sqrt(2 / width), readout / math.sqrt(classes), inputs, labels
    )
