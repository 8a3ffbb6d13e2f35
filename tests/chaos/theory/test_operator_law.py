"""The law of the transfer operator has the moments of its weights, however much lies at the ends; exits."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from lrtheory import chaos


class Steep:
    """x^2/2 + x^4/8, a student's class with a loss alone."""

    dim = 1

    def loss(self, theta, samples=None):
        x = theta[..., 0]
        return x**2 / 2 + x**4 / 8


def ripple(small, large=None):
    return chaos.TwoScale(chaos.Quadratic(torch.ones(1, 1).double()) if large is None else large, small, 1e-4)


CASES = {
    "coin": (lambda: ripple(chaos.SquareWave(1.0)), (0.1, 0.5, 0.9)),
    "small coin": (lambda: ripple(chaos.SquareWave(0.01)), (0.6,)),
    "tone": (lambda: chaos.periodic(1e-4, amplitude=3.0), (0.1, 0.9, 0.99)),
    "flat tone": (lambda: chaos.periodic(1e-4, curvature=0.2), (0.5, 4.5)),
    "two tones": (lambda: chaos.two_tones(1e-4, amplitudes=(1.0, 0.2)), (0.9,)),
    "wells": (lambda: chaos.double_well(1e-4), (0.1, 0.05)),
    "steep": (lambda: chaos.two_scale(Steep(), 1e-4, amplitudes=[2.0], frequencies=[[1.0]]), (0.1, 0.2)),
}


@pytest.mark.parametrize("points", [301, 602])
@pytest.mark.parametrize(("make", "lr"), [(make, lr) for make, rates in CASES.values() for lr in rates])
def test_moments_are_those_of_the_weights(make, lr, points):
    """Half of the mass at each end was dropped: E x^2 was off by 3e-4."""
    operator = chaos.transfer_operator(make(), lr, points=points)
    weights, law, x = chaos.stationary_weights(operator), chaos.operator_law(operator), operator.points
    for values in (np.ones_like(x), x, x**2, x**4, np.cos(3 * x), np.exp(x)):
        assert law.mean_of(values) == pytest.approx((weights * values).sum(), rel=1e-12, abs=1e-12)
    assert law.cumulative[-1] == 1.0


def test_a_coin_at_half_the_rate_is_uniform():
    """At lr = 1/2 the coin's law is the uniform one on [-1, 1]: every binary digit is a toss."""
    law = chaos.operator_law(chaos.transfer_operator(chaos.square_wave(1e-4), 0.5, points=4001))
    assert law.variance == pytest.approx(1 / 3, rel=2e-6)
    assert np.abs(law.cdf(law.points) - (1 + law.points) / 2).max() < 5e-4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"points": 1}, "points must be at least 3, got 1"),
        ({"points": 0}, "points must be at least 3, got 0"),
        ({"points": 2.5}, "points must be a whole number"),
        ({"kicks": 1}, "kicks must be at least 2, got 1"),
        ({"kicks": -3}, "kicks must be at least 2, got -3"),
        ({"box": (1.0, -1.0)}, "box must be an interval"),
        ({"box": (-1.0, float("nan"))}, "box must be an interval"),
        ({"points": 3}, "the grid is too coarse"),
    ],
)
def test_grids_that_are_none_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        chaos.transfer_operator(chaos.periodic(1e-4), 0.1, **given)


@pytest.mark.parametrize("lr", [0.0, -0.1, float("nan"), float("inf"), True])
def test_rates_that_are_none_are_refused(lr):
    with pytest.raises(ValueError, match="lr must be positive and finite, got"):
        chaos.transfer_operator(chaos.periodic(1e-4), lr)


@pytest.mark.parametrize(("near", "kept"), [(0.985, True), (0.97, False), (1.0, True), (3.0, True)])
@pytest.mark.parametrize("side", [1, -1])
def test_a_box_is_large_enough_if_the_map_leaves_it_by_less_than_a_step(near, kept, side):
    """x/2 +- 1/2 keeps to (-1, 1): from the end of a smaller box it lands half of what is missing outside."""
    box = (-1.0, near) if side == 1 else (-near, 1.0)
    points = round((box[1] - box[0]) / 0.01) + 1
    if kept:
        operator = chaos.transfer_operator(chaos.square_wave(1e-4), 0.5, points=points, box=box)
        assert operator.matrix.sum(axis=1) == pytest.approx(np.ones(points))
    else:
        with pytest.raises(ValueError, match="the map leaves the box"):
            chaos.transfer_operator(chaos.square_wave(1e-4), 0.5, points=points, box=box)


def walk(size, chance, trap=None):
    """A gambler with so many coins at most, who wins one with a chance; what he does at the ends is free."""
    steps = np.diag(np.full(size - 1, chance), 1) + np.diag(np.full(size - 1, 1 - chance), -1)
    steps[0, 0], steps[-1, -1] = 1 - chance, chance
    if trap is not None:
        steps[trap] = np.eye(size)[trap]
    return chaos.TransferOperator(np.arange(size, dtype=float), csr_array(steps))


@pytest.mark.parametrize("size", [3, 6, 11])
@pytest.mark.parametrize("chance", [0.5, 0.3, 0.8])
def test_a_gambler_plays_as_long_as_is_known(size, chance):
    """He has k of n coins: k (n - k) turns of a fair coin, and the closed form of an unfair one."""
    n, ratio = size - 1, (1 - chance) / chance
    for k in range(1, n):
        turns = k * (n - k)
        if chance != 0.5:
            turns = (k - n * (1 - ratio**k) / (1 - ratio**n)) / (1 - 2 * chance)
        found = chaos.mean_exit_steps(walk(size, chance), k, interval=(0, n))
        assert found == pytest.approx(turns, rel=1e-12)
    for outside in (0.5, n - 0.5, n):
        with pytest.raises(ValueError, match="start must lie inside the interval and on the grid"):
            chaos.mean_exit_steps(walk(size, chance), outside, interval=(0, n))


def test_who_may_be_caught_never_leaves_in_the_mean():
    assert chaos.mean_exit_steps(walk(8, 0.5, trap=4), 2, interval=(0, 7)) == math.inf
    assert chaos.mean_exit_steps(walk(8, 0.5, trap=4), 2, interval=(0, 4)) == pytest.approx(4)
