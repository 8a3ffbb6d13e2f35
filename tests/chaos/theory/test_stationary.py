"""Predicted moments, laws and exponents against values derived another way."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from lrtheory import chaos, generator
from lrtheory.chaos.models.small_scale import Tones
from lrtheory.chaos.theory.stationary import slope_covariance, slope_variance
from lrtheory.measure import law_distances

F = chaos.periodic(1e-4)


@pytest.mark.parametrize(
    ("lr", "exact", "gibbs"),
    [
        (0.1, 0.0263158, 0.025),
        (0.5, 0.1666667, 0.125),
        (1.0, 0.5, 0.25),
        (1.5, 1.5, 0.375),
        (1.9, 9.5, 0.475),
    ],
)
def test_variances_are_the_tabulated_ones(lr, exact, gibbs):
    assert chaos.stationary_variance(F, lr) == pytest.approx(exact, rel=1e-6)
    assert chaos.gibbs_temperature(F, lr) == pytest.approx(gibbs, rel=1e-12)


@pytest.mark.parametrize(("lr", "kurtosis"), [(0.1, -0.15746), (0.5, -0.9), (1.5, -0.9)])
def test_kurtosis_is_the_tabulated_one(lr, kurtosis):
    assert chaos.stationary_kurtosis(F, lr) == pytest.approx(kurtosis, abs=1e-5)


def test_variance_solves_the_recursion_for_any_curvature_and_amplitude():
    f, lr = chaos.periodic(1e-4, curvature=3.0, amplitude=-0.7), 0.2
    v = chaos.stationary_variance(f, lr)
    assert v == pytest.approx((1 - lr * 3) ** 2 * v + lr**2 * 0.7**2 / 2, rel=1e-12)


@pytest.mark.parametrize("lr", [0.05, 0.1, 0.5, 1.5])
def test_the_exact_law_has_the_exact_moments(lr):
    law = chaos.stationary_law(F, lr)
    fourth = law.mean_of(law.points**4)
    assert law.mean == pytest.approx(0, abs=1e-12)
    assert law.variance == pytest.approx(chaos.stationary_variance(F, lr), rel=1e-8)
    assert fourth / law.variance**2 - 3 == pytest.approx(chaos.stationary_kurtosis(F, lr), abs=1e-7)


def test_the_exact_law_is_left_alone_by_the_map():
    """One step of the map, done by quadrature over the kick, gives the law back."""
    lr, law = 0.3, chaos.stationary_law(F, 0.3)
    for x in (-0.3, 0.0, 0.21):
        kicks = np.sin(2 * np.pi * (np.arange(2000) + 0.5) / 2000)
        stepped = law.cdf((x - lr * kicks) / (1 - lr)).mean()
        assert stepped == pytest.approx(float(law.cdf(x)), abs=2e-6)


@pytest.mark.parametrize(
    ("lr", "ks", "w1", "w2", "tv"),
    [
        (0.5, 0.069567, 6.7626e-2, 7.4338e-2, 0.148381),
        (0.1, 0.009836, 4.2998e-3, 4.9353e-3, 0.020162),
        (0.05, 0.004772, 1.47191e-3, 1.68949e-3, 0.009745),
        (0.01, 0.000933, 1.28449e-4, 1.47530e-4, 0.001900),
    ],
)
def test_distances_of_the_exact_law_from_gibbs_are_the_tabulated_ones(lr, ks, w1, w2, tv):
    found = law_distances(chaos.stationary_law(F, lr), chaos.gibbs_law(F, lr))
    assert found.ks == pytest.approx(ks, abs=1e-5)
    assert found.w1 == pytest.approx(w1, rel=0.01)
    assert found.w2 == pytest.approx(w2, rel=0.01)
    assert found.tv == pytest.approx(tv, rel=0.01)


def test_the_first_order_bias_is_the_tabulated_one():
    assert chaos.gibbs_ks_to_first_order(F, 0.01) == pytest.approx(0.0009276, abs=2e-7)


def test_the_gibbs_law_of_a_parabola_is_gaussian():
    x = torch.linspace(-0.5, 0.5, 11, dtype=torch.float64)[:, None]
    gaussian = torch.exp(-(x[:, 0] ** 2) / (2 * 0.025)) / math.sqrt(2 * math.pi * 0.025)
    assert torch.allclose(chaos.gibbs_density(F, 0.1, x), gaussian, rtol=1e-5)


def test_the_gibbs_law_of_the_double_well_is_the_tabulated_one():
    law = chaos.gibbs_law(chaos.double_well(1e-5), 0.1)
    assert 1 - float(law.cdf(0.0)) == pytest.approx(0.2915, abs=5e-5)
    assert law.mean == pytest.approx(-0.4105, abs=5e-5)
    assert law.mean_of(law.points**2) == pytest.approx(0.8961, abs=5e-5)


def test_the_gibbs_density_integrates_to_one():
    f = chaos.double_well(1e-5)

    def density(x):
        return float(chaos.gibbs_density(f, 0.1, torch.tensor([x], dtype=torch.float64)))

    assert quad(density, -4, 4, limit=200)[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("lr", "eps", "exponent"),
    [
        (0.1, 1e-4, 6.2146),
        (0.1, 1e-5, 8.5172),
        (0.5, 1e-5, 10.1266),
        (1.5, 1e-5, 11.2252),
        (0.1, 1e-3, 3.9120),
    ],
)
def test_limiting_exponents_are_the_tabulated_ones(lr, eps, exponent):
    assert chaos.limiting_lyapunov_exponent(chaos.periodic(eps), lr) == pytest.approx(exponent, abs=1e-4)


@pytest.mark.parametrize("eps", [0.02, 0.11, 0.2, 5.0])
def test_the_limiting_exponent_is_the_phase_average(eps):
    lr = 0.1
    average = quad(lambda u: math.log(abs(0.9 + lr / eps * math.cos(u))), 0, math.pi, limit=500)[0] / math.pi
    assert chaos.limiting_lyapunov_exponent(chaos.periodic(eps), lr) == pytest.approx(average, abs=1e-6)


def test_a_square_wave_never_stretches():
    assert chaos.limiting_lyapunov_exponent(chaos.square_wave(1e-3), 0.1) == pytest.approx(math.log(0.9))


def test_slopes_of_several_tones_add_their_variances():
    tones = Tones(
        torch.tensor([1.0, 0.5], dtype=torch.float64),
        torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64),
        torch.zeros(2, dtype=torch.float64),
    )
    f = chaos.TwoScale(chaos.Quadratic(torch.eye(2, dtype=torch.float64)), tones, 1e-3)
    assert torch.allclose(slope_covariance(f), torch.diag(torch.tensor([0.5, 0.125], dtype=torch.float64)))
    with pytest.raises(ValueError, match="the ripple's slope is not isotropic"):
        slope_variance(f)
    with pytest.raises(ValueError, match="a law on the line needs one weight, the loss has 2"):
        chaos.gibbs_law(f, 0.1)
    with pytest.raises(ValueError, match="one weight expected, got 2: use limiting_lyapunov_spectrum"):
        chaos.limiting_lyapunov_exponent(f, 0.1)


def test_the_kicks_fourth_cumulant_is_the_samples():
    kicks = F.small.random_slope(torch.zeros(400_000, 1, dtype=torch.float64), generator(0, "noise"))
    fourth = float((kicks**4).mean() - 3 * (kicks**2).mean() ** 2)
    assert fourth == pytest.approx(-0.375, abs=4e-3)


def test_bad_rates_are_refused_by_name():
    for lr in (0.0, -0.1, math.nan):
        with pytest.raises(ValueError, match="lr must be positive and finite, got"):
            chaos.gibbs_temperature(F, lr)
    with pytest.raises(ValueError, match=r"lr must lie below 2 / curvature = 2, got 2\.5"):
        chaos.stationary_variance(F, 2.5)
    with pytest.raises(ValueError, match=r"an exact law is known for a quadratic .* got DoubleWell in 1"):
        chaos.stationary_variance(chaos.double_well(1e-3), 0.1)
    with pytest.raises(ValueError, match="a ripple of tones expected, got SquareWave"):
        chaos.stationary_law(chaos.square_wave(1e-3), 0.1)
    with pytest.raises(ValueError, match=r"must not be within 0\.25 of 1, got 1"):
        chaos.stationary_law(F, 1.0)


def test_a_loss_that_falls_for_ever_has_no_gibbs_law():
    class Slope:
        dim = 1

        def loss(self, theta, samples=None):
            return theta[..., 0]

    f = chaos.TwoScale(Slope(), chaos.periodic(1e-3).small, 1e-3)
    with pytest.raises(ValueError, match="f0 does not rise at both ends"):
        chaos.gibbs_law(f, 0.1)
