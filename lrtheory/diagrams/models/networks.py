"""The networks of the experiments and the data they are asked to fit, as populations. Runs live elsewhere."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lrtheory.arguments.checked import checked
from lrtheory.data.bundled import digits, fashion_mnist_subset
from lrtheory.diagrams.models.module_population import ModulePopulation
from lrtheory.seeds import generator

_WINDOW, _STRIDE = 5, 2  # of both convolutions
_CLASSES = 10


class Dense(nn.Module):
    """Linear layer whose weights are standard normal numbers times sqrt(2 / (fan_out + fan_in)).

    The factor multiplies the weights in every forward pass, so it also sets the layer's share of the
    learning rate: it is part of the metric.

    Args:
        outputs: fan_out.
        inputs: fan_in.
        numbers: source of the weights.

    Source: tenka2020 (the author's parametrization).
    """

    def __init__(self, outputs: int, inputs: int, numbers: torch.Generator) -> None:
        """Draw weight (outputs, inputs) and bias (outputs,)."""
        super().__init__()
        draw = partial(torch.randn, generator=numbers, dtype=torch.float64)
        self.weight, self.bias = nn.Parameter(draw(outputs, inputs)), nn.Parameter(draw(outputs))
        self.weight_scale = math.sqrt(2 / (outputs + inputs))
        self.bias_scale = math.sqrt(2 / (outputs + 1))  # a bias is a weight of fan_in one

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (..., outputs) of inputs (..., inputs)."""
        return x @ (self.weight_scale * self.weight).T + self.bias_scale * self.bias


@checked
class LeNet(nn.Module):
    """Two convolutions of window 5 and stride 2 and two dense layers, tanh between them: 4490 weights.

    Convolutions are written as products with windows, which is the same and faster for many weights at once.

    Args:
        numbers: source of the weights.

    Source: tenka2020 (the network for Fashion-MNIST).
    """

    def __init__(self, numbers: torch.Generator) -> None:
        """Draw the weights."""
        super().__init__()
        self.first = Dense(10, _WINDOW**2, numbers)
        self.second = Dense(10, 10 * _WINDOW**2, numbers)
        self.third = Dense(10, 160, numbers)
        self.last = Dense(_CLASSES, 10, numbers)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (n, 10) of the classes for images (n, 28, 28) with gray levels from 0 to 1."""
        h = torch.tanh(self.first(_windows(images[..., None])))  # (n, 12, 12, 10)
        h = torch.tanh(self.second(_windows(h)))  # (n, 4, 4, 10)
        scores: Tensor = self.last(torch.tanh(self.third(h.flatten(1))))
        return scores


def fashion_lenet(*, images: int = 100, seed: int = 0) -> ModulePopulation:
    """LeNet with cross entropy on the first bundled training images of Fashion-MNIST, all equally likely.

    Example:
        >>> population = fashion_lenet(images=10)
        >>> population.dim, len(population.probabilities)
        (4490, 10)

    Args:
        images: size K of the population, at most 1000; as many of each class where 10 divides it.
        seed: of the weights, standard normal.

    Source: tenka2020, in the style of; the population there is the whole data set.
    """
    data = fashion_mnist_subset()
    _check_at_most("images", images, len(data.y_train))
    chosen = _balanced(torch.from_numpy(data.y_train).long(), images)
    x = torch.from_numpy(data.x_train)[chosen].double() / 255
    y = torch.from_numpy(data.y_train).long()[chosen]
    return ModulePopulation(LeNet(generator(seed, "lenet")), x, y, _cross_entropy())


def digits_softmax(*, images: int = 300) -> ModulePopulation:
    """Softmax regression on the first digits of scikit-learn from weights zero: 650 weights.

    Example:
        >>> population = digits_softmax(images=10)
        >>> round(float(population.loss(population.start)), 6)  # ln 10: all classes alike
        2.302585

    Args:
        images: size K of the population, at most 1797; gray levels from 0 to 1.

    Source: tenka2020, in the style of (logistic regression there is on Fashion-MNIST).
    """
    data = digits()
    _check_at_most("images", images, len(data.y))
    net = nn.Linear(64, _CLASSES).double()
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
    x = torch.from_numpy(data.x[:images]).flatten(1) / 16
    return ModulePopulation(net, x, torch.from_numpy(data.y[:images]), _cross_entropy())


def small_tanh_net(*, examples: int = 6, seed: int = 0) -> ModulePopulation:
    """Two inputs, two tanh units, one output, squared error: 8 weights on a few points.

    Small enough that SGD can be run on every possible training set.

    Example:
        >>> population = small_tanh_net()
        >>> population.dim, len(population.probabilities)
        (8, 6)

    Args:
        examples: points K of the population, normal inputs with labels 1 and -1 in turn.
        seed: of points and weights.

    Source: ours.
    """
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1, bias=False)).double()
    numbers = generator(seed, "start")
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=numbers, dtype=torch.float64))
    x = torch.randn((examples, 2), generator=generator(seed, "data"), dtype=torch.float64)
    labels = 1.0 - 2.0 * (torch.arange(examples) % 2).double()
    return ModulePopulation(net, x, labels, _half_squared_error)


def _check_at_most(name: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise ValueError(f"{name} must be 1 to {most}, those that there are, got {count}")


def _windows(x: Tensor) -> Tensor:
    """All windows of (n, side, side, channels), flattened: (n, places, places, channels * 25)."""
    return x.unfold(1, _WINDOW, _STRIDE).unfold(2, _WINDOW, _STRIDE).flatten(3)


def _balanced(labels: Tensor, count: int) -> Tensor:
    """Numbers of the first images of each class in turn, shape (count,)."""
    rank = torch.empty_like(labels)
    for each in range(_CLASSES):
        mine = labels == each
        rank[mine] = torch.arange(int(mine.sum()))
    return torch.argsort(rank * _CLASSES + labels)[:count]


def _cross_entropy() -> partial[Tensor]:
    return partial(cross_entropy, reduction="none")


def _half_squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs[:, 0] - targets) ** 2 / 2
