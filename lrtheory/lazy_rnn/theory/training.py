"""What training will give, before it: loss, movement and flips, and how far the prediction can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import whole
from lrtheory.lazy_rnn.models.recurrence import flipped_share
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.tangent.products import jacobian_transpose_product
from lrtheory.lazy_rnn.theory.linear_training import movement_curve, residuals, summed_residuals
from lrtheory.lazy_rnn.theory.linearized import linearized

_LOOKS = 10  # at the network along the predicted path


@dataclass(frozen=True, eq=False)
class TrainingPrediction:
    """Gradient descent of a wide network, foretold from its first weights; axis 0 is ``steps``.

    Attributes:
        steps: numbers of steps, shape (k,), from 0 on, even in the logarithm.
        residuals: outputs minus targets of the linearized network, shape (k, *E, N).
        movement: Frobenius norm of the move of the weights, shape (k, *E).
        flips: share of the gates that the predicted weights hold otherwise than the first, shape (k, *E).
        gap: predicted distance of the network's residuals from these, over the first residuals, (k, *E).
        lr: the rate, shape (*E,) or a number.
    """

    steps: Tensor
    residuals: Tensor
    movement: Tensor
    flips: Tensor
    gap: Tensor
    lr: float | Tensor

    @property
    def loss(self) -> Tensor:
        """Predicted loss, shape (k, *E)."""
        return self.residuals.square().sum(-1) / 2

    @property
    def error(self) -> Tensor:
        """How far the loss may be from the prediction if the gap is what it is said to be, shape (k, *E).

        With g the gap times the norm of the first residuals: |u| g + g^2 / 2.
        """
        size, gap = self.residuals.norm(dim=-1), self.gap * self.residuals[0].norm(dim=-1)
        error: Tensor = size * gap + gap.square() / 2
        return error


def predict_training(
    regression: SequenceRegression, lr: float | Tensor | None = None, *, steps: int,
    allow_divergence: bool = False,
) -> TrainingPrediction:
    """Foretell plain gradient descent of a network from its weights at the start.

    The residuals are those of the linearized network, u <- u - lr Theta u. To say how good they are, the
    network is looked at along the predicted path of the weights: its gates there give the flips, and its
    kernel there drives a second run of the residuals. The distance of the two is the first correction, of
    order m^(-1/2); it is the stated gap.

    Example:
        >>> from lrtheory.lazy_rnn import ElmanNetwork, last_time
        >>> one = torch.ones(1, 1, 1).double()
        >>> network = ElmanNetwork(one[0], one[0], one[0])  # of three tokens: y = 1 + w + w^2, w from 1
        >>> task = SequenceRegression(network, last_time(one.expand(1, 3, 1)), 3.3 * one)
        >>> found = predict_training(task, steps=1)  # at lr = 1 / 9: the linear network arrives in one step
        >>> [round(float(each), 3) for each in found.loss], round(float(found.movement[-1]), 3)  # 0.3 / 3
        ([0.045, 0.0], 0.1)

    Args:
        regression: network, sequences and targets; training starts at ``regression.start``.
        lr: rate > 0, a number or shape (*E,); by default 1 / lambda_max of each member's kernel.
        steps: of the training, at least 1.
        allow_divergence: whether a rate beyond 2 / lambda_max is taken, for which linear training diverges
            and a network need not.

    Returns:
        `TrainingPrediction` at eleven numbers of steps at most. Cost: so many tangent kernels and forward
        passes, and N^3 at each for eigenvalues; no step of training is made.

    Raises:
        ValueError: steps that are no whole number, a rate that is not positive, or one beyond
            2 / lambda_max without ``allow_divergence``.

    See Also:
        `trained`, the training itself; `LinearizedRegression`, the linear part for other rules.

    Source: lee2019wide for the linear part; the gap is ours.
    """
    at = _looks(whole("steps", steps, least=1))
    linear = linearized(regression)
    kernel, begin = linear.kernel, linear.start_residuals
    rate = 1 / linear.eigenvalues[..., -1] if lr is None else lr
    path, moved = (
        curve(kernel, begin, lr=rate, steps=at, allow_divergence=allow_divergence)
        for curve in (residuals, movement_curve)
    )
    fed = summed_residuals(kernel, begin, lr=rate, steps=at, allow_divergence=allow_divergence)
    network, sequences, start = regression.network, regression.sequences, regression.start
    first = network.states(start, sequences)
    corrected, now, gaps, flipped = begin, kernel, [], []
    for k, step in enumerate(at):
        theta = start - jacobian_transpose_product(network, start, sequences, fed[k])
        flipped.append(flipped_share(first, network.states(theta, sequences), sequences.read))
        if k:
            before, now = now, tangent_kernel(network, theta, sequences)
            corrected = _driven(corrected, (before + now) / 2, rate, step - at[k - 1])
        gaps.append((corrected - path[k]).norm(dim=-1) / begin.norm(dim=-1))
    return TrainingPrediction(torch.tensor(at), path, moved, torch.stack(flipped), torch.stack(gaps), rate)


def _looks(steps: int) -> list[int]:
    """Numbers of steps to look at: 0, the last, and some between, even in the logarithm."""
    spaced = torch.logspace(0, torch.log10(torch.tensor(float(steps))).item(), _LOOKS, dtype=torch.float64)
    return sorted({0, steps, *spaced.round().long().clamp(1, steps).tolist()})


def _driven(start: Tensor, kernel: Tensor, rate: float | Tensor, steps: int) -> Tensor:
    """Residuals after some steps under one kernel; its eigenvalues may be anything."""
    values, vectors = torch.linalg.eigh((kernel + kernel.mT) / 2)
    speed = torch.as_tensor(rate, dtype=values.dtype)[..., None] * values
    shares = (1 - speed) ** steps * (vectors.mT @ start[..., None])[..., 0]
    found: Tensor = (vectors @ shares[..., None])[..., 0]
    return found
