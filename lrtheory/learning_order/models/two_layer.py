"""One two-layer network on the whole input, its first layer trained: a landscape with members."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import check_choice, finite, positive, whole

LOSSES = ("logistic", "squared")


def example_losses(kind: str, outputs: Tensor, labels: Tensor) -> Tensor:
    """Loss of each example: log(1 + exp(-y f)), or (f - y)^2 / 2 where the kind is "squared".

    Source: li2019order (logistic); the squared loss is a reviewer's question in li2019reply.
    """
    if kind == "squared":
        return (outputs - labels).square() / 2
    return torch.nn.functional.softplus(-labels * outputs)


def loss_slopes(kind: str, outputs: Tensor, labels: Tensor) -> Tensor:
    """Derivative of each example's loss by its output, as of `example_losses`.

    Source: li2019order.
    """
    if kind == "squared":
        return outputs - labels
    return torch.sigmoid(outputs * -labels).mul_(labels).neg_()


@dataclass(frozen=True, eq=False)
class TwoLayerNet:
    """Mean loss of f(x) = readout . relu(U x) on labeled inputs, and (weight_decay / 2) |U|^2; over U.

    Every unit sees the whole input: on the two patterns, ``inputs=examples.joint``, it is the joint network,
    and `TwoBlockTask` the one whose units see either half.

    Attributes:
        inputs: shape (N, d).
        labels: -1 or 1, shape (N,); targets of the squared loss.
        readout: second layer, fixed, shape (m,) or one for each member, (*E, m).
        weight_decay: factor lambda >= 0 of |U|^2 / 2.
        loss_name: "logistic" for log(1 + exp(-y f)), or "squared" for (f - y)^2 / 2.

    Source: li2019order, as we reconstruct it, with one first layer for both parts of the input.
    """

    inputs: Tensor
    labels: Tensor
    readout: Tensor
    weight_decay: float = 0.0
    loss_name: str = "logistic"

    def __post_init__(self) -> None:
        """Check shapes, labels and names.

        Raises:
            ValueError: inputs and labels that do not fit, a label other than -1 and 1, a negative decay, an
                unknown loss.
        """
        check_choice("loss_name", self.loss_name, LOSSES)
        if finite("weight_decay", self.weight_decay) < 0:
            raise ValueError(f"weight_decay must be at least 0, got {self.weight_decay}")
        if self.inputs.ndim != 2 or self.labels.shape != self.inputs.shape[:1]:
            raise ValueError(
                f"inputs (N, d) and labels (N,) expected, got {tuple(self.inputs.shape)} and "
                f"{tuple(self.labels.shape)}"
            )
        if not bool((self.labels.abs() == 1).all()):
            raise ValueError("labels must be -1 or 1; give torch.where(positive, 1.0, -1.0)")

    @property
    def width(self) -> int:
        """Hidden units m."""
        return self.readout.shape[-1]

    @property
    def dim(self) -> int:
        """Number of trained weights, m d."""
        return self.width * self.inputs.shape[1]

    def units(self, theta: Tensor, inputs: Tensor | None = None) -> Tensor:
        """Pre-activations U x, shape (*E, m, n), of weights (*E, m d) on given inputs (n, d)."""
        read = self.inputs if inputs is None else inputs
        weights = theta.reshape(*theta.shape[:-1], self.width, -1)
        return weights @ read.mT

    def outputs(self, theta: Tensor, inputs: Tensor | None = None) -> Tensor:
        """Outputs f, shape (*E, n), on given inputs (n, d) or those of training."""
        return (self.readout[..., None, :] @ self.units(theta, inputs).relu()).squeeze(-2)

    def data_loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss without the penalty, shape (*E,)."""
        inputs, labels = self._picked(samples)
        return example_losses(self.loss_name, self.outputs(theta, inputs), labels).mean(-1)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss with the penalty, shape (*E,)."""
        return self.data_loss(theta, samples) + self.weight_decay / 2 * theta.square().sum(-1)

    @torch.no_grad()
    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, m d)."""
        inputs, labels = self._picked(samples)
        units = self.units(theta, inputs)
        outputs = (self.readout[..., None, :] @ units.relu()).squeeze(-2)
        pull = self.pull(outputs, labels) / len(labels)
        pulled = (units > 0) * self.readout[..., :, None] * pull[..., None, :]
        return (pulled @ inputs).flatten(-2) + self.weight_decay * theta

    def pull(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Derivative of each example's loss by its output, shape (*E, n)."""
        return loss_slopes(self.loss_name, outputs, labels)

    def accuracy(self, theta: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        """Share of inputs whose output has the sign of their label, shape (*E,)."""
        return (self.outputs(theta, inputs).sign() == labels).double().mean(-1)

    def _picked(self, samples: Tensor | None) -> tuple[Tensor, Tensor]:
        return (self.inputs, self.labels) if samples is None else (self.inputs[samples], self.labels[samples])


def random_start(
    net: TwoLayerNet, std: float, *, members: int = 1, generator: torch.Generator
) -> Tensor:
    """First layers with independent Gaussian weights, one for each member.

    Example:
        >>> from lrtheory import generator
        >>> net = TwoLayerNet(torch.eye(3), torch.tensor([1.0, -1.0, 1.0]), torch.ones(1000))
        >>> start = random_start(net, 0.5, members=4, generator=generator(0, "start"))
        >>> tuple(start.shape), round(float(start.std()), 1)
        ((4, 3000), 0.5)

    Args:
        net: whose first layer is drawn.
        std: standard deviation of a weight, > 0.
        members: how many.
        generator: what is drawn from.

    Returns:
        Weights, shape (members, m d).

    Raises:
        ValueError: a standard deviation or a number of members that is not positive.

    See Also:
        `paired_net`, whose outputs are zero at the start.

    Source: li2019order, section 3.
    """
    positive("std", std)
    whole("members", members, least=1)
    return std * torch.randn(members, net.dim, generator=generator, dtype=net.inputs.dtype)


def balanced_readout(width: int, *, dtype: torch.dtype = torch.float64) -> Tensor:
    """A second layer of 1 / sqrt(width), half of it with the other sign, shape (width,).

    Example:
        >>> balanced_readout(4).tolist()
        [0.5, 0.5, -0.5, -0.5]

    Args:
        width: hidden units, even.
        dtype: of the numbers.

    Raises:
        ValueError: the width is odd.

    Source: li2019order, section 3; exactly half of each sign is ours.
    """
    if whole("width", width, least=2) % 2:
        raise ValueError(f"width must be even, half the signs are positive, got {width}")
    signs = torch.ones(width, dtype=dtype)
    signs[width // 2 :] = -1
    return signs / math.sqrt(width)
