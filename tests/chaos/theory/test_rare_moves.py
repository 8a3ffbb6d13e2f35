"""Escapes and the transfer operator: exact exponents, mean exit times and laws without a run."""

import math

import numpy as np
import pytest
import torch

from lrtheory import chaos
from lrtheory.measure import law_distances

pytestmark = pytest.mark.slow  # together more than a quick run can afford


def wells(amplitude, tilt=0.0):
    return chaos.double_well(1e-5, amplitude=amplitude, tilt=tilt)


def test_the_barrier_of_the_quasi_potential_is_the_tabulated_one():
    f = wells(1.0)
    assert chaos.quasi_potential_barrier(f, -1.0, 0.0) == pytest.approx(1.117105, abs=1e-5)
    assert chaos.gibbs_barrier(f, -1.0, 0.0) == pytest.approx(1.0, rel=1e-12)


def test_weak_kicks_never_cross_and_stronger_ones_may():
    assert chaos.quasi_potential_barrier(wells(0.3), -1.0, 0.0) == math.inf
    assert not chaos.barrier_is_crossable(wells(0.384), -1.0, 0.0)
    assert chaos.barrier_is_crossable(wells(0.386), -1.0, 0.0)
    assert chaos.quasi_potential_slope(wells(0.3), 2.0) == math.inf
    assert chaos.quasi_potential_slope(wells(1.0), -1.0) == 0


def test_strong_kicks_make_the_quasi_potential_gibbs():
    f = wells(50.0)
    assert chaos.quasi_potential_barrier(f, -1, 0) == pytest.approx(chaos.gibbs_barrier(f, -1, 0), rel=1e-4)


@pytest.mark.parametrize(
    "ripple", [chaos.SquareWave(0.7), chaos.two_tones(1.0).small, chaos.periodic(1.0).small]
)
def test_the_quasi_potential_solves_its_equation(ripple):
    from lrtheory import generator

    f = chaos.TwoScale(chaos.Quadratic(torch.ones(1, 1).double()), ripple, 1e-4)
    p = chaos.quasi_potential_slope(f, 0.4)
    kicks = ripple.random_slope(torch.zeros(2_000_000, 1, dtype=torch.float64), generator(0, "noise"))
    assert math.log(float((p * kicks).exp().mean())) == pytest.approx(p * 0.4, rel=5e-3)


@pytest.mark.parametrize(("lr", "steps"), [(0.2, 5739), (0.15, 4.992e4), (0.1, 3.126e6), (0.06, 8.941e9)])
def test_mean_exit_steps_are_the_tabulated_ones(lr, steps):
    operator = chaos.transfer_operator(wells(1.0), lr, points=3001)
    assert chaos.mean_exit_steps(operator, -1.0, interval=(-math.inf, 0.5)) == pytest.approx(steps, rel=0.01)


def test_exit_times_grow_as_the_quasi_potential_says_and_not_as_gibbs_does():
    times = []
    for lr in (0.08, 0.06):
        operator = chaos.transfer_operator(wells(1.0), lr, points=3001)
        times.append(math.log(lr * chaos.mean_exit_steps(operator, -1.0, interval=(-math.inf, 0.5))))
    slope = (times[1] - times[0]) / (1 / 0.06 - 1 / 0.08)
    assert slope == pytest.approx(1.117, abs=0.02)


def test_the_transfer_operator_of_the_tilted_well_is_the_tabulated_one():
    operator = chaos.transfer_operator(wells(2.0, 0.05), 0.1)
    weights, x = chaos.stationary_weights(operator), operator.points
    assert weights[x > 0].sum() == pytest.approx(0.28212, abs=2e-5)
    assert (weights @ x, weights @ x**2) == pytest.approx((-0.42320, 0.88373), abs=2e-5)
    steps = chaos.mean_exit_steps(operator, -1.0241203, interval=(-math.inf, 0.5))
    assert steps == pytest.approx(1006.5, rel=0.002)
    weaker = chaos.transfer_operator(wells(1.5, 0.05), 0.1)
    assert chaos.stationary_weights(weaker)[weaker.points > 0].sum() == pytest.approx(0.1346, abs=1e-4)


@pytest.mark.parametrize("f", [chaos.periodic(1e-5), chaos.two_tones(1e-5)])
def test_the_transfer_operator_of_a_parabola_has_the_exact_law(f):
    law = chaos.operator_law(chaos.transfer_operator(f, 0.1, points=1501))
    found = law_distances(law, chaos.stationary_law(f, 0.1))
    assert found.ks < 1e-3 and found.w1 < 2e-4


def test_the_transfer_operator_knows_multiplicative_noise_and_square_waves():
    f = chaos.multiplicative(1e-5)
    law = chaos.operator_law(chaos.transfer_operator(f, 0.1, points=3001))
    assert law.variance == pytest.approx(chaos.multiplicative_moments(f, 0.1).variance, rel=0.01)
    coin = chaos.square_wave(1e-5)
    law = chaos.operator_law(chaos.transfer_operator(coin, 0.1))
    assert law.variance == pytest.approx(chaos.stationary_variance(coin, 0.1), rel=0.01)


@pytest.mark.slow
def test_averages_miss_gibbs_by_the_square_of_the_rate():
    f, rates = chaos.wavy_parabola(1e-5), (0.2, 0.1, 0.05, 0.025)
    expected = {0.2: (0.154173, 0.150426), 0.1: (0.124706, 0.123823), 0.05: (0.111993, 0.111774)}
    gaps = []
    for lr in rates:
        operator = chaos.transfer_operator(f, lr, points=3001)
        weights, x, gibbs = chaos.stationary_weights(operator), operator.points, chaos.gibbs_law(f, lr)
        pairs = [
            (weights @ h(x), gibbs.mean_of(h(gibbs.points)))
            for h in (lambda x: x, np.square, lambda x: np.cos(3 * x))
        ]
        gaps.append([exact - approximate for exact, approximate in pairs])
        if lr in expected:
            assert pairs[1] == pytest.approx(expected[lr], abs=4e-6)
    orders = np.diff(-np.log2(np.abs(gaps)), axis=0)
    assert np.allclose(orders, 2.0, atol=0.15)


def test_the_tail_of_gibbs_is_too_heavy_by_the_tabulated_factor():
    f = chaos.periodic(1e-5)
    exact = 2 * float(chaos.stationary_law(f, 0.05).cdf(-0.5))
    gibbs = 2 * float(chaos.gibbs_law(f, 0.05).cdf(-0.5))
    assert (exact, gibbs) == pytest.approx((2.50e-6, 7.74e-6), rel=0.01)


def test_three_tones_need_a_run_and_a_loss_without_walls_a_box():
    from lrtheory import generator

    with pytest.raises(ValueError, match="one or two tones expected, got 3"):
        chaos.transfer_operator(chaos.random_tones(1e-3, generator(0, "tones"), tones=3), 0.1)

    class Flat:
        dim = 1

        def loss(self, theta, samples=None):
            return (1 + theta[..., 0] ** 2).sqrt()

    gentle = chaos.two_scale(Flat(), 1e-3, amplitudes=[2.0], frequencies=[[1.0]])
    with pytest.raises(ValueError, match="the large-scale slope never exceeds the kicks: give a box"):
        chaos.transfer_operator(gentle, 0.1)


def test_a_trapped_map_never_exits():
    operator = chaos.transfer_operator(wells(0.3), 0.1)
    assert chaos.mean_exit_steps(operator, -1.0, interval=(-math.inf, 0.5)) == math.inf
