"""The exact law at any rate, however small, in milliseconds: its moments, its limit, its product."""

import math

import numpy as np
import pytest
from scipy.special import j0
from scipy.stats import norm

from lrtheory import chaos

RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-9, 1e-14]
LOSSES = {
    "one tone": chaos.periodic(1e-5),
    "flat": chaos.periodic(1e-5, curvature=0.01, amplitude=3.0),
    "steep": chaos.periodic(1e-5, curvature=70.0, amplitude=-0.2),
    "two tones": chaos.two_tones(1e-5, amplitudes=(1.0, 0.3), curvature=3.0),
}


@pytest.mark.parametrize("lr", RATES)
@pytest.mark.parametrize("name", LOSSES)
def test_moments_are_the_exact_ones(name, lr):
    """At lr 1e-5 there was no answer in twelve seconds, at 1e-6 in two hundred."""
    f = LOSSES[name]
    law, variance = chaos.stationary_law(f, lr), chaos.stationary_variance(f, lr)
    assert law.variance == pytest.approx(variance, rel=1e-10)
    kurtosis = law.mean_of(law.points**4) / variance**2 - 3
    assert kurtosis == pytest.approx(chaos.stationary_kurtosis(f, lr), abs=1e-9)


@pytest.mark.parametrize("lr", [1e-3, 1e-5, 1e-8])
@pytest.mark.parametrize("name", LOSSES)
def test_the_law_is_a_gaussian_to_the_order_of_its_kurtosis(name, lr):
    """Edgeworth's first correction, kurtosis / 24 times the third Hermite polynomial, and a square beyond."""
    f = LOSSES[name]
    law, deviation = chaos.stationary_law(f, lr), math.sqrt(chaos.stationary_variance(f, lr))
    z, kurtosis = law.points / deviation, chaos.stationary_kurtosis(f, lr)
    plain = np.abs(law.cumulative - norm.cdf(z)).max()
    edgeworth = norm.cdf(z) - kurtosis / 24 * (z**3 - 3 * z) * norm.pdf(z)
    assert plain == pytest.approx(abs(kurtosis) / 24 * 0.5506, rel=0.05, abs=1e-10)
    assert np.abs(law.cumulative - edgeworth).max() < 0.05 * kurtosis**2 + 1e-11


@pytest.mark.parametrize("lr", [0.3, 0.02, 3e-4])
@pytest.mark.parametrize("name", ["one tone", "two tones"])
def test_the_characteristic_function_is_the_product_it_is_defined_by(name, lr):
    f = LOSSES[name]
    curvature = float(f.large.matrix)
    law, deviation = chaos.stationary_law(f, lr), math.sqrt(chaos.stationary_variance(f, lr))
    for t in np.array([0.3, 1.0, 2.5]) / deviation:
        expected, scale = 1.0, lr
        while scale * t > 1e-9:
            expected *= math.prod(j0(a * scale * t) for a in f.small.amplitudes.tolist())
            scale *= abs(1 - lr * curvature)
        assert law.mean_of(np.cos(t * law.points)) == pytest.approx(expected, abs=1e-10)


def test_what_rests_on_the_law_is_known_at_small_rates_too():
    f, lr = chaos.aperiodic(1e-9), 1e-6
    expected = math.log(lr / 1e-9 / 2) + chaos.stationary_variance(f, lr)  # E ln(1 + x^2) is E x^2 there
    assert chaos.aperiodic_lyapunov_exponent(f, lr) == pytest.approx(expected, abs=1e-12)
