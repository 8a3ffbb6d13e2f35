"""Random cases: the same from the same seed, of the sizes stated, with everything that calibration needs."""

from fractions import Fraction

import pytest
import torch

from lrtheory.diagrams import random_logistic, random_polynomials, random_tanh_net


def test_random_polynomials_are_exact_and_of_every_size_stated():
    drawn = [random_polynomials(seed) for seed in range(60)]
    assert drawn[7] == random_polynomials(7)
    assert {landscape.dim for landscape, _ in drawn} == {1, 2, 3}
    assert {len(landscape.losses) for landscape, _ in drawn} == {2, 3, 4}
    assert {3, 4, 5} <= {landscape.mean.degree for landscape, _ in drawn} <= {2, 3, 4, 5}
    assert all(isinstance(weight, Fraction) for _, start in drawn for weight in start)
    assert sum(len(set(landscape.probabilities)) > 1 for landscape, _ in drawn) > 30


@pytest.mark.parametrize("draw", [random_tanh_net, random_logistic])
def test_random_populations_have_unequal_probabilities_and_slopes_at_the_start(draw):
    sizes = set()
    for seed in range(12):
        population, start = draw(seed)
        again, same = draw(seed)
        assert torch.equal(start, same) and torch.equal(population.loss(start), again.loss(start))
        assert float(population.probabilities.sum()) == pytest.approx(1)
        sizes.add((population.dim, len(population.probabilities)))
    assert len(sizes) > 4
