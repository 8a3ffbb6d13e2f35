"""Exponents, twins, cycles and identities measured on maps whose answers are known."""

import math

import pytest
import torch

from lrtheory import GradientDescent, chaos, descend, generator
from lrtheory.measure import excess_kurtosis, ks_distance


def start(members=4096, seed=0):
    return chaos.uniform_start(members, generator(seed, "start"))


def settled(eps, lr, members=4096):
    return chaos.stationary_sample(
        GradientDescent(lr), chaos.periodic(eps), start(members), burn=300, keep=1000
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lr", "eps", "tolerance"),
    [
        (0.1, 1e-4, 0.015),
        (0.1, 1e-5, 0.01),
        (0.5, 1e-5, 0.01),
        (1.5, 1e-5, 0.01),
    ],
)
def test_descent_has_the_variance_of_the_stochastic_map(lr, eps, tolerance):
    x = settled(eps, lr)
    expected = chaos.stationary_variance(chaos.periodic(eps), lr)
    assert float(x.var()) == pytest.approx(expected, rel=tolerance)
    assert excess_kurtosis(x) == pytest.approx(chaos.stationary_kurtosis(chaos.periodic(eps), lr), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lr", "eps", "exponent"),
    [
        (0.1, 1e-4, 6.2146),
        (0.1, 1e-5, 8.5172),
        (0.5, 1e-5, 10.1266),
        (1.5, 1e-5, 11.2252),
        (0.1, 1e-3, 3.9120),
        (0.5, 0.05, 1.6444),
        (0.5, 0.1, 0.9749),
    ],
)
def test_exponents_are_the_tabulated_ones(lr, eps, exponent):
    found = chaos.lyapunov_exponent(chaos.periodic(eps), lr, start(), burn=300, steps=1000)
    assert found.value == pytest.approx(exponent, abs=0.01 if eps < 0.01 else 0.002)


def test_descent_and_the_stochastic_map_share_their_law():
    f = chaos.periodic(1e-5)
    law = chaos.stationary_law(f, 0.1)
    last = chaos.stationary_sample(GradientDescent(0.1), f, start(), burn=300, keep=1)
    kicked = chaos.stationary_sample(
        chaos.stochastic_rule(f, 0.1), f.large, start(), burn=300, keep=1, generator=generator(0, "noise")
    )
    assert ks_distance(last, law) < 1.95 / math.sqrt(4096)
    assert ks_distance(kicked, law) < 1.95 / math.sqrt(4096)


def test_the_exponent_of_a_smooth_parabola_is_its_contraction():
    f = chaos.TwoScale(chaos.periodic(1.0).large, chaos.SquareWave(0.5), 1e-2)
    found = chaos.lyapunov_exponent(f, 0.3, start(16), burn=10, steps=50)
    assert found.value == pytest.approx(math.log(0.7), rel=1e-12)


@pytest.mark.parametrize(
    ("eps", "period", "variance"), [(1e-2, 2, 0.002770), (1e-3, 19, 0.014325), (1e-4, 116, 0.041340)]
)
def test_the_square_wave_ends_in_the_tabulated_cycles(eps, period, variance):
    f = chaos.square_wave(eps)
    assert chaos.cycle_period(f, 0.1, 0.3, burn=4000, longest=500) == period
    at = torch.tensor([[0.3]], dtype=torch.float64)
    orbit = chaos.stationary_sample(GradientDescent(0.1), f, at, burn=4000, keep=period)
    assert float(orbit.var(correction=0)) == pytest.approx(variance, abs=5e-6)


def test_a_chaotic_orbit_has_no_period():
    assert chaos.cycle_period(chaos.periodic(1e-4), 0.1, 0.3, burn=100, longest=2000) is None


@pytest.mark.parametrize("f", [chaos.periodic(1e-3), chaos.double_well(0.02), chaos.square_wave(0.1)])
def test_identities_hold_to_rounding_on_any_loss(f):
    path = descend(GradientDescent(0.1), f, start(32), steps=500, every=1).theta
    found = chaos.stationarity_identities(f, 0.1, path)
    assert torch.allclose(found.mean_gradient, found.telescoped_gradient, atol=1e-13)
    assert torch.allclose(found.virial, found.telescoped_virial, atol=1e-13)


@pytest.mark.parametrize("f", [chaos.matyas(0.2, amplitudes=(0.7, -1.4)), chaos.double_well(0.3)])
@pytest.mark.parametrize("lr", [0.05, 0.4])
def test_the_identities_hold_from_one_step_on_and_a_point_alone_is_refused(f, lr):
    theta = 0.3 + 0.2 * torch.arange(3 * f.dim, dtype=torch.float64).reshape(3, f.dim)
    step = theta - lr * f.gradient(theta)
    found = chaos.stationarity_identities(f, lr, torch.stack([theta, step]))
    assert torch.allclose(found.mean_gradient, f.gradient(theta), rtol=1e-12)
    assert torch.allclose(found.telescoped_gradient, f.gradient(theta), rtol=1e-11)
    virial = 2 * (theta * f.gradient(theta)).sum(1) - lr * (f.gradient(theta) ** 2).sum(1)
    assert torch.allclose(found.virial, virial, rtol=1e-12)
    assert torch.allclose(found.telescoped_virial, virial, rtol=1e-10)
    with pytest.raises(ValueError, match="at least two finite positions"):
        chaos.stationarity_identities(f, lr, theta[None])


def test_an_identity_fails_for_the_wrong_rate():
    f = chaos.periodic(1e-3)
    path = descend(GradientDescent(0.1), f, start(8), steps=20, every=1).theta
    found = chaos.stationarity_identities(f, 0.11, path)
    assert not torch.allclose(found.mean_gradient, found.telescoped_gradient, atol=1e-6)


def test_twins_on_a_parabola_approach_by_the_contraction():
    f = chaos.TwoScale(chaos.periodic(1.0).large, chaos.SquareWave(0.5), 1e-2)
    at = torch.tensor([[0.4003]], dtype=torch.float64)
    gap = chaos.pair_distance(GradientDescent(0.3), f, at, delta=1e-9, steps=4)[:, 0]
    assert torch.allclose(gap, 1e-9 * 0.7 ** torch.arange(5, dtype=torch.float64), rtol=1e-6)


def test_chaotic_twins_are_as_far_apart_as_strangers_after_a_few_steps():
    gap = chaos.pair_distance(GradientDescent(0.1), chaos.periodic(1e-5), start(), delta=1e-14, steps=40)
    strangers = (2 * chaos.stationary_variance(chaos.periodic(1e-5), 0.1)) ** 0.5
    assert float((gap[-1] ** 2).mean().sqrt()) == pytest.approx(strangers, rel=0.05)


def test_bad_input_is_refused_by_name():
    f = chaos.periodic(1e-3)
    with pytest.raises(ValueError, match=r"start must be float64, got torch\.float32"):
        chaos.stationary_sample(GradientDescent(0.1), f, start().float(), burn=1, keep=1)
    with pytest.raises(ValueError, match="delta must be positive and finite, got 0"):
        chaos.pair_distance(GradientDescent(0.1), f, start(), delta=0.0, steps=1)
    plane = chaos.TwoScale(
        chaos.Quadratic(torch.eye(2, dtype=torch.float64)),
        chaos.Tones(torch.ones(2).double(), torch.eye(2, dtype=torch.float64), torch.zeros(2).double()),
        0.1,
    )
    with pytest.raises(ValueError, match="the loss has 2 weights: this exponent is for maps of the line"):
        chaos.lyapunov_exponent(plane, 0.1, start(), burn=1, steps=1)
    with pytest.raises(FloatingPointError, match="diverged at step"):
        chaos.stationary_sample(GradientDescent(2.5), f, start(2), burn=5000, keep=1)
