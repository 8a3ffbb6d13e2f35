"""The 0-1 test sees neither the mean nor the scale of a series, and clouds without one are refused."""

import math

import numpy as np
import pytest

from lrtheory import chaos


def logistic(r, steps=1200, x=0.3, skip=300):
    path = np.empty(steps + skip)
    for t in range(steps + skip):
        x = r * x * (1 - x)
        path[t] = x
    return path[skip:]


def henon(steps=1200):
    path, x, y = np.empty(steps), 0.1, 0.1
    for t in range(steps):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        path[t] = x
    return path


CHAOTIC = {"logistic 3.9": logistic(3.9), "logistic 4": logistic(4.0), "henon": henon()}
REGULAR = {
    "period 4": logistic(3.5),
    "period 3": logistic(3.8319),
    "one tone": np.cos(0.7 * np.arange(1200)),
    "two tones": np.cos(0.7 * np.arange(1200)) + 0.5 * np.sin(math.sqrt(2) * np.arange(1200)),
}
OFFSETS = [0.0, 1.0, -1e3, 2e5, 1e9]
SCALES = [1.0, -1e-3, 1e6, 1e-200, 1e150]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", CHAOTIC)
def test_chaos_is_seen_whatever_the_mean(name, offset):
    """At a mean of 2e5 the answer was a half, at 1e9 zero."""
    assert chaos.zero_one_test(offset + CHAOTIC[name]) > 0.95


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", REGULAR)
def test_order_is_seen_whatever_the_mean(name, offset):
    assert abs(chaos.zero_one_test(offset + REGULAR[name])) < 0.1


@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_says_nothing(scale):
    for name, series in {name: (CHAOTIC | REGULAR)[name] for name in ("henon", "period 4")}.items():
        expected = chaos.zero_one_test(series)
        assert chaos.zero_one_test(scale * series) == pytest.approx(expected, abs=1e-6), name


@pytest.mark.parametrize("value", [0.0, 1.0, -3e7, 0.1, 1e-300, 1e300])
def test_a_constant_is_regular_with_and_without_rounding(value):
    assert chaos.zero_one_test(np.full(500, value)) == 0.0
    flips = np.random.default_rng(0).integers(-1, 2, 500)
    assert chaos.zero_one_test(value + flips * np.spacing(value)) == 0.0 or abs(value) < 1e-290


@pytest.mark.parametrize("shape", [(600, 1), (600, 3), (1, 600), (4, 300, 2), ()])
def test_several_orbits_are_not_laid_end_to_end(shape):
    """An ensemble of regular orbits, raveled, read 0.998."""
    with pytest.raises(ValueError, match=r"must be one orbit, of shape \(n,\), got .* as series\[:, 0\]"):
        chaos.zero_one_test(np.ones(shape))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_series_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="at least 200 finite values"):
        chaos.zero_one_test(np.r_[np.ones(300), bad])


@pytest.mark.parametrize("shift", [0.0, 1e3, -2e5])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_dimension_does_not_see_where_a_cloud_lies(dim, shift):
    points = np.random.default_rng(0).uniform(size=(4000, dim))
    expected = chaos.correlation_dimension(points, smallest=0.02, largest=0.1)
    assert expected == pytest.approx(dim, abs=0.15)
    moved = chaos.correlation_dimension(points + shift, smallest=0.02, largest=0.1)
    assert moved == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 2.5, -1e9])
@pytest.mark.parametrize("shape", [(2000,), (2000, 1), (2000, 3)])
def test_a_cloud_that_does_not_vary_has_no_dimension_to_measure(value, shape):
    with pytest.raises(ValueError, match=r"largest must be small compared with the attractor, got 0\.03 for"):
        chaos.correlation_dimension(np.full(shape, value))


def test_a_cloud_smaller_than_the_largest_radius_is_refused():
    points = np.random.default_rng(0).uniform(0, 0.01, size=(2000, 2))
    with pytest.raises(ValueError, match="largest must be small compared with the attractor"):
        chaos.correlation_dimension(points)
    chaos.correlation_dimension(points, smallest=3e-4, largest=1e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_clouds_that_are_not_finite_are_refused(bad):
    cloud = np.random.default_rng(0).uniform(size=(1500, 2))
    cloud[7, 1] = bad
    with pytest.raises(ValueError, match=r"points must be finite, got 1 number\(s\) that are not"):
        chaos.correlation_dimension(cloud)
    for radii in ({"smallest": bad}, {"largest": bad}, {"smallest": 0.1, "largest": 0.01}, {"smallest": 0.0}):
        with pytest.raises(ValueError, match="0 < smallest < largest expected"):
            chaos.correlation_dimension(np.zeros(1500), **radii)


@pytest.mark.parametrize("shape", [(2000, 2, 2), (2000, 0), ()])
def test_clouds_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"points must have shape \(n,\) or \(n, d\), got"):
        chaos.correlation_dimension(np.ones(shape))
