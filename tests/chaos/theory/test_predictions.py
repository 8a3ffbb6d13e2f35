"""Predictions beyond the parabola with one tone, against the tabulated oracles and second derivations."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, HeavyBall, Nesterov, chaos
from lrtheory.chaos.theory.limiting_exponents import mean_log_stretch

P1 = chaos.periodic(1e-5)


@pytest.mark.parametrize(("lr", "rho"), [(0.1, 0.97855), (1.0, 0.7855), (1.1, 0.96405)])
def test_contraction_rates_follow_from_both_curvatures(lr, rho):
    found = chaos.contraction_rate(lr, least_curvature=0.2145, largest_curvature=1.7855)
    assert found == pytest.approx(rho, abs=1e-12)


def test_the_support_of_a_parabola_is_the_kick_over_the_curvature_at_any_small_rate():
    for lr in (0.1, 0.5):
        radius = chaos.support_radius(lr, least_curvature=2.0, largest_curvature=2.0, largest_kick=1.0)
        assert radius == pytest.approx(0.5, rel=1e-12)
    beyond = chaos.support_radius(0.75, least_curvature=2.0, largest_curvature=2.0, largest_kick=1.0)
    assert beyond == pytest.approx(1.5, rel=1e-12)


def test_covariances_of_the_matyas_function_are_the_tabulated_ones():
    even, odd = chaos.matyas(1e-4), chaos.matyas(1e-4, amplitudes=(1.0, 0.2))
    for f, lr, expected in [
        (even, 0.1, [[0.326284, 0.299968], [0.299968, 0.326284]]),
        (odd, 0.1, [[0.192834, 0.155984], [0.155984, 0.146502]]),
        (even, 0.05, [[0.162817, 0.149996], [0.149996, 0.162817]]),
    ]:
        assert np.allclose(chaos.stationary_covariance(f, lr), expected, atol=1e-6)
    assert np.allclose(chaos.probability_current(even, 0.1), 0, atol=1e-15)
    assert float(chaos.probability_current(odd, 0.1)[0, 1]) == pytest.approx(-2.22394e-3, abs=1e-8)
    assert np.allclose(chaos.scalar_gibbs_covariance(odd, 0.1), [[0.169, 0.156], [0.156, 0.169]], atol=1e-6)


def test_small_rate_covariance_is_the_exact_one_up_to_second_order():
    f = chaos.matyas(1e-4, amplitudes=(1.0, 0.2))
    gaps = [
        float((chaos.stationary_covariance(f, lr) - chaos.small_rate_covariance(f, lr)).norm())
        for lr in (0.02, 0.01)
    ]
    assert math.log2(gaps[0] / gaps[1]) == pytest.approx(2, abs=0.05)


def test_the_covariance_of_one_weight_is_the_variance():
    for lr in (0.1, 1.5):
        exact = chaos.stationary_variance(P1, lr)
        assert float(chaos.stationary_covariance(P1, lr)) == pytest.approx(exact, rel=1e-12)


def test_the_gaussian_density_integrates_to_one_and_refuses_a_flat_covariance():
    covariance = chaos.stationary_covariance(chaos.matyas(1e-4, amplitudes=(1.0, 0.2)), 0.1)
    axis = torch.linspace(-4, 4, 801, dtype=torch.float64)
    plane = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1)
    assert float(chaos.gaussian_density(covariance, plane).sum()) * 1e-4 == pytest.approx(1, abs=1e-9)
    one_tone = chaos.two_scale(
        chaos.Quadratic(torch.eye(2).double()), 1e-3, amplitudes=[1.0], frequencies=[[1.0, 0.0]]
    )
    with pytest.raises(ValueError, match="covariance must be positive definite, got eigenvalues"):
        chaos.gaussian_density(chaos.stationary_covariance(one_tone, 0.1), plane)


def test_moments_of_multiplicative_noise_are_the_tabulated_ones():
    found = chaos.multiplicative_moments(chaos.multiplicative(1e-5), 0.1)
    assert found.variance == pytest.approx(0.0267666, abs=1e-7)
    assert found.skewness == pytest.approx(0.5032, abs=5e-5)


def test_the_ito_law_is_the_stochastic_map_at_small_rates():
    """Its variance misses the exact one by order lr^2, and Gibbs' law (no growth) is its special case."""
    f = chaos.multiplicative(1e-5)
    gaps = [
        chaos.ito_law(f, lr).variance - chaos.multiplicative_moments(f, lr).variance for lr in (0.08, 0.04)
    ]
    assert math.log2(gaps[0] / gaps[1]) == pytest.approx(2, abs=0.1)
    law = chaos.ito_law(f, 0.02)
    skewness = law.mean_of((law.points - law.mean) ** 3) / law.variance**1.5
    assert skewness == pytest.approx(chaos.multiplicative_moments(f, 0.02).skewness, rel=0.05)
    flat = chaos.ito_law(chaos.multiplicative(1e-5, growth=0.0), 0.1)
    gibbs = chaos.gibbs_law(P1, 0.1)
    assert np.allclose(flat.cdf(gibbs.points), gibbs.cumulative, atol=1e-6)


@pytest.mark.parametrize(
    ("f", "lr", "variance", "exponent"),
    [
        (chaos.two_tones(1e-4), 0.1, 0.0526316, 6.5612),
        (chaos.two_tones(1e-4, amplitudes=(1.0, 0.5)), 0.2, 0.0694444, 6.9078),
    ],
)
def test_two_tones_have_the_tabulated_variance_and_exponent(f, lr, variance, exponent):
    assert chaos.stationary_variance(f, lr) == pytest.approx(variance, abs=1e-7)
    assert chaos.limiting_lyapunov_exponent(f, lr) == pytest.approx(exponent, abs=1e-4)


def test_kurtosis_and_law_of_two_tones():
    f = chaos.two_tones(1e-4)
    assert chaos.stationary_kurtosis(f, 0.1) == pytest.approx(-0.0787, abs=5e-5)
    law = chaos.stationary_law(f, 0.1)
    assert law.variance == pytest.approx(chaos.stationary_variance(f, 0.1), rel=1e-8)
    assert law.mean_of(law.points**4) / law.variance**2 - 3 == pytest.approx(-0.0787, abs=5e-5)


def test_the_aperiodic_tone_kicks_like_one_tone_and_stretches_more():
    f = chaos.aperiodic(1e-4)
    assert chaos.stationary_variance(f, 0.1) == pytest.approx(0.0263158, abs=1e-7)
    assert chaos.aperiodic_lyapunov_exponent(f, 0.1) == pytest.approx(6.2400, abs=1e-4)
    with pytest.raises(ValueError, match="use aperiodic_lyapunov_exponent"):
        chaos.limiting_lyapunov_exponent(f, 0.1)


def test_bad_numbers_are_refused_by_name():
    wells = chaos.double_well(1e-3)
    for make, message in [
        (lambda: chaos.contraction_rate(1.2, least_curvature=1, largest_curvature=2), "nothing contracts"),
        (
            lambda: chaos.contraction_rate(0.1, least_curvature=0, largest_curvature=2),
            "curvatures must satisfy",
        ),
        (
            lambda: chaos.support_radius(0.1, least_curvature=1, largest_curvature=1, largest_kick=0),
            "largest_kick",
        ),
        (lambda: chaos.stationary_covariance(wells, 0.1), "quadratic large-scale part, got DoubleWell"),
        (lambda: chaos.stationary_covariance(chaos.matyas(1e-3), 2.5), "largest curvature. = 2, got 2.5"),
        (lambda: chaos.multiplicative_moments(P1, 0.1), "a swelling tone expected, got Tones"),
        (lambda: chaos.multiplicative_moments(chaos.multiplicative(1e-3, growth=5), 0.5), "grows too fast"),
        (lambda: chaos.aperiodic_lyapunov_exponent(P1, 0.1), "a quickening tone expected, got Tones"),
        (
            lambda: chaos.limiting_lyapunov_sum(chaos.two_tones(1e-3), 0.1),
            "as many tones as weights .* 2 for 1",
        ),
        (
            lambda: chaos.limiting_lyapunov_spectrum(chaos.matyas(1e-1), 0.1),
            "K = lr A w / eps must be at least 2",
        ),
        (lambda: mean_log_stretch(1.0, []), "stretches must be positive and finite"),
        (
            lambda: chaos.momentum_variance(P1, HeavyBall(4.0, 0.9)),
            "below 3.8 at momentum 0.9, got 4: unstable",
        ),
        (lambda: chaos.momentum_variance(P1, Nesterov(1.4, 0.9)), "below 1.357 at momentum 0.9, got 1.4"),
        (lambda: chaos.momentum_variance(P1, GradientDescent(0.1)), "rule must be a HeavyBall or a Nesterov"),
        (
            lambda: chaos.momentum_temperature(P1, HeavyBall(lambda t: 0.1, 0.9)),
            "a constant rate, one number",
        ),
        (
            lambda: chaos.momentum_exponents(P1, HeavyBall(1e-5, 0.9)),
            "K = lr A w / eps must be above 2, got 1",
        ),
        (lambda: chaos.momentum_exponents(P1, HeavyBall(0.1, 0.0)), "use limiting_lyapunov_exponent"),
        (
            lambda: chaos.momentum_exponents(chaos.matyas(1e-5), HeavyBall(0.1, 0.5)),
            "one tone and one weight",
        ),
        (lambda: chaos.exponent_sum(HeavyBall(0.1, 0.0)), "momentum must be above 0"),
        (lambda: chaos.kaplan_yorke_dimension([]), "at least one number and not NaN"),
        (lambda: chaos.regime(0.1, 0.0), "eps must be positive and finite, got 0"),
        (
            lambda: chaos.regime(0.1, 1e-3, largest_curvature=0.5),
            "largest_curvature must be at least curvature",
        ),
        (lambda: chaos.decorrelation(2.0, 1e-3), "lr must lie below 2 / curvature = 2, got 2"),
        (lambda: chaos.ModifiedLoss(P1, 0.0), "lr must be positive and finite, got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()


def test_dependent_tones_and_slanted_ones_are_refused_where_no_formula_holds():
    large = chaos.matyas(1.0).large
    parallel = chaos.two_scale(large, 1e-4, amplitudes=[1, 1], frequencies=[[1.0, 1.0], [2.5, 2.5]])
    slanted = chaos.two_scale(large, 1e-4, amplitudes=[1, 1], frequencies=[[1.0, 1.0], [0.0, 2.5]])
    with pytest.raises(ValueError, match="directions must be linearly independent"):
        chaos.limiting_lyapunov_sum(parallel, 0.1)
    with pytest.raises(ValueError, match="one tone along each axis expected"):
        chaos.limiting_lyapunov_spectrum(slanted, 0.1)
    flat = chaos.two_scale(
        chaos.Quadratic(torch.diag(torch.tensor([1.0, 0.0])).double()),
        1e-3,
        amplitudes=[1.0],
        frequencies=[[1.0, 0.5]],
    )
    with pytest.raises(ValueError, match="every curvature must be positive"):
        chaos.stationary_covariance(flat, 0.1)
