"""One feature only: the product of two coordinates of random signs, and a network that starts at zero."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import positive, whole
from lrtheory.learning_order.models.two_layer import TwoLayerNet

RELEVANT = 2  # coordinates whose product is the label


@dataclass(frozen=True, eq=False)
class Signs:
    """Inputs of random signs, divided by sqrt(d), with the product of the first two signs as label.

    Attributes:
        inputs: shape (n, d).
        labels: -1 or 1, shape (n,).

    Source: wei2019reg, of the kind that separates kernels from networks with weight decay.
    """

    inputs: Tensor
    labels: Tensor


def random_signs(
    count: int, inputs: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float64
) -> Signs:
    """Independent fair signs.

    Example:
        >>> from lrtheory import generator
        >>> signs = random_signs(100, 4, generator=generator(0, "data"))  # entries are +-1 / 2
        >>> torch.equal(signs.labels, 4 * signs.inputs[:, 0] * signs.inputs[:, 1])
        True

    Args:
        count: examples, >= 1.
        inputs: coordinates d, >= 2.
        generator: what is drawn from.
        dtype: of the numbers.

    Raises:
        ValueError: a size that is too small.

    Source: wei2019reg, section 2; here without noise coordinates of other sizes.
    """
    shape = whole("count", count, least=1), whole("inputs", inputs, least=RELEVANT)
    signs = (2 * torch.randint(0, 2, shape, generator=generator) - 1).to(dtype)
    return Signs(signs / math.sqrt(inputs), signs[:, :RELEVANT].prod(-1))


def paired_net(
    signs: Signs, pairs: int, *, std: float = 1.0, weight_decay: float = 0.0, generator: torch.Generator
) -> tuple[TwoLayerNet, Tensor]:
    """A network of pairs of units that cancel at the start: same first weights, readouts 1 and -1.

    Readouts are divided by the square root of the number of pairs.

    Example:
        >>> from lrtheory import generator
        >>> signs = random_signs(20, 6, generator=generator(0, "data"))
        >>> net, start = paired_net(signs, 8, generator=generator(0, "weights"))
        >>> net.width, round(float(net.outputs(start).abs().max()), 9)
        (16, 0.0)

    Args:
        signs: the training set.
        pairs: half of the units.
        std: deviation of the first weights, > 0; the larger, the lazier.
        weight_decay: factor of |U|^2 / 2.
        generator: what is drawn from.

    Returns:
        The network, and its start, shape (m d,), where all outputs are zero.

    Raises:
        ValueError: no pair, or a deviation that is not positive.

    See Also:
        `random_start`, of which nothing cancels.

    Source: ours; pairs that cancel are those of chizat2019.
    """
    positive("std", std)
    half = torch.ones(whole("pairs", pairs, least=1), dtype=signs.inputs.dtype) / math.sqrt(pairs)
    net = TwoLayerNet(signs.inputs, signs.labels, torch.cat([half, -half]), weight_decay)
    shape = (pairs, signs.inputs.shape[1])
    first = std * torch.randn(shape, generator=generator, dtype=torch.float64).to(signs.inputs)
    return net, torch.cat([first, first]).flatten()


def kernel_outputs(inputs: Tensor, labels: Tensor, others: Tensor) -> Tensor:
    """Outputs of a network too wide to move, trained to the end: the tangent kernel interpolates.

    K(x, x') = <x, x'> (pi - angle) / (2 pi), of first layers alone.

    Example:
        >>> x = torch.eye(3)
        >>> kernel_outputs(x, torch.tensor([1.0, -1.0, 1.0]), x[:2]).tolist()
        [1.0, -1.0]

    Args:
        inputs: training inputs, shape (n, d), no two of one direction or opposite ones.
        labels: shape (n,).
        others: where the outputs are wanted, shape (k, d).

    Returns:
        Outputs, shape (k,).

    Raises:
        ValueError: shapes that do not fit.

    Cost: n^3 for n training inputs, and memory of n (n + k) numbers.

    Source: jacot2018, for a rectifier without biases.
    """
    if labels.shape != inputs.shape[:1] or inputs.shape[1:] != others.shape[1:]:
        shapes = [tuple(each.shape) for each in (inputs, labels, others)]
        raise ValueError(f"inputs, labels, others must have the shapes (n, d), (n,), (k, d), got {shapes}")
    solved: Tensor = torch.linalg.solve(_tangent_kernel(inputs, inputs), labels)
    return _tangent_kernel(others, inputs) @ solved


def effective_rank(features: Tensor) -> float:
    """How many directions features fill: (sum of singular values)^2 / sum of their squares.

    Example:
        >>> effective_rank(torch.eye(7))
        7.0

    Args:
        features: shape (n, m), not all zero.

    Raises:
        ValueError: all features are zero.

    Cost: the singular values of one n x m matrix.

    Source: ours; andriushchenko2023 measures the rank of features by another threshold.
    """
    values = torch.linalg.svdvals(features.double())
    if not values.sum() > 0:
        raise ValueError("features must be finite and not all zero: zeros fill no direction")
    return round(float(values.sum() ** 2 / values.square().sum()), 12)


def _tangent_kernel(first: Tensor, second: Tensor) -> Tensor:
    a, b = (torch.nn.functional.normalize(each, dim=1) for each in (first, second))
    gap, total = (torch.cdist(a, c, compute_mode="donot_use_mm_for_euclid_dist") for c in (b, -b))
    angle: Tensor = 2 * torch.atan2(gap, total)
    return first @ second.mT * (math.pi - angle) / (2 * math.pi)
