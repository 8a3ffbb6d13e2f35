"""Compiled SGD on linear models, many training sets at once: what predictions are held against.

Nothing is predicted here. Importing this module imports numba.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrtheory.diagrams.counting.schedules import Epochs
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.doors import positive
from lrtheory.measure import Estimate, mean_and_stderr

Array = NDArray[np.float64]
_RUNS_AT_ONCE = 20_000  # their batches take steps * batch_size * 8 bytes each


@dataclass(frozen=True)
class MeanLosses:
    """Mean losses at the end of runs on many training sets.

    Attributes:
        test: loss on the population.
        train: loss on the training set of each run.
        gap: test minus train.
    """

    test: Estimate
    train: Estimate
    gap: Estimate


def linear_runs(
    model: LinearModel, theta: Tensor, schedule: Epochs, *, lr: float, runs: int, generator: torch.Generator
) -> MeanLosses:
    """Run SGD on training sets drawn from a linear model's population; mean losses with standard errors.

    Example:
        >>> x, y = torch.tensor([[1.0], [1.0]]).double(), torch.tensor([1.0, -1.0]).double()
        >>> model, run = LinearModel(x, y, link="squared"), {"runs": 9, "generator": torch.Generator()}
        >>> found = linear_runs(model, torch.zeros(1).double(), Epochs(1), lr=0.1, **run)
        >>> round(found.gap.value, 9)  # lr C
        0.1

    Args:
        model: the population.
        theta: where every run starts, shape (d,).
        schedule: passes over each training set.
        lr: learning rate, > 0.
        runs: training sets, >= 2; each is drawn with replacement from the population.
        generator: source of the draws and orders.

    Raises:
        ValueError: lr not positive, fewer than two runs.
        FloatingPointError: a run diverged.

    Cost: about steps * batch_size + K products of d numbers a run; the first call compiles.

    See also: trained_losses, for any landscape.

    Source: tenka2020 (the experiment); the compiled loop is ours.
    """
    lr = positive("lr", lr)
    if runs < 2:
        raise ValueError(f"runs must be at least 2 for a standard error, got {runs}")
    losses = np.concatenate(list(_losses(model, theta, schedule, lr, runs, generator)), axis=1)
    if not np.isfinite(losses).all():
        raise FloatingPointError(f"{int((~np.isfinite(losses[0])).sum())} runs diverged at lr {lr}; lower lr")
    test, train = losses
    return MeanLosses(*(mean_and_stderr(each) for each in (test, train, test - train)))


def _losses(
    model: LinearModel, theta: Tensor, schedule: Epochs, lr: float, runs: int, generator: torch.Generator
) -> Iterator[Array]:
    features, targets, law = (_array(each) for each in (model.features, model.targets, model.probabilities))
    logistic = model.link == "logistic"
    for start in range(0, runs, _RUNS_AT_ONCE):
        count = min(_RUNS_AT_ONCE, runs - start)
        sets, visits = _draws(model, schedule, count, generator)
        yield _run(features, targets, law, logistic, _array(theta), lr, sets, visits)


def _draws(
    model: LinearModel, schedule: Epochs, runs: int, generator: torch.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Training sets (runs, N), and the examples of every batch, shape (runs, steps, B)."""
    size = runs * schedule.examples
    sets = torch.multinomial(model.probabilities, size, replacement=True, generator=generator)
    sets = sets.reshape(runs, schedule.examples)
    passes = [sets]
    for _ in range(schedule.epochs - 1):
        order = torch.rand(sets.shape, generator=generator).argsort(dim=1)
        passes.append(sets if schedule.order == "fixed" else sets.gather(1, order))
    visits = torch.stack(passes, dim=1).reshape(runs, schedule.steps, schedule.batch_size)
    return sets.numpy(), visits.numpy()


@numba.njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def _run(
    features: Array, targets: Array, law: Array, logistic: bool, start: Array, lr: float,
    sets: NDArray[np.int64], visits: NDArray[np.int64],
) -> Array:
    """Test and train loss of every run, shape (2, runs)."""
    runs, steps, batch_size = visits.shape
    examples, dim = features.shape
    losses, theta, slopes = np.empty((2, runs)), np.empty(dim), np.empty(batch_size)
    every = np.empty(examples)
    for run in range(runs):
        theta[:] = start
        for step in range(steps):
            for place in range(batch_size):
                k = visits[run, step, place]
                output = 0.0
                for i in range(dim):
                    output += features[k, i] * theta[i]
                y = targets[k]
                slopes[place] = -y / (1.0 + np.exp(y * output)) if logistic else output - y
            for place in range(batch_size):
                k, move = visits[run, step, place], lr / batch_size * slopes[place]
                for i in range(dim):
                    theta[i] -= move * features[k, i]
        total = 0.0
        for k in range(examples):
            output = 0.0
            for i in range(dim):
                output += features[k, i] * theta[i]
            y = targets[k]
            every[k] = _softplus(-y * output) if logistic else 0.5 * (output - y) ** 2
            total += law[k] * every[k]
        losses[0, run] = total
        total = 0.0
        for place in range(sets.shape[1]):
            total += every[sets[run, place]]
        losses[1, run] = total / sets.shape[1]
    return losses


@numba.njit(cache=True, nogil=True)
def _softplus(x: float) -> float:
    return max(x, 0.0) + np.log1p(np.exp(-abs(x)))  # type: ignore[no-any-return]


def _array(tensor: Tensor) -> Array:
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=np.float64)
