"""Which learning rates converge in linear training by a kernel matrix, and how fast.

What becomes of residuals and weights is in `linear_training`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lrtheory.doors import within
from lrtheory.lazy_rnn.theory.modes import spectrum


def critical_rate(kernel: Tensor) -> Tensor:
    """Largest learning rate at which linear training does not diverge: 2 / lambda_max.

    Example:
        >>> critical_rate(torch.tensor([[3.0, 1.0], [1.0, 3.0]], dtype=torch.float64)).item()
        0.5

    Args:
        kernel: Theta, shape (*E, N, N), as of `spectrum`; (m / d) times the limit kernel for a wide network.

    Returns:
        Shape (*E,).

    Raises:
        ValueError: as of `spectrum`.

    Cost: N^3.

    See Also:
        `default_rate`, half of it.

    Source: lee2019wide for the linear model; lewkowycz2020 for what a network does beyond it.
    """
    return 2 / spectrum(kernel)[0][..., -1]


def default_rate(kernel: Tensor) -> Tensor:
    """Learning rate 1 / lambda_max, half of the critical one: every residual falls without a change of sign.

    Below a width of some 256 take the kernel of the network itself: with that of infinite width one seed in
    eight diverges at width 64.

    Example:
        >>> default_rate(torch.tensor([[3.0, 1.0], [1.0, 3.0]], dtype=torch.float64)).item()
        0.25

    Args:
        kernel: Theta, shape (*E, N, N), as of `spectrum`.

    Returns:
        Shape (*E,).

    Raises:
        ValueError: as of `spectrum`.

    Cost: N^3.

    Source: our choice.
    """
    return critical_rate(kernel) / 2


def steps_to_ratio(kernel: Tensor, ratio: float) -> Tensor:
    """Steps at the default rate after which the loss has fallen to a ratio: (kappa / 2) ln(1 / ratio).

    With kappa = lambda_max / lambda_min. By then the loss is at or below the ratio whatever the start, since
    (1 - 1 / kappa)^2 < exp(-2 / kappa); for large kappa the slowest residual takes just so long.

    Example:
        >>> steps_to_ratio(torch.diag(torch.tensor([1.0, 50.0], dtype=torch.float64)), math.exp(-4)).item()
        100.0

    Args:
        kernel: Theta, shape (*E, N, N), as of `spectrum`.
        ratio: loss at the end over loss at the start, in (0, 1).

    Returns:
        Number of steps, not rounded, shape (*E,); infinite for a singular kernel.

    Raises:
        ValueError: as of `spectrum`, or ratio is out of its range.

    Cost: N^3.

    See Also:
        `loss_curve`, at any step and rate for a given start.

    Source: our arithmetic, from lee2019wide.
    """
    fall = -math.log(within("ratio", ratio, 0, 1))
    values, _ = spectrum(kernel)
    return values[..., -1] / values[..., 0] / 2 * fall


def gradient_bounds(kernel: Tensor, loss: float | Tensor) -> tuple[Tensor, Tensor]:
    """Between what the squared gradient lies at a given loss: 2 lambda_min f and 2 lambda_max f.

    |grad f|^2 = u' Theta u holds exactly at each step with the kernel of the weights there, so the loss has
    no point without slope as long as lambda_min > 0.

    Example:
        >>> kernel = torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64))
        >>> [bound.item() for bound in gradient_bounds(kernel, 3.0)]
        [6.0, 24.0]

    Args:
        kernel: Theta, shape (*E, N, N), as of `spectrum`.
        loss: f = |u|^2 / 2, >= 0; one number, or any shape that broadcasts with (*E,).

    Returns:
        Lower and upper bound, shape that of loss and (*E,) together.

    Raises:
        ValueError: the kernel is none, or the loss is negative or not finite.

    Cost: N^3.

    See Also:
        `gradient_ratio`, measured.

    Source: allenzhu2019, Theorem 3, with the kernel's eigenvalues in the place of its powers of rho.
    """
    values, _ = spectrum(kernel)
    height = torch.as_tensor(loss, dtype=torch.float64, device=values.device)
    if not bool(((height >= 0) & height.isfinite()).all()):
        raise ValueError(f"loss must be at least zero and finite, got {loss}")
    return 2 * values[..., 0] * height, 2 * values[..., -1] * height
