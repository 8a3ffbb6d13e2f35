"""How much gradients of single examples differ: their covariance, from products of pairs alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.landscape import checked_weights
from lrtheory.learning_order.models.branches import TwoBranchNet


@dataclass(frozen=True)
class GradientCovariance:
    """Covariance of the gradients of single examples.

    Attributes:
        trace: mean squared distance from the mean gradient.
        top: largest eigenvalue.
    """

    trace: float
    top: float


@torch.no_grad()
def gradient_products(net: TwoBranchNet, theta: Tensor) -> Tensor:
    """Products of the gradients of each two training examples, shape (N, N), without the gradients.

    The gradient of a first layer is an outer product of what is pulled back and the input, so products
    are products of products.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.learning_order import patched_digits, random_branches
        >>> data = patched_digits(generator(0, "data"), train=20)
        >>> net, start = random_branches(data, patch_units=64, generator=generator(0, "weights"))
        >>> products, own = gradient_products(net, start), net.gradient(start, torch.tensor([3]))
        >>> round(float(products[3, 3] / (own @ own)), 4)
        1.0

    Args:
        net: network of two branches.
        theta: weights, shape (d,).

    Raises:
        ValueError: weights of a wrong shape.

    Cost: a forward pass and, in each branch, N^2 products of length m and N^2 of the input's; memory of N^2
    and N m numbers, where the gradients would take N d.

    See Also:
        `gradient_covariance`, what is read off them.
    """
    if checked_weights(net, theta).ndim != 1:
        raise ValueError(f"theta must be one member, shape ({net.dim},), got {tuple(theta.shape)}")
    error = torch.softmax(net.logits(theta), -1)
    error[range(len(error)), net.data.labels] -= 1
    total = torch.zeros(len(error), len(error), dtype=theta.dtype)
    inputs, readouts = (net.data.pixels, net.data.patches), (net.pixel_readout, net.patch_readout)
    for weights, read, readout in zip(net.branches(theta), inputs, readouts, strict=True):
        pulled = (error @ readout) * (read @ weights.mT > 0)
        total += (pulled @ pulled.mT) * (read @ read.mT)
    return total


def gradient_covariance(net: TwoBranchNet, theta: Tensor) -> GradientCovariance:
    """Trace and largest eigenvalue of the covariance of the gradients of single examples.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.learning_order import patched_digits, random_branches
        >>> data = patched_digits(generator(0, "data"), train=20)
        >>> net, start = random_branches(data, patch_units=64, generator=generator(0, "weights"))
        >>> products = gradient_products(net, start)
        >>> trace = products.diagonal().mean() - products.mean()
        >>> round(gradient_covariance(net, start).trace / float(trace), 4)
        1.0

    Args:
        net: network of two branches.
        theta: weights, shape (d,).

    Returns:
        `GradientCovariance`; of the mean of a batch of B drawn with replacement, B times less.

    Raises:
        ValueError: weights of a wrong shape.

    Cost: `gradient_products`, and N^3 for the eigenvalues.
    """
    products = gradient_products(net, theta).double()
    centered = products - products.mean(0) - products.mean(1, keepdim=True) + products.mean()
    values = torch.linalg.eigvalsh(centered / len(products))
    return GradientCovariance(float(values.sum()), float(values[-1]))
