"""Correlators from batch means: exact means over every draw of a few atoms, and the published example."""

import math
from itertools import product

import pytest
import torch

from lrtheory.diagrams.diagram.enumeration import set_partitions
from lrtheory.diagrams.values.correlators import batch_product, correlator, mixture_of_correlators

ATOMS = torch.tensor([[1.0, -2.0, 5.0], [0.5, 3.0, -1.0], [2.0, 1.0, -4.0]], dtype=torch.float64)
CHANCES = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)


def true_correlator(factors, chances, partition):
    classes = [[i for i, label in enumerate(partition) if label == c] for c in range(max(partition) + 1)]
    return math.prod(float(chances @ factors[members].prod(dim=0)) for members in classes)


def over_all_draws(factors, chances, batches, size):
    """Samples of every possible draw, shape (D, B, S, draws), and the probability of each draw."""
    drawn = torch.tensor(list(product(range(len(chances)), repeat=batches * size)))
    samples = factors[:, drawn].permute(0, 2, 1).reshape(len(factors), batches, size, len(drawn))
    return samples, chances[drawn].prod(dim=1)


@pytest.mark.parametrize(("factors", "size"), [(2, 1), (2, 2), (2, 3), (3, 1), (3, 2)])
def test_the_mean_of_the_estimate_is_the_correlator(factors, size):
    chosen, chances = ATOMS[:factors, :2], torch.tensor([0.4, 0.6], dtype=torch.float64)
    samples, weights = over_all_draws(chosen, chances, factors, size)
    for partition in set_partitions(factors).tolist():
        mean = float(weights @ correlator(samples, partition))
        assert mean == pytest.approx(true_correlator(chosen, chances, partition), rel=1e-11)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_mean_of_the_statistic_is_the_stated_mixture(size):
    samples, weights = over_all_draws(ATOMS[:3, :2], torch.tensor([0.4, 0.6], dtype=torch.float64), 3, size)
    for partition in set_partitions(3).tolist():
        mixed = sum(
            weight * true_correlator(ATOMS[:3, :2], torch.tensor([0.4, 0.6], dtype=torch.float64), finer)
            for finer, weight in mixture_of_correlators(partition, size).items()
        )
        mean = float(weights @ batch_product(samples, partition)) * size**3
        assert mean == pytest.approx(mixed, rel=1e-11)


def test_the_statistic_of_two_is_bessels_and_needs_the_correlator():
    """Mean of {xx} over a batch of two is <xx>/2 + <x><x>/2: true of the correlator, not of the statistic."""
    atoms = ATOMS[:1].repeat(2, 1)
    samples, weights = over_all_draws(atoms, CHANCES, 2, 2)
    together, apart = (float(weights @ batch_product(samples, partition)) for partition in ((0, 0), (0, 1)))
    second, squared = (true_correlator(atoms, CHANCES, partition) for partition in ((0, 0), (0, 1)))
    assert together == pytest.approx(second / 2 + squared / 2, rel=1e-12)
    assert float(weights @ correlator(samples, (0, 0))) == pytest.approx(second, rel=1e-12)
    assert abs(together - second) > 1
    assert apart == pytest.approx(squared, rel=1e-12)
    # the printed example puts the statistic of the same draw where the correlator belongs
    same_draw = samples.mean(dim=2)[0, 0] * samples.mean(dim=2)[1, 0]
    wrong = 2 * batch_product(samples, (0, 0)) - same_draw
    assert float(weights @ wrong) != pytest.approx(second, rel=1e-3)


def test_labels_are_names_only_and_members_ride_along():
    samples = torch.arange(24, dtype=torch.float64).reshape(2, 2, 3, 2)
    assert torch.equal(batch_product(samples, (5, 5)), batch_product(samples, (0, 0)))
    assert correlator(samples, (1, 0)).shape == (2,)


def test_samples_that_do_not_fit_are_refused():
    samples = torch.ones(3, 2, 4, dtype=torch.float64)
    with pytest.raises(ValueError, match="partition must label each of 3 factors, got 2 labels"):
        batch_product(samples, (0, 1))
    with pytest.raises(ValueError, match="3 classes need as many batches, got 2"):
        batch_product(samples, (0, 1, 2))
    with pytest.raises(ValueError, match="3 factors need as many independent batches, got 2"):
        correlator(samples, (0, 0, 1))
