"""Mean losses of SGD over every possible training set of a small population, in floating point.

Nothing is expanded and nothing is drawn: the truth for predictions at one rate. Exact series in the rate are
in enumerated_runs.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.models.training_sets import SingleExamples
from lrtheory.doors import positive
from lrtheory.landscape import autograd_gradient

_MOST_RUNS = 100_000


@dataclass(frozen=True)
class ExactLosses:
    """Exact means over all training sets; the gap is test minus train loss."""

    test: float
    train: float

    @property
    def gap(self) -> float:
        """Test minus train loss."""
        return self.test - self.train


def losses_over_every_set(population: Population, theta: Tensor, *, examples: int, lr: float) -> ExactLosses:
    """Mean losses after one epoch of single examples, by running it on each of the K^N training sets.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5])
        >>> found = losses_over_every_set(f, torch.zeros(1).double(), examples=1, lr=0.1)
        >>> round(found.test, 9), round(found.gap, 9)  # lr^2 C H / 2, and lr C
        (0.01, 0.1)

    Args:
        population: K losses of d weights.
        theta: where every run starts, shape (d,).
        examples: training examples N, each drawn with the population's probabilities; also the steps.
        lr: learning rate.

    Raises:
        ValueError: more than 100,000 training sets.

    Cost: N steps of all K^N runs at once, each the gradient of one example; memory K^N d numbers.

    See also: means_over_every_run, for other schedules; exact_enumeration, for the series in lr.

    Source: tenka2020 (what is averaged); the enumeration is ours.
    """
    positive("lr", lr)
    count = len(population.probabilities)
    if count**examples > _MOST_RUNS:
        raise ValueError(
            f"{count}^{examples} training sets are more than {_MOST_RUNS:,}; take fewer examples or a "
            "smaller population"
        )
    sets = torch.cartesian_prod(*[torch.arange(count)] * examples).reshape(-1, examples)
    chances = population.probabilities[sets].prod(dim=1)
    last = last_weights(population, theta, sets, lr=lr)
    test = population.loss(last)
    train = torch.stack([population.example_loss(last, seen) for seen in sets.T]).mean(dim=0)
    return ExactLosses(float(chances @ test), float(chances @ train))


def last_weights(population: Population, theta: Tensor, sets: Tensor, *, lr: float) -> Tensor:
    """Weights after one pass over each training set, one example a step, in the order given.

    Args:
        population: K losses of d weights.
        theta: where every run starts, shape (d,).
        sets: numbers of the examples, shape (runs, N).
        lr: learning rate.

    Returns:
        Weights, shape (runs, d).

    Source: the definition of SGD (our code).
    """
    weights = theta.detach().expand(len(sets), -1)
    for seen in sets.T:
        weights = weights - lr * autograd_gradient(SingleExamples(population, seen), weights)
    return weights
