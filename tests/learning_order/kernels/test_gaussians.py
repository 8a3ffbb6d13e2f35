"""Gaussian numbers from a counter: their law, their independence, and the same numbers again."""

import numpy as np
import pytest
from scipy import stats

from lrtheory.learning_order import PreActivationNoise
from lrtheory.learning_order.kernels.q_block import point_noise, weight_noise

COUNT = 200_000


def test_the_law_is_gaussian():
    values = weight_noise(11, 3, COUNT).astype(float).ravel()
    assert stats.kstest(values, "norm").pvalue > 1e-3
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10_170)):
        assert abs((values**power).mean() - moment) < 4 * np.sqrt(variance / values.size)
    assert 4.3 < abs(values).max() < 6.8
    for low, high in ((-0.01, 0.01), (2.0, 2.1), (-3.5, -3.0)):  # no holes and no heaps
        share = stats.norm.cdf(high) - stats.norm.cdf(low)
        found = ((values > low) & (values < high)).mean()
        assert abs(found - share) < 4 * np.sqrt(share / values.size)


def test_coordinates_neighbors_steps_and_seeds_are_unrelated():
    one = weight_noise(11, 3, COUNT).astype(float)
    others = [
        one[:, 1], np.roll(one[:, 0], 1), weight_noise(11, 4, COUNT)[:, 0], weight_noise(12, 3, COUNT)[:, 0],
        *point_noise(11, 3, COUNT, PreActivationNoise("pre", 1.0)),
    ]
    for other in others:
        for power in (1, 2):
            corr = np.corrcoef(one[:, 0] ** power, other.astype(float) ** power)[0, 1]
            assert abs(corr) < 4.5 / np.sqrt(COUNT)


def test_the_same_counter_gives_the_same_numbers_whatever_the_length():
    long, short = weight_noise(5, 7, 5000), weight_noise(5, 7, 1234)
    assert np.array_equal(long[:1234], short)
    assert not np.array_equal(long, weight_noise(5, 8, 5000))


@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_noise_of_the_points_is_scaled_and_shared_where_it_should_be(sigma):
    shared = point_noise(5, 7, COUNT, PreActivationNoise("shared", sigma))
    assert np.array_equal(shared[0], shared[1]) and np.array_equal(shared[0], shared[2])
    own = point_noise(5, 7, COUNT, PreActivationNoise("gate", sigma))
    assert own.std(axis=1) == pytest.approx([sigma] * 3, rel=0.01)
    assert abs(np.corrcoef(own) - np.eye(3)).max() < 4.5 / np.sqrt(COUNT)
