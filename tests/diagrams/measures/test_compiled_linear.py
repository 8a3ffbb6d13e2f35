"""The compiled loop on linear models against the loop written out, and against the series it is to check."""

from itertools import product

import numpy as np
import pytest
import torch

from lrtheory import generator
from lrtheory.diagrams import Epochs, LinearModel, full_batch, linear_runs, one_epoch, predict
from lrtheory.diagrams.measures.compiled_linear import _draws

pytestmark = pytest.mark.slow  # the loop is compiled first

SCHEDULES = [one_epoch(4), Epochs(4, batch_size=2, epochs=3), Epochs(3, epochs=2, order="reshuffled")]


def model(link="logistic", weights=None):
    source = generator(1, "compiled", link)
    features = torch.randn(6, 3, generator=source, dtype=torch.float64)
    targets = torch.randn(6, generator=source, dtype=torch.float64)
    return LinearModel(features, targets.sign() if link == "logistic" else targets, link, weights)


def start():
    return torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64)


def run_by_autograd(population, batches, lr):
    theta = start()
    for batch in batches:
        point = theta.clone().requires_grad_()
        (slope,) = torch.autograd.grad(population.loss(point, torch.tensor(batch)), point)
        theta = theta - lr * slope
    return theta


@pytest.mark.parametrize("link", ["logistic", "squared"])
@pytest.mark.parametrize("schedule", [*SCHEDULES, full_batch(3, 2)], ids=str)
def test_losses_are_those_of_the_same_batches_run_by_autograd(link, schedule):
    law = torch.tensor([0.1, 0.3, 0.2, 0.15, 0.15, 0.1], dtype=torch.float64)
    population = model(link, law)
    found = linear_runs(population, start(), schedule, lr=0.3, runs=5, generator=generator(7, "draws"))
    sets, visits = _draws(population, schedule, 5, generator(7, "draws"))
    ends = [run_by_autograd(population, run, 0.3) for run in visits]
    test = [float(population.loss(end)) for end in ends]
    train = [float(population.loss(end, torch.tensor(each))) for end, each in zip(ends, sets, strict=True)]
    assert found.test.value == pytest.approx(np.mean(test), rel=1e-12)
    assert found.train.value == pytest.approx(np.mean(train), rel=1e-12)
    assert found.gap.value == pytest.approx(np.mean(test) - np.mean(train), abs=1e-12)
    assert found.test.stderr == pytest.approx(np.std(test, ddof=1) / 5**0.5, rel=1e-9)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_every_pass_visits_each_example_of_the_set_once(schedule):
    sets, visits = _draws(model(), schedule, 50, generator(2, "draws"))
    passes = visits.reshape(50, schedule.epochs, schedule.examples)
    assert (np.sort(passes) == np.sort(sets)[:, None]).all()
    assert (passes == sets[:, None]).all() == (schedule.order == "fixed")


def test_the_mean_over_runs_is_the_mean_over_all_training_sets():
    population, schedule = model(), one_epoch(2)
    pairs = product(range(6), repeat=2)
    truth = [float(population.loss(run_by_autograd(population, [[a], [b]], 0.5))) for a, b in pairs]
    found = linear_runs(population, start(), schedule, lr=0.5, runs=40_000, generator=generator(3, "draws"))
    assert abs(found.test.value - np.mean(truth)) < 4 * found.test.stderr


def test_the_series_meets_the_runs_where_it_says_that_it_may_be_trusted():
    population, schedule = model(), one_epoch(10)
    for observable in ("test", "train", "gap"):
        estimate = predict(population, start(), schedule, observable=observable).at(0.02)
        assert estimate.reliable
        runs = linear_runs(
            population, start(), schedule, lr=0.02, runs=40_000, generator=generator(4, observable)
        )
        found = getattr(runs, observable)
        assert abs(found.value - estimate.value) < 4 * found.stderr + 2 * estimate.error


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lr": 0.0}, ValueError, r"lr must be positive and finite, got 0\.0"),
        ({"runs": 1}, ValueError, "runs must be at least 2 for a standard error, got 1"),
        ({"lr": 1e200}, FloatingPointError, "runs diverged at lr"),
    ],
)
def test_what_cannot_be_averaged_is_refused(change, error, message):
    setting = {"lr": 0.1, "runs": 4, "generator": generator(5, "draws")} | change
    with pytest.raises(error, match=message):
        linear_runs(model("squared"), start(), Epochs(4, epochs=3), **setting)
