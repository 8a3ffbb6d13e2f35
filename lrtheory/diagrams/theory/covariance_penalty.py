"""Gradient descent that imitates SGD: full batches, and a penalty on the covariance of the gradients.

Which weight the penalty needs is batch_and_epochs.py's to say; the loop is `lrtheory.descend`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.diagrams.models.moments import slope
from lrtheory.diagrams.models.training_sets import TrainingSet
from lrtheory.diagrams.theory.batch_and_epochs import covariance_weight
from lrtheory.doors import check_choice
from lrtheory.landscape import Landscape, checked_weights

ESTIMATORS = ("exact", "halves")


@checked
@dataclass(frozen=True, eq=False)
class CovariancePenalized:
    """The training loss plus ``weight`` times an unbiased estimate of tr C, ready for `descend`.

    Attributes:
        landscape: any landscape whose ``loss`` takes a batch; a `TrainingSet` is fastest.
        examples: training examples N, >= 2; even for halves.
        weight: of tr C; `imitation_of` gives the one that imitates SGD.
        estimator: ``"exact"``, the sample covariance of all examples (N Hessian-vector products a step, or
            two backward passes on a `TrainingSet`), or ``"halves"``: N H_A (g_A - g_B) with the mean losses
            of the first and second half, three backward passes on half a batch.

    Source: tenka2020, gradient descent with covariance regularization; the exact estimator is ours.
    """

    landscape: Landscape
    examples: int
    weight: float
    estimator: Literal["exact", "halves"] = "exact"

    def __post_init__(self) -> None:
        """Check numbers and the estimator's name.

        Raises:
            ValueError: fewer than two examples, an odd number for halves, an unknown estimator.
        """
        check_choice("estimator", self.estimator, ESTIMATORS)
        if self.examples < 2:
            raise ValueError(f"a covariance needs at least 2 examples, got {self.examples}")
        if self.estimator == "halves" and self.examples % 2:
            raise ValueError(f"halves need an even number of examples, got {self.examples}; use 'exact'")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.landscape.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Training loss plus the penalty at the sample covariance, shape (*E,).

        Its slope is ``gradient`` for the exact estimator, and in the mean over training sets for halves.
        """
        kicks = _example_gradients(self.landscape, theta, self.examples)
        spread = (kicks - kicks.mean(dim=-2, keepdim=True)).square().sum(dim=(-1, -2))
        return self.landscape.loss(theta) + self.weight * spread.detach() / (self.examples - 1)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Slope of the training loss plus the penalty's, shape (*E, d).

        Raises:
            ValueError: a batch is asked for: the penalty is for full batches.
        """
        checked_weights(self.landscape, theta)
        if samples is not None:
            raise ValueError("the penalty imitates batches by all examples at once; descend without batches")
        theta = theta.detach().requires_grad_()
        with torch.enable_grad():
            push = _from_halves if self.estimator == "halves" else _from_all
            return push(self.landscape, theta, self.examples, self.weight).detach()


def imitation_of(
    landscape: Landscape,
    *,
    examples: int,
    batch_size: int,
    lr: float,
    estimator: Literal["exact", "halves"] = "exact",
) -> CovariancePenalized:
    """The landscape on which gradient descent of rate lr imitates SGD of that rate to second order in lr.

    Its penalty is lr (1/B - 1/N) / 4 tr C: mean losses and weights agree through lr^2 and differ at lr^3.

    Example:
        >>> from lrtheory.diagrams import mean_estimation
        >>> data = TrainingSet(mean_estimation(1.0, 1.0), torch.zeros(10))
        >>> round(imitation_of(data, examples=10, batch_size=2, lr=0.1).weight, 6)  # lr (1/B - 1/N) / 4
        0.01

    Args:
        landscape: training loss of N examples whose ``loss`` takes a batch.
        examples: N.
        batch_size: B of the SGD that is imitated; it runs over whole epochs.
        lr: learning rate of both.
        estimator: as in `CovariancePenalized`.

    Source: tenka2020 (any batch size: ours).
    """
    weight = covariance_weight(examples, batch_size, lr=lr)
    return CovariancePenalized(landscape, examples, weight, estimator)


def trace_slope_statistic(landscape: Landscape, theta: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """Unbiased statistic of grad tr C from two independent examples or equal batches, shape (*E, d).

    2 S H_x (g_x - g_y) with batch-mean losses of S examples each.

    Args:
        landscape: whose ``loss`` takes a batch.
        theta: weights, shape (*E, d).
        one: numbers of the examples x, shape (S,).
        other: numbers of the examples y, independent of x, shape (S,).

    Raises:
        ValueError: batches of different size.

    Source: tenka2020 (corrected reading of its seed).
    """
    if len(one) != len(other):
        raise ValueError(f"both batches must be of one size, got {len(one)} and {len(other)}")
    theta = theta.detach().requires_grad_()
    with torch.enable_grad():
        slopes = [slope(landscape.loss(theta, batch), theta) for batch in (one, other)]
        apart = (slopes[0] - slopes[1]).detach()
        return 2 * len(one) * slope((slopes[0] * apart).sum(dim=-1), theta).detach()


def covariance_statistic(one: Tensor, other: Tensor) -> Tensor:
    """Unbiased statistic of C from the gradients of two independent examples, shape (*E, d, d).

    (g_x - g_y) g_x, made symmetric.

    Args:
        one: gradients g_x, shape (*E, d).
        other: gradients g_y, shape (*E, d).

    Source: tenka2020 (corrected: without a half).
    """
    product = (one - other)[..., :, None] * one[..., None, :]
    return (product + product.transpose(-1, -2)) / 2


def _from_halves(landscape: Landscape, theta: Tensor, examples: int, weight: float) -> Tensor:
    first, second = torch.arange(examples, device=theta.device).chunk(2)
    one, other = (slope(landscape.loss(theta, half), theta) for half in (first, second))
    apart = (one - other).detach()
    push = slope((one * apart).sum(dim=-1), theta)
    return (one + other) / 2 + weight * examples * push


def _from_all(landscape: Landscape, theta: Tensor, examples: int, weight: float) -> Tensor:
    kicks = _example_gradients(landscape, theta, examples)
    mean = kicks.mean(dim=-2)
    spread = (kicks - mean.unsqueeze(-2)).square().sum(dim=(-1, -2)) / (examples - 1)
    return mean + weight * slope(spread, theta)


def _example_gradients(landscape: Landscape, theta: Tensor, examples: int) -> Tensor:
    """Gradients of every example, shape (*E, N, d), differentiable by theta when it asks for it."""
    with torch.enable_grad():
        if isinstance(landscape, TrainingSet):
            points = theta.unsqueeze(-2).expand(*theta.shape[:-1], examples, theta.shape[-1])
            points = points if points.requires_grad else points.detach().requires_grad_()
            noise = landscape.noise.expand(points.shape[:-1])
            return slope(landscape.source.example_loss(points, noise), points)
        points = theta if theta.requires_grad else theta.detach().requires_grad_()
        numbers = torch.arange(examples, device=theta.device)
        slopes = [slope(landscape.loss(points, one), points) for one in numbers[:, None]]
        return torch.stack(slopes, dim=-2)


