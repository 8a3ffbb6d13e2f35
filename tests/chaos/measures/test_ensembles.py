"""The descent itself, measured on ensembles, against predictions and the tabulated oracles. Mostly slow."""

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, HeavyBall, Nesterov, chaos, descend, generator
from lrtheory.measure import excess_kurtosis, ks_distance

P1 = chaos.periodic(1e-5)


def start(members=4096, *, reach=1.0, dim=1):
    return chaos.uniform_start(members, generator(0, "start"), reach=reach, dim=dim)


def settled(f, rule, *, burn=300, keep=1000, reach=1.0):
    start_points = start(reach=reach, dim=f.dim)
    return chaos.stationary_sample(rule, f, start_points, burn=burn, keep=keep)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lr", "eps", "variance", "within", "exponent", "largest"),
    [
        (0.5, 0.1, 0.11397, 3e-4, 0.9749, 0.5810),
        (0.5, 0.05, 0.17409, 5e-4, 1.6444, 0.8541),
        (1.0, 0.1, 0.45705, 2e-3, 1.6868, 1.0),
        (0.25, 0.05, 0.03395, 1e-4, 1.0490, 0.3117),
    ],
)
def test_at_finite_eps_the_map_has_the_tabulated_statistics(lr, eps, variance, within, exponent, largest):
    f = chaos.periodic(eps)
    x = settled(f, GradientDescent(lr))
    assert float(x.var()) == pytest.approx(variance, abs=within)
    assert float(x.abs().max()) == pytest.approx(largest, abs=2e-4)
    found = chaos.lyapunov_exponent(f, lr, start(), burn=300, steps=1000)
    assert found.value == pytest.approx(exponent, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "variance", "exponent"),
    [
        (chaos.two_tones(1e-4), 0.0526316, 6.5612),
        (chaos.aperiodic(1e-4), 0.0263158, 6.2400),
        (chaos.random_tones(1e-6, generator(0, "tones")), 0.0526316, None),
        (chaos.multiplicative(1e-5), 0.0267666, None),
    ],
)
def test_other_ripples_have_the_predicted_variance_and_exponent(f, variance, exponent):
    x = settled(f, GradientDescent(0.1))
    assert float(x.var()) == pytest.approx(variance, rel=0.01)
    if exponent is not None:
        found = chaos.lyapunov_exponent(f, 0.1, start(), burn=300, steps=300)
        assert found.value == pytest.approx(exponent, abs=0.01)


@pytest.mark.slow
def test_shapes_of_other_ripples_laws_are_the_tabulated_ones():
    rule = GradientDescent(0.1)
    assert excess_kurtosis(settled(chaos.two_tones(1e-4), rule)) == pytest.approx(-0.0787, abs=0.01)
    assert abs(excess_kurtosis(settled(chaos.random_tones(1e-6, generator(0, "tones")), rule))) < 0.05
    x = settled(chaos.multiplicative(1e-5), rule)
    centered = x - x.mean()
    assert float((centered**3).mean() / x.var() ** 1.5) == pytest.approx(0.5032, abs=0.015)


@pytest.mark.slow
def test_the_bias_of_the_gibbs_law_is_in_the_rate_and_not_in_eps():
    exact, gibbs = (law(P1, 0.1) for law in (chaos.stationary_law, chaos.gibbs_law))
    for eps, most in ((1e-3, 0.0045), (1e-4, 0.0033)):  # two samples' worth of noise above the tabulated ones
        x = settled(chaos.periodic(eps), GradientDescent(0.1), keep=2000)[::20]
        assert ks_distance(x, gibbs) == pytest.approx(0.0107, abs=0.002)
        assert ks_distance(x, exact) < most


@pytest.mark.slow
@pytest.mark.parametrize(("lr", "momentum"), [(0.05, 0.9), (0.02, 0.9), (0.05, 0.5)])
@pytest.mark.parametrize("kind", [HeavyBall, Nesterov])
def test_descent_with_momentum_has_the_predicted_variance(kind, lr, momentum):
    rule = kind(lr, momentum)
    x = settled(P1, rule, burn=600)
    assert float(x.var()) == pytest.approx(chaos.momentum_variance(P1, rule), rel=0.015)


@pytest.mark.parametrize("rule", [HeavyBall(0.05, 0.9), Nesterov(0.05, 0.9)])
def test_exponents_with_momentum_are_the_predicted_ones(rule):
    found = chaos.lyapunov_spectrum(rule, P1, start(256), burn=100, steps=500)
    assert found.exponents.tolist() == pytest.approx(chaos.momentum_exponents(P1, rule), abs=0.01)
    if isinstance(rule, HeavyBall):
        assert float(found.exponents.sum()) == pytest.approx(chaos.exponent_sum(rule), abs=1e-9)
        assert chaos.kaplan_yorke_dimension(found.exponents.tolist()) == pytest.approx(1.9867, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("amplitudes", [(1.0, 1.0), (1.0, 0.2)])
def test_the_matyas_descent_has_the_predicted_covariance_and_current(amplitudes):
    f = chaos.matyas(1e-4, amplitudes=amplitudes)
    x = settled(f, GradientDescent(0.1), burn=1500, keep=1500)
    expected, current = chaos.stationary_covariance(f, 0.1), chaos.probability_current(f, 0.1)
    assert np.allclose(torch.cov(x.reshape(-1, 2).T), expected, rtol=0.02)
    lagged = torch.einsum("tei,tej->ij", x[1:], x[:-1]) / x[1:, :, 0].numel()
    assert float((lagged - lagged.T)[0, 1]) == pytest.approx(float(current[0, 1]), rel=0.02, abs=3e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amplitudes", "exponents", "within"),
    [
        ((1.0, 1.0), (6.254, 6.175), 0.02),
        ((1.0, 0.2), (6.214, 4.605), 0.01),
    ],
)
def test_the_matyas_exponents_are_the_tabulated_ones(amplitudes, exponents, within):
    f = chaos.matyas(1e-4, amplitudes=amplitudes)
    found = chaos.lyapunov_spectrum(GradientDescent(0.1), f, start(256, dim=2), burn=300, steps=1500)
    assert found.exponents.tolist() == pytest.approx(exponents, abs=within)
    assert float(found.exponents.sum()) == pytest.approx(chaos.limiting_lyapunov_sum(f, 0.1), abs=0.01)


@pytest.mark.slow
def test_the_tilted_well_is_occupied_as_the_stochastic_map_and_not_as_gibbs_says():
    x = settled(chaos.double_well(1e-5), GradientDescent(0.1), burn=4000, keep=2000, reach=1.5)
    assert float((x > 0).double().mean()) == pytest.approx(0.281, abs=0.008)
    assert float((x**2).mean()) == pytest.approx(0.8835, abs=0.002)
    crossings = int(((x[1:] > 0.5) & (x[:-1] <= 0.5)).sum())
    assert crossings > 10_000


@pytest.mark.slow
def test_coupled_wells_have_the_tabulated_moments():
    f = chaos.coupled_wells(1e-5)
    x, y = settled(f, GradientDescent(0.1), burn=3000, keep=1500, reach=1.5).unbind(-1)
    assert float((x > 0).double().mean()) == pytest.approx(0.27, abs=0.01)
    assert float(y.mean()) == pytest.approx(-0.25 * float(x.mean()), abs=1e-3)
    moments = [float(product.mean()) for product in (x * x, x * y, y * y)]
    assert moments == pytest.approx([0.952, -0.237, 0.1645], abs=3e-3)


@pytest.mark.slow
def test_coupled_wells_descend_like_the_stochastic_map():
    f = chaos.coupled_wells(1e-5)
    at = start(dim=2, reach=1.5)
    rough = descend(GradientDescent(0.1), f, at, steps=3000).final
    noisy = descend(
        chaos.stochastic_rule(f, 0.1), f.large, at, steps=3000, generator=generator(0, "noise")
    ).final
    assert chaos.sliced_w1(rough, noisy, generator=generator(0, "directions")) < 0.03
