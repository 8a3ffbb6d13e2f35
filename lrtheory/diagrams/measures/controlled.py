"""Mean losses of SGD on drawn training sets, with a control variate that takes most of the noise away.

The control of a training set is its own run expanded in the rate: test loss to second order, train loss to
first. Its mean over independent examples is known exactly, so any multiple of its deviation may be
subtracted; the multiple is fitted on the other half of the runs, which keeps the mean unbiased.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.diagrams.exact.every_set import last_weights
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.models.training_sets import drawn_atoms
from lrtheory.diagrams.values.diagram_values import derivatives_of
from lrtheory.measure import Estimate, mean_and_stderr


@dataclass(frozen=True)
class ControlledLosses:
    """Mean losses at one rate, each with its standard error.

    Attributes:
        test: test loss, control subtracted.
        gap: test minus train loss, control subtracted.
        plain_test: test loss without control.
        plain_gap: gap without control.
        control: mean of the test loss's control minus its exact mean; zero within its error.
    """

    test: Estimate
    gap: Estimate
    plain_test: Estimate
    plain_gap: Estimate
    control: Estimate


class Controls:
    """Runs on single training sets, expanded at the start: products of gradients of pairs of examples.

    Args:
        population: K losses of d weights.
        theta: where every run starts, shape (d,).
        members: Hessian-vector products at once.

    Source: ours.
    """

    def __init__(self, population: Population, theta: Tensor, *, members: int = 16) -> None:
        """Take K gradients and 2 K Hessian-vector products; keep matrices of shape (K, K)."""
        derivatives = derivatives_of(population, theta, members=members)
        law = population.probabilities
        every = torch.arange(len(law))
        self._law, self._losses = law, derivatives.example_number([], every)
        gradients = derivatives.example([], every)
        mean = law @ gradients
        self._slope = gradients @ mean  # G . g_i
        self._product = gradients @ gradients.T
        self._bend = gradients @ derivatives.mean([gradients]).T  # g_i H g_j
        self._turn = derivatives.example([mean.expand(len(law), -1)], every) @ gradients.T  # G H_i g_j

    def of(self, sets: Tensor, *, lr: float) -> tuple[Tensor, Tensor]:
        """Controls of test loss and train loss, each of shape (runs,), for training sets (runs, N)."""
        first, second = sets[:, :, None], sets[:, None, :]
        pairs = self._turn[first, second].tril(-1) + self._bend[first, second] / 2
        start = self._law @ self._losses
        test = start - lr * self._slope[sets].sum(dim=1) + lr**2 * pairs.sum(dim=(1, 2))
        train = self._losses[sets].mean(dim=1) - lr * self._product[first, second].sum(dim=1).mean(dim=1)
        return test, train

    def means(self, examples: int, *, lr: float) -> tuple[float, float]:
        """Exact means of the controls over training sets of independent examples."""
        pairs, law = examples * (examples - 1), self._law
        start = law @ self._losses
        bend = examples * law @ self._bend.diagonal() + pairs * law @ self._bend @ law
        turn = pairs / 2 * law @ self._turn @ law
        test = start - lr * examples * law @ self._slope + lr**2 * (bend / 2 + turn)
        own = law @ self._product.diagonal() + (examples - 1) * law @ self._product @ law
        return float(test), float(start - lr * own)


def controlled_losses(
    population: Population,
    theta: Tensor,
    controls: Controls,
    *,
    examples: int,
    lr: float,
    runs: int,
    generator: torch.Generator,
    runs_at_once: int = 50,
) -> ControlledLosses:
    """Mean losses after one epoch of single examples on drawn training sets.

    Args:
        population: K losses of d weights.
        theta: where every run starts, shape (d,).
        controls: made at the same start.
        examples: training examples N, also the steps.
        lr: learning rate, > 0.
        runs: training sets, >= 4.
        generator: source of the training sets; one in the same state draws the same sets for another rate.
        runs_at_once: how many are held in memory.

    Raises:
        ValueError: lr not positive or fewer than four runs.

    Source: ours.
    """
    if lr <= 0 or runs < 4:
        raise ValueError(f"lr must be positive and runs at least 4, got {lr} and {runs}")
    sets = drawn_atoms(population.probabilities, (runs, examples), generator)
    losses = _losses(population, theta, sets, lr, runs_at_once)
    test, train = (torch.cat(each) for each in zip(*losses, strict=True))
    control, train_control = controls.of(sets, lr=lr)
    exact, exact_train = controls.means(examples, lr=lr)
    gap = test - train
    return ControlledLosses(
        test=_reduced(test, control - exact),
        gap=_reduced(gap, control - exact - (train_control - exact_train)),
        plain_test=_mean(test),
        plain_gap=_mean(gap),
        control=_mean(control - exact),
    )


def _losses(
    population: Population, theta: Tensor, sets: Tensor, lr: float, runs_at_once: int
) -> Iterator[tuple[Tensor, Tensor]]:
    for some in torch.split(sets, runs_at_once):
        last = last_weights(population, theta, some, lr=lr)
        with torch.no_grad():
            train = torch.stack([population.example_loss(last, seen) for seen in some.T])
            yield population.loss(last), train.mean(dim=0)


def _reduced(values: Tensor, control: Tensor) -> Estimate:
    """Mean of values minus a multiple of a control of mean zero, fitted on the runs of the other half."""
    half = len(values) // 2
    slopes = [_regression(values[half:], control[half:]), _regression(values[:half], control[:half])]
    left = torch.cat([values[:half] - slopes[0] * control[:half], values[half:] - slopes[1] * control[half:]])
    return _mean(left)


def _regression(values: Tensor, control: Tensor) -> Tensor:
    deviation = control - control.mean()
    return (deviation @ values) / (deviation @ deviation)


def _mean(values: Tensor) -> Estimate:
    return mean_and_stderr(values.numpy())
