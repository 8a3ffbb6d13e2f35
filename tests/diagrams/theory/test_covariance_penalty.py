"""Descent with a covariance penalty against SGD over every training set, and estimators over every pair."""

from itertools import combinations, product

import numpy as np
import pytest
import torch

from lrtheory.descent import GradientDescent, descend
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.moments import local_moments
from lrtheory.diagrams.models.swing import gauss
from lrtheory.diagrams.models.training_sets import Atoms, TrainingSet
from lrtheory.diagrams.theory.covariance_penalty import (
    CovariancePenalized,
    imitation_of,
    trace_slope_statistic,
)
from lrtheory.landscape import gradient
from lrtheory.seeds import generator

LINE, PLANE = two_quintics(), three_quintics()
RATES = 0.03 * np.cos(np.pi * (2 * np.arange(14) + 1) / 28)  # of both signs, to read a series off


def every_set(example, examples):
    """Every training set of a polynomial population, its weight, and the starts."""
    landscape, start = example
    atoms = Atoms(landscape.population())
    sets = torch.tensor(list(product(range(len(atoms.population.probabilities)), repeat=examples)))
    theta = torch.tensor([float(x) for x in start], dtype=torch.float64)
    weights = atoms.population.probabilities[sets].prod(-1)
    return TrainingSet(atoms, sets), weights, theta.expand(len(sets), -1)


def losses(example, examples, steps, run):
    """Mean test loss over every training set at each of the rates."""
    data, weights, theta = every_set(example, examples)
    return [float(weights @ data.source.loss(run(data, theta, float(lr), steps))) for lr in RATES]


def imitated(estimator, batch_size=1):
    def run(data, theta, lr, steps):
        penalized = imitation_of(
            data, examples=data.examples, batch_size=batch_size, lr=lr, estimator=estimator
        )
        for _ in range(steps):
            theta = theta - lr * gradient(penalized, theta)
        return theta

    return run


def sgd(batch_size):
    def run(data, theta, lr, steps):
        batches = list(torch.arange(data.examples).split(batch_size)) * steps
        for batch in batches[:steps]:
            theta = theta - lr * gradient(data, theta, batch)
        return theta

    return run


def taylor(values, terms=4):
    """First coefficients of the series through the values, the rates scaled to one."""
    powers = np.vander(RATES / RATES.max(), len(RATES), increasing=True)
    return np.linalg.solve(powers, values)[:terms] / RATES.max() ** np.arange(terms)


@pytest.mark.parametrize(
    ("example", "known"),
    [
        (LINE, (513 / 2240, -12769 / 6272, 464915 / 50176, -589514977 / 19668992)),
        (PLANE, (4703 / 5760, -4981 / 2880, 18508213 / 4147200, -13513638881 / 995328000)),
    ],
    ids=["line", "plane"],
)
def test_the_imitation_by_halves_has_the_known_series(example, known):
    """Exact rationals for N = T = 2, through third order; SGD has the same to second and another third."""
    series = taylor(losses(example, 2, 2, imitated("halves")))
    np.testing.assert_allclose(series, known, rtol=1e-8)


@pytest.mark.parametrize("estimator", ["exact", "halves"])
@pytest.mark.parametrize(("examples", "batch_size", "steps"), [(2, 1, 2), (2, 1, 4), (4, 2, 2)])
def test_the_imitation_agrees_with_sgd_to_second_order_and_no_further(examples, batch_size, steps, estimator):
    run = losses(LINE, examples, steps, imitated(estimator, batch_size))
    truth = losses(LINE, examples, steps, sgd(batch_size))
    plain = losses(LINE, examples, steps, sgd(examples))
    off, uncorrected = taylor(np.subtract(run, truth)), taylor(np.subtract(plain, truth))
    np.testing.assert_allclose(off[:3], 0, atol=1e-7)
    assert abs(off[3]) > 0.1
    assert abs(uncorrected[2]) > 0.01  # full batches alone differ at second order


def test_the_penalized_landscape_can_be_descended():
    data, _, theta = every_set(PLANE, 2)
    penalized = imitation_of(data, examples=2, batch_size=1, lr=0.02)
    run = descend(GradientDescent(0.02), penalized, theta, steps=3)
    torch.testing.assert_close(run.final, imitated("exact")(data, theta, 0.02, 3))


def test_the_exact_penalty_is_the_slope_of_its_own_loss():
    data, _, theta = every_set(PLANE, 3)
    rule = CovariancePenalized(data, 3, 0.37)
    push, slopes = 1e-5, rule.gradient(theta)
    for axis in range(2):
        shift = torch.zeros(2, dtype=torch.float64)
        shift[axis] = push
        numerical = (rule.loss(theta + shift) - rule.loss(theta - shift)) / (2 * push)
        torch.testing.assert_close(numerical, slopes[:, axis], rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("estimator", ["exact", "halves"])
def test_the_penalty_is_unbiased_over_training_sets(estimator):
    data, weights, theta = every_set(PLANE, 4)
    push = CovariancePenalized(data, 4, 1.0, estimator).gradient(theta) - gradient(data, theta)
    truth = local_moments(data.source.population, theta[0]).trace_slope
    torch.testing.assert_close(weights @ push, truth, rtol=1e-10, atol=1e-12)


def test_any_landscape_with_batches_can_be_penalized():
    """A linear model by its batches alone, and the same examples as a training set."""
    source = generator(0, "model")
    features = torch.randn((6, 3), generator=source, dtype=torch.float64)
    targets = torch.sign(torch.randn(6, generator=source, dtype=torch.float64))
    model = LinearModel(features, targets)
    theta = torch.randn((2, 5, 3), generator=source, dtype=torch.float64)
    data = TrainingSet(Atoms(model), torch.arange(6).expand(2, 5, 6))
    for estimator in ("exact", "halves"):
        one = CovariancePenalized(model, 6, 0.2, estimator)
        other = CovariancePenalized(data, 6, 0.2, estimator)
        torch.testing.assert_close(one.gradient(theta), other.gradient(theta))
        torch.testing.assert_close(one.loss(theta), other.loss(theta))
        assert one.gradient(theta[0, 0]).shape == (3,)


def test_the_statistic_of_batches_is_unbiased_too():
    landscape, start = PLANE
    population, theta = landscape.population(), torch.tensor([1.0, -0.5], dtype=torch.float64)
    law, mean = population.probabilities, 0.0
    for one in product(range(3), repeat=2):
        for other in product(range(3), repeat=2):
            weight = law[[*one, *other]].prod()
            mean += weight * trace_slope_statistic(population, theta, torch.tensor(one), torch.tensor(other))
    truth = torch.tensor([6481 / 7200, 467 / 43200], dtype=torch.float64)
    torch.testing.assert_close(mean, truth, rtol=1e-11, atol=1e-13)
    assert [float(x) for x in start] == theta.tolist()


def test_halves_of_two_examples_average_to_the_exact_estimate():
    data, _, theta = every_set(LINE, 2)
    swapped = TrainingSet(data.source, data.noise.flip(-1))
    pushes = [
        CovariancePenalized(each, 2, 1.0, "halves").gradient(theta) - gradient(each, theta)
        for each in (data, swapped)
    ]
    exact = CovariancePenalized(data, 2, 1.0).gradient(theta) - gradient(data, theta)
    torch.testing.assert_close(sum(pushes) / 2, exact)
    assert any(not torch.allclose(a, b) for a, b in combinations(pushes, 2))


def test_arguments_out_of_range_are_refused():
    data = TrainingSet(gauss(), torch.zeros(1, 3, dtype=torch.float64))
    cases = [
        (lambda: CovariancePenalized(data, 1, 0.1), "at least 2 examples, got 1"),
        (lambda: CovariancePenalized(data, 3, 0.1, "halves"), "even number of examples, got 3"),
        (lambda: CovariancePenalized(data, 3, 0.1, "thirds"), "estimator must be one of exact, halves"),
        (
            lambda: CovariancePenalized(data, 3, 0.1).gradient(torch.zeros(1, 1), torch.tensor([0])),
            "descend without batches",
        ),
        (
            lambda: trace_slope_statistic(data, torch.zeros(1, 1), torch.tensor([0]), torch.tensor([1, 2])),
            "both batches must be of one size",
        ),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()
