"""Means over every run of any finite schedule, in floating point, at many rates; nothing is expanded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from lrtheory.diagrams.exact.visits import FiniteSchedule, number_of_runs, visit_law
from lrtheory.diagrams.models.populations import Population

_MOST_RUNS = 20_000


@dataclass(frozen=True)
class ExactMeans:
    """Exact means at the end of a run, one entry a rate; not finite where a run leaves all bounds.

    Attributes:
        test: mean test loss, shape (rates,).
        train: mean loss of the training set, shape (rates,).
        squared: mean of the squared test loss, shape (rates,).
        moved: mean displacement of every weight, shape (rates, d).
    """

    test: Tensor
    train: Tensor
    squared: Tensor
    moved: Tensor

    @property
    def gap(self) -> Tensor:
        """Test minus train loss, shape (rates,)."""
        return self.test - self.train


def means_over_every_run(
    population: Population, theta: Tensor, schedule: FiniteSchedule, lrs: Tensor
) -> ExactMeans:
    """Means at the end of a run over all training sets, orders and draws, by running each of them.

    Example:
        >>> from lrtheory.diagrams import minimum, one_epoch
        >>> f, lrs = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), torch.tensor([0.1, 0.2]).double()
        >>> found = means_over_every_run(f, torch.zeros(1).double(), one_epoch(1), lrs)
        >>> [round(each, 6) for each in found.gap.tolist()]  # lr C
        [0.1, 0.2]

    Args:
        population: K losses of d weights.
        theta: where every run starts, shape (d,).
        schedule: which examples each step sees; anything finite.
        lrs: learning rates, shape (rates,).

    Raises:
        ValueError: more than 20,000 runs a rate.

    Cost: steps times batch size gradients of single examples, for every rate and distinct run.

    See also: losses_over_every_set, for one epoch of more sets; exact_enumeration, for the series in lr.

    Source: tenka2020 (what is averaged); the enumeration is ours.
    """
    if lrs.ndim != 1 or not lrs.is_floating_point() or not bool((lrs >= 0).all()) or not len(lrs):
        raise ValueError(
            f"lrs must be rates of at least 0, shape (rates,), got {lrs.dtype} of shape {tuple(lrs.shape)}; "
            "for example torch.tensor([0.1], dtype=torch.float64)"
        )
    count = number_of_runs(schedule, len(population.probabilities))
    if count > _MOST_RUNS:
        raise ValueError(
            f"this schedule has about {count:,} runs a rate, the limit is {_MOST_RUNS:,}: take fewer "
            "examples, steps or losses"
        )
    law = visit_law([Fraction(float(p)) for p in population.probabilities], schedule)
    runs = list(law.chances)
    chances = theta.new_tensor([float(law.chances[run]) for run in runs])
    shares = theta.new_tensor([[float(share) for share in law.shares[run]] for run in runs])
    last = _last_weights(population, theta, torch.tensor(runs), lrs)
    test = population.loss(last)
    examples = torch.arange(len(population.probabilities))
    each = torch.stack([population.example_loss(last, k.expand(last.shape[:-1])) for k in examples], dim=-1)
    return ExactMeans(
        test @ chances,
        torch.einsum("lrk,rk->l", each, shares),
        test**2 @ chances,
        torch.einsum("lrd,r->ld", last - theta, chances),
    )


def _last_weights(population: Population, theta: Tensor, visits: Tensor, lrs: Tensor) -> Tensor:
    """Weights after the last step, shape (rates, runs, d), of runs given by examples (runs, steps, B)."""
    weights = theta.detach().expand(len(lrs), len(visits), -1)
    for step in range(visits.shape[1]):
        point = weights.clone().requires_grad_()
        batch = visits[:, step].T
        with torch.enable_grad():
            losses = [population.example_loss(point, seen.expand(point.shape[:-1])) for seen in batch]
            (slope,) = torch.autograd.grad(torch.stack(losses).sum(), point)
        weights = weights - lrs[:, None, None] * slope / len(batch)
    return weights
