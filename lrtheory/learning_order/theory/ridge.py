"""What a large rate makes of the memorizable pattern: ridge regression with a kernel of averaged gates."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lrtheory.doors import between, check_choice, interval, positive
from lrtheory.learning_order.models.two_layer import example_losses, loss_slopes
from lrtheory.learning_order.theory.elementwise import numbers
from lrtheory.learning_order.theory.gates import cross_time_kernel, second_difference

_LABELS = torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
_SHARES = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64)  # of z, z + zeta, z - zeta among examples
_NODES = 32
_MOST_STEPS = 200
_SMALL = 1e-13  # of the gradient at zero outputs: what rounding leaves
_AGES = 40.0  # of gradients, in units of the time in which they are forgotten: e^-40 is left
_AT_ONCE = 4096
_LEAST_DECAY = 1e-6  # of a step, for which the sum still takes seconds
_LOSSES = ("logistic", "squared")


@dataclass(frozen=True, eq=False)
class RidgeLaw:
    """Outputs that balance the pull of the examples and weight decay.

    Attributes:
        outputs: g at z, z + zeta and z - zeta, shape (3,); an example alpha p has the output alpha g.
        smode: g(z) - (g(z + zeta) + g(z - zeta)) / 2, the part that is memorized; right signs need it.
        loss: mean loss over the three patterns and alpha.
        penalty: (lambda / 2) g^T (A^2 K)^-1 g.
        residual: size of the gradient that is left, over that at zero outputs.
    """

    outputs: Tensor
    smode: float
    loss: float
    penalty: float
    residual: float


def ridge_law(
    kernel: Tensor, weight_decay: float, *, amplitude: float = 1.0, alpha_from: float = 0.0,
    alpha_to: float = 1.0, share: float = 1.0, loss: str = "logistic",
) -> RidgeLaw:
    """Minimum of share E loss(y alpha g) + (lambda / 2) g^T (A^2 K)^-1 g over the three outputs g.

    With the averaged kernel it is the time-mean of a wide network whose noise keeps its weights at their
    spread (read as a Gibbs law: prior N(0, tau^2) times exp(-loss / (lambda tau^2)), and many units).

    Example:
        >>> from lrtheory.learning_order.theory.gates import averaged_kernel
        >>> from lrtheory.learning_order.models.pq import q_points
        >>> kernel = averaged_kernel(q_points(0.07))
        >>> round(ridge_law(kernel, 8e-4, amplitude=7.5, alpha_from=0.5).smode, 3)
        0.424

    Args:
        kernel: K of z, z + zeta, z - zeta, shape (3, 3), symmetric; any kernel of `gates` or `smoothing`.
        weight_decay: lambda, > 0.
        amplitude: A, second-layer weights being +-A / sqrt(m), > 0.
        alpha_from: least length of an example, >= 0; lengths are uniform.
        alpha_to: largest one.
        share: part of all examples that pull, in (0, 1]: those that show the pattern alone. Others, which
            some other pattern already fits, do not pull.
        loss: "logistic", log(1 + exp(-y alpha g)), or "squared", (alpha g - y)^2 / 2.

    Returns:
        `RidgeLaw`. Damped Newton steps, a millisecond.

    Raises:
        ValueError: a number out of range, an unknown loss, or a kernel of another shape or not symmetric.

    See Also:
        `leak_number`, the same balance in closed form, at the pull of zero outputs.

    Source: ours; li2019reply for a sequence of kernels with a common classifier.
    """
    check_choice("loss", loss, _LOSSES)
    low, high = interval("(alpha_from, alpha_to)", (alpha_from, alpha_to))
    between("alpha_from", low, 0.0, high)
    pull = numbers("share", share, 0.0, 1.0, open_low=True) * _SHARES
    root = _root(kernel, positive("amplitude", amplitude))
    decay = positive("weight_decay", weight_decay, remedy="without it nothing balances the pull")
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    alpha = torch.from_numpy(low + (high - low) * (node + 1) / 2)[:, None]
    measure = torch.from_numpy(weight / 2)[:, None] * pull

    z, residual = _minimum(root, decay, alpha, measure, loss)
    outputs = root @ z
    return RidgeLaw(
        outputs, float(outputs[0] - (outputs[1] + outputs[2]) / 2),
        float((measure * example_losses(loss, alpha * outputs, _LABELS)).sum() / pull.sum()),
        float(decay / 2 * z.square().sum()), residual,
    )  # fmt: skip


def stepped_kernel(points: Tensor, lr: float, weight_decay: float) -> Tensor:
    """The averaged kernel with ages in whole steps; for small lr weight_decay both are alike.

    Sum over ages a = 1, 2, ... of x (1 - x)^(a - 1) times the cross-time kernel at (1 - x)^a, x being
    lr weight_decay: what a step writes is read one step later at the earliest, when gates have moved.

    Example:
        >>> from lrtheory.learning_order.models.pq import q_points
        >>> from lrtheory.learning_order.theory.gates import averaged_smode
        >>> stepped = second_difference(stepped_kernel(q_points(0.5), 0.3, 8e-3))
        >>> round(float(stepped / averaged_smode(0.5)), 2)  # tends to 1 with lr weight_decay
        0.99

    Args:
        points: shape (n, d).
        lr: learning rate, > 0.
        weight_decay: lambda, > 0; lr weight_decay <= 1. The noise keeps the weights' size.

    Returns:
        Shape (n, n). Cost: 40 / (lr weight_decay) small matrices.

    Raises:
        ValueError: a number out of range.

    See Also:
        `averaged_kernel`, its limit.

    Source: ours.
    """
    share = between(
        "lr * weight_decay", positive("lr", lr) * positive("weight_decay", weight_decay), _LEAST_DECAY, 1.0,
        remedy="take averaged_kernel, its limit",
    )  # fmt: skip
    total = torch.zeros(points.shape[-2], points.shape[-2], dtype=torch.float64)
    for first in range(1, math.ceil(_AGES / share) + 1, _AT_ONCE):
        age = torch.arange(first, first + _AT_ONCE, dtype=torch.float64)
        weight = share * (1 - share) ** (age - 1)
        total += torch.einsum("a,aij->ij", weight, cross_time_kernel(points, (1 - share) ** age))
    return total


def _minimum(
    root: Tensor, decay: float, alpha: Tensor, measure: Tensor, loss: str
) -> tuple[Tensor, float]:
    """Coordinates z of the best outputs R z, and the size of the gradient there over that at zero."""

    def value(z: Tensor) -> Tensor:
        losses = example_losses(loss, alpha * (root @ z), _LABELS)
        return (measure * losses).sum() + decay / 2 * z.square().sum()

    z, first, size = torch.zeros(3, dtype=torch.float64), 0.0, 0.0
    for _ in range(_MOST_STEPS):
        slope, bend = _derivatives(alpha, root @ z, loss)
        gradient = root.mT @ (measure * slope).sum(0) + decay * z
        size = float(gradient.norm())
        first = first or size
        if size <= _SMALL * first:
            break
        curvature = root.mT @ torch.diag((measure * bend).sum(0)) @ root + decay * torch.eye(3).double()
        z = _damped(value, z, -torch.linalg.solve(curvature, gradient), gradient)
    return z, size / first if first else 0.0


def _root(kernel: Tensor, amplitude: float) -> Tensor:
    """A matrix R with R R^T = A^2 K."""
    second_difference(kernel)  # refuses another shape
    table = numbers("kernel", kernel)
    if table.ndim != 2 or not torch.allclose(table, table.mT, rtol=1e-9, atol=0):
        raise ValueError(f"kernel must be one symmetric table (3, 3), got {kernel!r}")
    eigenvalues, vectors = torch.linalg.eigh((table + table.mT) / 2)
    if float(eigenvalues[0]) < -1e-12 * float(eigenvalues[-1].abs()):
        raise ValueError(f"kernel must have no negative eigenvalue, got {float(eigenvalues[0]):g}")
    root: Tensor = amplitude * vectors * eigenvalues.clamp(min=0).sqrt()
    return root


def _derivatives(alpha: Tensor, g: Tensor, loss: str) -> tuple[Tensor, Tensor]:
    """First and second derivative of the loss of each length and pattern by g."""
    slope = loss_slopes(loss, alpha * g, _LABELS)
    wrong = slope.abs()  # of the logistic loss: the probability of the other label
    bend = torch.ones_like(slope) if loss == "squared" else wrong * (1 - wrong)
    return alpha * slope, alpha**2 * bend


def _damped(value: Callable[[Tensor], Tensor], z: Tensor, step: Tensor, gradient: Tensor) -> Tensor:
    """The step, halved until the value falls by a part of what its slope says, or rounding decides."""
    start, slope, length = float(value(z)), float(gradient @ step), 1.0
    rounding = 1e-15 * abs(start)
    while length > 1e-6 and float(value(z + length * step)) > start + 1e-4 * length * slope + rounding:
        length /= 2
    return z + length * step
