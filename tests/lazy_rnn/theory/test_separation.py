"""The least eigenvalue is linear in the distance of first tokens: the limits, the slope of the error."""

import math

import numpy as np
import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.tangent.limit import limit_kernel
from lrtheory.lazy_rnn.theory.separation import close_pair, least_eigenvalue, separation, separation_slope


def last(x):
    counted = torch.zeros(x.shape[:2], dtype=torch.bool)
    counted[:, -1] = True
    return counted


@pytest.mark.parametrize(
    ("later_norms", "limit"),
    [
        ([0.0], 1 / (2 * math.pi)),
        ([1.0], 1 / (2 * math.sqrt(2) * math.pi)),
        ([0.0, 0.0], 3 * 2 / (4 * math.pi)),
        ([0.0] * 5, 6 * 5 / (4 * math.pi)),
        ([0.0] * 11, 12 * 11 / (4 * math.pi)),
    ],
)
def test_the_three_limits(later_norms, limit):
    assert separation_slope(later_norms) == pytest.approx(limit, rel=1e-14)
    x = close_pair(1e-4, later_norms)
    assert least_eigenvalue(x, counted=last(x)) == pytest.approx(limit * 1e-4, rel=2e-3)


def test_stored_digits_at_a_small_distance():
    x = close_pair(0.005, [0.0] * 5)
    assert least_eigenvalue(x, counted=last(x)) / 0.005 == pytest.approx(2.38385, abs=1e-5)
    assert separation_slope([0.0] * 5) == pytest.approx(2.38732, abs=1e-5)
    assert least_eigenvalue(close_pair(0.005, [0.0])) / 0.005 == pytest.approx(0.15929, rel=1e-2)
    assert least_eigenvalue(close_pair(0.005, [1.0])) / 0.005 == pytest.approx(0.1137, rel=1e-3)


@pytest.mark.parametrize(
    ("later_norms", "first_norm"), [([0.7, 0.3, 1.2], 1.7), ([2.0], 0.4), ([0.0, 3.0, 0.0, 0.5, 1.0], 0.8)]
)
def test_the_miss_of_the_slope_is_of_first_order_in_the_distance(later_norms, first_norm):
    distances = first_norm * np.array([0.04, 0.02, 0.01, 0.005])
    pairs = [close_pair(distance, later_norms, first_norm=first_norm) for distance in distances]
    least = np.array([least_eigenvalue(x, counted=last(x)) for x in pairs])
    miss = np.abs(least / distances - separation_slope(later_norms, first_norm=first_norm))
    assert np.polyfit(np.log(distances), np.log(miss), 1)[0] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("later_norms", "first_norm"), [([0.7, 0.3, 1.2], 1.7), ([0.0] * 4, 1.0)])
def test_where_all_times_count_the_second_is_the_hardest(later_norms, first_norm):
    x = close_pair(1e-4, later_norms, first_norm=first_norm)
    slope = separation_slope(later_norms[:1], first_norm=first_norm)
    assert least_eigenvalue(x) == pytest.approx(slope * 1e-4, rel=1e-3)
    assert least_eigenvalue(x, shared=False) == pytest.approx(slope * 1e-4, rel=1e-3)


def test_it_scales_as_the_tokens_do():
    slope = separation_slope([0.7, 0.0], first_norm=1.3)
    assert separation_slope([2.1, 0.0], first_norm=3.9) == pytest.approx(3 * slope, rel=1e-14)


def test_sequences_that_begin_alike_may_still_be_told_apart():
    x = torch.randn(3, 4, 2, generator=generator(0, "data"), dtype=torch.float64)
    x[1, 0] = x[0, 0]
    assert separation(x) == 0.0
    assert least_eigenvalue(x, counted=last(x)) > 1e-3
    x[1] = x[0]
    assert least_eigenvalue(x) == pytest.approx(0.0, abs=1e-13 * float(limit_kernel(x).matrix().trace()))


def test_separation_is_the_least_distance_of_all_pairs():
    x = 2.5 * torch.randn(6, 3, 4, generator=generator(1, "data"), dtype=torch.float64)
    brute = min(float((x[i, 0] - x[j, 0]).norm()) for i in range(6) for j in range(i))
    assert separation(x) == pytest.approx(brute, rel=1e-14)
    assert separation(close_pair(0.3, [1.0], first_norm=0.2)) == pytest.approx(0.3, rel=1e-14)


def test_what_has_no_separation_is_refused():
    with pytest.raises(ValueError, match="separation needs at least 2 sequences, got 1"):
        separation(torch.ones(1, 2, 2, dtype=torch.float64))
    with pytest.raises(ValueError, match="inputs must have the shape"):
        separation(torch.ones(2, 2, dtype=torch.float64))
    with pytest.raises(ValueError, match="later_norms must name the tokens after the first, got none"):
        separation_slope([])
    for bad in (-0.1, math.nan):
        with pytest.raises(
            ValueError, match=r"later_norms(\[1\] must be one finite| must not be negative, got -0.1)"
        ):
            separation_slope([1.0, bad])
        with pytest.raises(ValueError, match="first_norm must be positive"):
            separation_slope([1.0], first_norm=bad)
    for bad in (0.0, 2.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"distance must (lie in \(0, 2 first_norm\) = \(0, 2\)|be one)"):
            close_pair(bad)
