"""Estimates from batches and from random weights: their mean over every possible draw is the exact value."""

import functools
import math
from fractions import Fraction as Fr
from itertools import product

import pytest
import torch
from torch import nn

from lrtheory import generator
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.module_population import ModulePopulation
from lrtheory.diagrams.values.probes import probe_coin, probed_values, random_weights, values_from_weights
from lrtheory.diagrams.values.rational import exact_values
from lrtheory.diagrams.values.samples import covariance_trace_gradient, sampled_values, values_from_batches

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

L1, HALF = two_quintics()
L2, CORNER = three_quintics()
LOSS = functools.partial(nn.functional.cross_entropy, reduction="none")
ONE_EPOCH_ORDER_3 = [diagram for diagram in enumerate_diagrams(3) if diagram.path_condition]


def point(theta):
    return torch.tensor([float(x) for x in theta], dtype=torch.float64)


def exact(diagrams, landscape, theta):
    return torch.tensor([float(v) for v in exact_values(diagrams, landscape, theta)], dtype=torch.float64)


def mean_over_all_batches(diagrams, landscape, theta, batches, size):
    population, p = landscape.population(), landscape.probabilities
    total = 0.0
    for drawn in product(range(len(p)), repeat=batches * size):
        chance = float(math.prod(p[k] for k in drawn))
        split = torch.tensor(drawn).reshape(batches, size).unbind()
        total = total + chance * values_from_batches(diagrams, population, point(theta), split)
    return total


def test_batches_of_one_example_give_the_exact_mean():
    for order, landscape, theta in ((2, L2, CORNER), (3, L1, HALF)):
        diagrams = enumerate_diagrams(order, "train")
        mean = mean_over_all_batches(diagrams, landscape, theta, order + 1, 1)
        assert torch.allclose(mean, exact(diagrams, landscape, theta), rtol=1e-11, atol=1e-12)


def test_larger_batches_give_the_exact_mean_too():
    diagrams = enumerate_diagrams(2, "train")
    mean = mean_over_all_batches(diagrams, L1, HALF, 3, 3)
    assert torch.allclose(mean, exact(diagrams, L1, HALF), rtol=1e-11, atol=1e-12)


def test_a_tie_of_four_has_the_exact_mean():
    diagrams = [Diagram.parse("(0123-4)(04-14-24-34)"), Diagram.parse("(0123)(03-13-23)")]
    mean = mean_over_all_batches(diagrams, L1, HALF, 5, 1)
    assert torch.allclose(mean, exact(diagrams, L1, HALF), rtol=1e-11)


def test_random_weights_give_the_exact_mean():
    """Every outcome of the coins, weighted by its probability; ties of two and of three."""
    diagrams = [d for order in (1, 2, 3) for d in enumerate_diagrams(order, "train") if largest_tie(d) <= 3]
    population, theta = L1.population(), point(HALF)
    names = [(2, 0), (2, 1), (3, 0)]
    total = 0.0
    for outcome in product(*(product((0, 1), repeat=2) for _ in names)):
        chance, coins = 1.0, {}
        for name, faces in zip(names, outcome, strict=True):
            values, first = probe_coin(name[0])
            chance *= math.prod((1 - first) if face else first for face in faces)
            coins[name] = torch.tensor([values[face] for face in faces], dtype=torch.float64)
        total = total + chance * values_from_weights(diagrams, population, theta, coins)
    assert torch.allclose(total, exact(diagrams, L1, HALF), rtol=1e-11, atol=1e-12)


def largest_tie(diagram):
    return max(len(part) for part in diagram.members)


@pytest.mark.parametrize("size", [2, 3])
def test_the_coins_have_mean_zero_and_the_power_one(size):
    (high, low), chance = probe_coin(size)
    assert chance * high + (1 - chance) * low == pytest.approx(0, abs=1e-15)
    assert chance * high**size + (1 - chance) * low**size == pytest.approx(1, rel=1e-14)
    drawn = random_weights(40_000, size, generator=generator(0, "coins"))
    assert float((drawn == drawn.max()).double().mean()) == pytest.approx(chance, abs=0.01)


@pytest.mark.parametrize("estimate", ["batches", "weights"])
def test_estimates_agree_with_the_values_within_their_errors(estimate):
    diagrams, population, theta = enumerate_diagrams(2, "train"), L2.population(), point(CORNER)
    if estimate == "batches":
        found = sampled_values(
            diagrams, population, theta, batch_size=4, repetitions=200, generator=generator(1, "draws")
        )
    else:
        found = probed_values(diagrams, population, theta, probes=200, generator=generator(1, "draws"))
    for value, each in zip(exact(diagrams, L2, CORNER).tolist(), found, strict=True):
        assert each.samples == 200
        assert each.value == pytest.approx(value, abs=4 * each.stderr + 1e-12)


def test_a_metric_enters_estimates_as_it_enters_values():
    diagrams, matrix = enumerate_diagrams(2), [[2, 1], [1, 3]]
    p, known = L2.probabilities, exact_values(diagrams, L2, CORNER, lr_matrix=matrix)
    options = {"lr_matrix": torch.tensor(matrix, dtype=torch.float64)}
    total = 0.0
    for drawn in product(range(3), repeat=3):
        chance = float(math.prod(p[k] for k in drawn))
        split = torch.tensor(drawn)[:, None].unbind()
        one = values_from_batches(diagrams, L2.population(), point(CORNER), split, **options)
        total = total + chance * one
    assert torch.allclose(total, torch.tensor([float(v) for v in known], dtype=torch.float64), rtol=1e-11)


def gradients_taken(monkeypatch, run):
    taken, plain = [], torch.autograd.grad

    def counted(*args, **kwargs):
        taken.append(1)
        return plain(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(torch.autograd, "grad", counted)
        run()
    return len(taken)


def test_a_probe_takes_few_gradients_whatever_the_population(monkeypatch):
    """Three for C:H; twelve for all that one epoch needs at order three, whether 5 examples or 500."""
    for count in (5, 500):
        data = torch.randn(count, 3, dtype=torch.float64, generator=generator(0, "data"))
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
        population = ModulePopulation(net, data, (data[:, 0] > 0).long(), LOSS)
        for diagrams, most in (([Diagram.parse("(01-2)(02-12)")], 3), (ONE_EPOCH_ORDER_3, 12)):
            draws = generator(0, "coins")
            coins = {(size, 0): random_weights(count, size, generator=draws) for size in (2, 3)}
            run = functools.partial(values_from_weights, diagrams, population, population.start, coins)
            assert gradients_taken(monkeypatch, run) == most


def test_the_gradient_of_the_covariances_trace_has_the_exact_mean():
    population, theta, p = L2.population(), point(CORNER), L2.population().probabilities
    pairs = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    each = covariance_trace_gradient(population, theta, pairs[:, 0], pairs[:, 1])
    mean = (p[pairs[:, 0]] * p[pairs[:, 1]]) @ each
    known = torch.tensor([float(Fr(6481, 7200)), float(Fr(467, 43200))], dtype=torch.float64)
    assert torch.allclose(mean, known, rtol=1e-13)


def test_what_cannot_be_estimated_is_refused():
    population, theta, draws = L1.population(), point(HALF), generator(0, "draws")
    fresh, pair = Diagram.parse("(01*-2)(02-12)"), Diagram.parse("(01-2)(02-12)")
    options = {"generator": draws, "repetitions": 2}
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        sampled_values([pair], population, theta, batch_size=0, **options)
    with pytest.raises(ValueError, match="a standard error needs at least 2 repetitions, got 1"):
        sampled_values([pair], population, theta, batch_size=1, repetitions=1, generator=draws)
    with pytest.raises(ValueError, match="a standard error needs at least 2 probes, got 1"):
        probed_values([pair], population, theta, probes=1, generator=draws)
    with pytest.raises(ValueError, match="3 nodes need as many independent batches, got 2"):
        values_from_batches([pair], population, theta, torch.zeros(2, 1, dtype=torch.long).unbind())
    with pytest.raises(ValueError, match=r"batches must be of one size, got \[1, 2, 1\]"):
        values_from_batches([pair], population, theta, [torch.zeros(n, dtype=torch.long) for n in (1, 2, 1)])
    with pytest.raises(ValueError, match="a population has no fresh noise: use exact_value for"):
        sampled_values([fresh], population, theta, batch_size=1, **options)
    with pytest.raises(ValueError, match="a population has no fresh noise: use exact_value for"):
        probed_values([fresh], population, theta, probes=2, generator=draws)
    with pytest.raises(ValueError, match=r"a probe estimates parts of at most 3 nodes, .* has one of 4"):
        probed_values([Diagram.parse("(0123-4)(04-14-24-34)")], population, theta, probes=2, generator=draws)
