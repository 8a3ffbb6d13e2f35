"""Predicted exponents, momentum, regimes and the modified loss, against oracles and second derivations."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from lrtheory import GradientDescent, HeavyBall, Nesterov, chaos, generator
from lrtheory.chaos.theory.limiting_exponents import mean_log_stretch
from lrtheory.landscape import autograd_gradient

P1 = chaos.periodic(1e-5)


@pytest.mark.parametrize(("shrink", "stretches"), [(0.9, [3.0]), (0.9, [0.5]), (-0.5, [2.0, 0.7])])
def test_phase_averages_are_integrals(shrink, stretches):
    if len(stretches) == 1:
        k = stretches[0]
        singular = [math.acos(-shrink / k)] if k > abs(shrink) else None
        integral = quad(
            lambda t: math.log(abs(shrink + k * math.cos(t))), 0, math.pi, points=singular, limit=500
        )[0]
        assert mean_log_stretch(shrink, stretches) == pytest.approx(integral / math.pi, abs=1e-6)
    else:
        t = math.pi * (np.arange(4000) + 0.5) / 4000
        grid = np.log(np.abs(shrink + np.add.outer(stretches[0] * np.cos(t), stretches[1] * np.cos(t))))
        assert mean_log_stretch(shrink, stretches) == pytest.approx(float(grid.mean()), abs=1e-4)


def test_the_average_over_many_tones_does_not_depend_on_the_method():
    """A third tone too weak to matter turns the grid into the Sobol sequence, and changes nothing."""
    assert mean_log_stretch(0.3, [2.0, 1.5, 1e-9]) == pytest.approx(
        mean_log_stretch(0.3, [2.0, 1.5]), abs=1e-3
    )


def test_exponents_in_two_weights_are_the_tabulated_ones():
    even, odd = chaos.matyas(1e-4), chaos.matyas(1e-4, amplitudes=(1.0, 0.2))
    assert chaos.limiting_lyapunov_sum(even, 0.1) == pytest.approx(12.4292, abs=1e-4)
    assert chaos.limiting_lyapunov_spectrum(odd, 0.1) == pytest.approx([6.2146, 4.6052], abs=1e-4)


def test_the_exponent_sum_of_slanted_tones_is_the_average_log_determinant():
    f = chaos.two_scale(
        chaos.matyas(1.0).large, 1e-4, amplitudes=[1.0, 0.6], frequencies=[[1.0, 0.4], [-0.3, math.sqrt(2)]]
    )
    x = torch.randn(200_000, 2, generator=generator(0, "x"), dtype=torch.float64)
    measured = float((torch.eye(2) - 0.1 * f.hessian(x)).det().abs().log().mean())
    assert chaos.limiting_lyapunov_sum(f, 0.1) == pytest.approx(measured, abs=0.02)


@pytest.mark.parametrize(
    ("lr", "momentum", "heavy", "nesterov"),
    [(0.05, 0.9, 0.126667, 0.087385), (0.02, 0.9, 0.050265, 0.042599), (0.05, 0.5, 0.025424, 0.024220)],
)
def test_variances_with_momentum_are_the_tabulated_ones(lr, momentum, heavy, nesterov):
    assert chaos.momentum_variance(P1, HeavyBall(lr, momentum)) == pytest.approx(heavy, abs=1e-6)
    assert chaos.momentum_variance(P1, Nesterov(lr, momentum)) == pytest.approx(nesterov, abs=1e-6)


def test_without_momentum_both_rules_have_the_plain_variance():
    for rule in (HeavyBall(0.3, 0.0), Nesterov(0.3, 0.0)):
        assert chaos.momentum_variance(P1, rule) == pytest.approx(
            chaos.stationary_variance(P1, 0.3), rel=1e-12
        )


def test_the_temperature_with_momentum_is_the_small_rate_limit_of_the_variance():
    for kind in (HeavyBall, Nesterov):
        rule = kind(1e-5, 0.9)
        assert chaos.momentum_variance(P1, rule) == pytest.approx(
            chaos.momentum_temperature(P1, rule), rel=1e-3
        )


def test_exponents_with_momentum_are_the_tabulated_ones():
    heavy, nesterov = HeavyBall(0.05, 0.9), Nesterov(0.05, 0.9)
    assert chaos.momentum_exponents(P1, heavy) == pytest.approx((7.824, -7.929), abs=1e-3)
    assert sum(chaos.momentum_exponents(P1, heavy)) == pytest.approx(chaos.exponent_sum(heavy), abs=1e-12)
    assert chaos.momentum_exponents(P1, nesterov) == pytest.approx((8.4659, -0.7472), abs=1e-4)
    dimension = chaos.kaplan_yorke_dimension(chaos.momentum_exponents(P1, heavy))
    assert dimension == pytest.approx(1.9867, abs=1e-4)


@pytest.mark.parametrize(
    ("exponents", "dimension"),
    [([-1.0], 0), ([0.5, -1.0], 1.5), ([0.5, 0.1, -1.2, -3], 2.5), ([1.0, 0.5], 2)],
)
def test_kaplan_yorke_dimensions(exponents, dimension):
    assert chaos.kaplan_yorke_dimension(exponents) == pytest.approx(dimension, rel=1e-12)


@pytest.mark.parametrize(
    ("lr", "eps", "name"),
    [
        (1e-5, 1e-3, "small"),
        (1.9e-3, 1e-3, "small"),
        (2.5e-3, 1e-3, "transition"),
        (4.5e-3, 1e-3, "transition"),
        (5e-3, 1e-3, "large"),
        (1.9, 1e-3, "large"),
        (2.0, 1e-3, "too large"),
    ],
)
def test_regimes_are_told_apart(lr, eps, name):
    found = chaos.regime(lr, eps)
    assert (found.name, found.meaning) == (name, chaos.REGIMES[name])


def test_the_gibbs_law_is_trusted_only_where_kicks_are_independent_and_the_rate_small():
    assert chaos.regime(0.1, 1e-4).gibbs_is_accurate
    assert not chaos.regime(0.1, 3e-2).gibbs_is_accurate
    assert not chaos.regime(0.01, 1e-3).gibbs_is_accurate
    assert not chaos.regime(1.5, 1e-5).gibbs_is_accurate


def test_the_decorrelation_number_is_the_tabulated_one():
    assert chaos.decorrelation(0.01, 1e-3) == pytest.approx(0.125, abs=1e-3)


def test_the_modified_loss_keeps_every_critical_point_and_has_its_own_gradient():
    f = chaos.periodic(0.1)
    modified = chaos.ModifiedLoss(f, 0.5)
    x = torch.linspace(-1, 1, 21, dtype=torch.float64)[:, None]
    step = 1e-6
    slope = (modified.loss(x + step) - modified.loss(x - step)) / (2 * step)
    assert torch.allclose(modified.gradient(x)[:, 0], slope, atol=1e-5)
    stationary = torch.as_tensor(chaos.critical_points(f, box=(-2, 2)))[:, None]
    assert float(modified.gradient(stationary).abs().max()) < 1e-10
    assert torch.allclose(chaos.ModifiedLoss(f, 1e-9).gradient(x), autograd_gradient(f, x), atol=1e-6)


def test_the_modified_loss_stays_in_the_well_that_the_descent_leaves():
    from lrtheory import descend

    f, lr = chaos.double_well(1e-2), 0.1
    start = torch.tensor([[0.97]], dtype=torch.float64)
    modified = chaos.ModifiedLoss(f, lr)
    flowed = descend(GradientDescent(1e-4), modified, start, steps=1000).final
    jumped = descend(GradientDescent(lr), f, start, steps=3000, every=1).theta
    assert abs(float(flowed) - 0.97) < 2 * math.pi * 1e-2
    assert float(jumped.min()) < -0.5
