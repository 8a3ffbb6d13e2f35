"""Linear training by a kernel matrix at any step, in closed form: residuals, loss, how far the weights move.

Which rates converge, and how fast, is in `rates`.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from lrtheory.lazy_rnn.theory.modes import Modes, start_along

_NULL = 1e-12  # an eigenvalue below this times the largest counts as zero
_REACHED = 1e-10  # share of the start that may lie along such an eigenvector by rounding


def residuals(
    kernel: Tensor, start: Tensor, *, lr: float | Tensor, steps: Iterable[int], allow_divergence: bool = False
) -> Tensor:
    """Residuals u_t = (I - lr Theta)^t u_0 of gradient descent on the linear model.

    Example:
        >>> kernel = torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64))
        >>> residuals(kernel, torch.ones(2, dtype=torch.float64), lr=0.25, steps=[0, 2]).tolist()
        [[1.0, 1.0], [0.5625, 0.0]]

    Args:
        kernel: Theta, shape (*E, N, N), as of `spectrum`; leading axes are an ensemble.
        start: u_0, outputs minus targets, shape (*F, N), float64; *F broadcasts with *E, as d outputs that
            share one kernel do.
        lr: learning rate, > 0, at most 2 / lambda_max; one number, or shape (*E,).
        steps: numbers t of steps, whole, >= 0, in any order.
        allow_divergence: whether rates beyond 2 / lambda_max are taken, too.

    Returns:
        Shape (T, *G, N), G what *E and *F broadcast to; in the order of ``steps``.

    Raises:
        ValueError: the kernel is none, shapes do not fit, a number is out of its range, or the rate diverges.
        FloatingPointError: a divergence has left the range of floats.

    Cost: N^3 once, then N^2 a step asked for, whatever t.

    See Also:
        `summed_residuals`, which the weights follow; `predict_training`, of a network.

    Source: lee2019wide, the linear model; jacot2018.
    """
    modes = Modes.after(kernel, start, lr, steps, allow_divergence=allow_divergence)
    return _finite(modes.back(modes.decay * modes.start))


def summed_residuals(
    kernel: Tensor, start: Tensor, *, lr: float | Tensor, steps: Iterable[int], allow_divergence: bool = False
) -> Tensor:
    """Learning rate times the residuals before each step: S_t = lr (u_0 + ... + u_{t-1}).

    Weights have moved by -J' S_t, an output with the kernel row k against the training outputs by -k S_t.
    As t grows S_t tends to Theta^-1 u_0.

    Example:
        >>> kernel = torch.diag(torch.tensor([2.0, 4.0], dtype=torch.float64))
        >>> summed_residuals(kernel, torch.ones(2, dtype=torch.float64), lr=0.25, steps=[1, 2]).tolist()
        [[0.25, 0.25], [0.375, 0.25]]

    Args:
        kernel: as of `residuals`.
        start: as of `residuals`.
        lr: as of `residuals`.
        steps: as of `residuals`.
        allow_divergence: as of `residuals`.

    Returns:
        Shape (T, *G, N).

    Raises:
        ValueError: as of `residuals`.
        FloatingPointError: as of `residuals`.

    Cost: that of `residuals`.

    See Also:
        `residuals`, after a step.

    Source: lee2019wide, predictions on new inputs.
    """
    modes = Modes.after(kernel, start, lr, steps, allow_divergence=allow_divergence)
    return _finite(modes.back(modes.gain * modes.start))


def loss_curve(
    kernel: Tensor, start: Tensor, *, lr: float | Tensor, steps: Iterable[int], allow_divergence: bool = False
) -> Tensor:
    """Loss |u_t|^2 / 2 of gradient descent on the linear model.

    Example:
        >>> kernel = torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64))
        >>> loss_curve(kernel, torch.ones(2, dtype=torch.float64), lr=0.25, steps=[0, 1]).tolist()
        [1.0, 0.28125]

    Args:
        kernel: as of `residuals`.
        start: as of `residuals`.
        lr: as of `residuals`.
        steps: as of `residuals`.
        allow_divergence: as of `residuals`.

    Returns:
        Shape (T, *G). The loss of allenzhu2019 sums over sequences, times and outputs; so does this.

    Raises:
        ValueError: as of `residuals`.
        FloatingPointError: as of `residuals`.

    Cost: that of `spectrum` once, then N a step asked for.

    Source: lee2019wide.
    """
    modes = Modes.after(kernel, start, lr, steps, allow_divergence=allow_divergence)
    return _finite((modes.decay * modes.start).square().sum(-1) / 2)


def movement_curve(
    kernel: Tensor, start: Tensor, *, lr: float | Tensor, steps: Iterable[int], allow_divergence: bool = False
) -> Tensor:
    """Distance |W_t - W_0|_F of the linear model's weights from their start.

    Its square is the sum over eigenvalues of (1 - (1 - lr lambda)^t)^2 c^2 / lambda, with c the start along
    the eigenvector; directions without an eigenvalue do not move. It tends to `interpolation_movement`.

    Example:
        >>> kernel = torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64))
        >>> movement_curve(kernel, torch.ones(2, dtype=torch.float64), lr=0.25, steps=[0, 1]).tolist()
        [0.0, 0.5590169943749475]

    Args:
        kernel: as of `residuals`.
        start: as of `residuals`.
        lr: as of `residuals`.
        steps: as of `residuals`.
        allow_divergence: as of `residuals`.

    Returns:
        Shape (T, *G).

    Raises:
        ValueError: as of `residuals`.
        FloatingPointError: as of `residuals`.

    Cost: that of `spectrum` once, then N a step asked for.

    See Also:
        `movement`, measured.

    Source: our derivation.
    """
    modes = Modes.after(kernel, start, lr, steps, allow_divergence=allow_divergence)
    return _finite((modes.values * (modes.gain * modes.start).square()).sum(-1).sqrt())


def interpolation_movement(kernel: Tensor, start: Tensor) -> Tensor:
    """Distance sqrt(u_0' Theta^-1 u_0) that the linear model's weights move to fit every output.

    For a wide network it is sqrt(d / m) sqrt(u_0' K^-1 u_0), of order m^(-1/2); over |W_0|_F = sqrt(2 m) it
    is of order 1 / m.

    Example:
        >>> kernel = torch.diag(torch.tensor([1.0, 4.0], dtype=torch.float64))
        >>> interpolation_movement(kernel, torch.tensor([3.0, 8.0], dtype=torch.float64)).item()
        5.0

    Args:
        kernel: Theta, shape (*E, N, N), as of `spectrum`.
        start: u_0, shape (*F, N), float64.

    Returns:
        Shape (*G,), what *E and *F broadcast to.

    Raises:
        ValueError: the kernel is none, shapes do not fit, or the start lies partly along an eigenvector whose
            eigenvalue is zero (below 1e-12 of the largest), where no movement fits it.

    Cost: that of `spectrum`, N^3.

    See Also:
        `movement_curve`, on the way.

    Source: our derivation; chizat2019 for why it is small.
    """
    values, _, along = start_along(kernel, start)
    null = values <= _NULL * values[..., -1:]
    lost = torch.where(null, along, 0.0).norm(dim=-1)
    if bool((lost > _REACHED * along.norm(dim=-1)).any()):
        raise ValueError(
            f"kernel must reach the start, got a part of length {float(lost.max()):.3g} along eigenvalues "
            "that are zero: no movement fits it; leave out outputs that others determine"
        )
    return torch.where(null, 0.0, along.square() / values.masked_fill(null, 1.0)).sum(-1).sqrt()


def _finite(result: Tensor) -> Tensor:
    if not bool(result.isfinite().all()):
        raise FloatingPointError("linear training left the range of floats: take fewer steps or a smaller lr")
    return result
