"""The descent itself, measured on ensembles, against predictions and the tabulated oracles. Mostly slow."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from lrtheory import GradientDescent, HeavyBall, Nesterov, chaos, descend, generator
from lrtheory.measure import excess_kurtosis, ks_distance

P1 = chaos.periodic(1e-5)
TURNED = chaos.periodic(0.1, amplitude=-1.0)


def start(members=4096, *, reach=1.0, dim=1):
    return chaos.uniform_start(members, generator(0, "start"), reach=reach, dim=dim)


def settled(f, rule, *, burn=300, keep=1000, reach=1.0):
    start_points = start(reach=reach, dim=f.dim)
    return chaos.stationary_sample(rule, f, start_points, burn=burn, keep=keep)


def orbit(f, lr, x, keep, burn=2000):
    at = torch.tensor([[x]], dtype=torch.float64)
    return chaos.stationary_sample(GradientDescent(lr), f, at, burn=burn, keep=keep)[:, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lr", "eps", "variance", "within", "exponent", "largest"),
    [(0.5, 0.1, 0.11397, 3e-4, 0.9749, 0.5810), (0.5, 0.05, 0.17409, 5e-4, 1.6444, 0.8541),
     (1.0, 0.1, 0.45705, 2e-3, 1.6868, 1.0), (0.25, 0.05, 0.03395, 1e-4, 1.0490, 0.3117)],
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
    [(chaos.two_tones(1e-4), 0.0526316, 6.5612), (chaos.aperiodic(1e-4), 0.0263158, 6.2400),
     (chaos.random_tones(1e-6, generator(0, "tones")), 0.0526316, None), (chaos.multiplicative(1e-5), 0.0267666, None)],
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
@pytest.mark.parametrize(("amplitudes", "exponents", "within"), [
    ((1.0, 1.0), (6.254, 6.175), 0.02), ((1.0, 0.2), (6.214, 4.605), 0.01),
])
def test_the_matyas_exponents_are_the_tabulated_ones(amplitudes, exponents, within):
    f = chaos.matyas(1e-4, amplitudes=amplitudes)
    found = chaos.lyapunov_spectrum(GradientDescent(0.1), f, start(256, dim=2), burn=300, steps=1500)
    assert found.exponents.tolist() == pytest.approx(exponents, abs=within)
    assert float(found.exponents.sum()) == pytest.approx(chaos.limiting_lyapunov_sum(f, 0.1), abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "lr", "x", "chaotic"),
    [(chaos.periodic(1e-3), 0.1, 0.3, True), (chaos.periodic(1e-3), 0.5, 0.3, True), (chaos.periodic(1e-3), 1e-3, 0.3, False),
     (TURNED, 0.25, 0.03, False), (TURNED, 0.32, 0.03, False), (TURNED, 0.34, 0.03, True), (TURNED, 0.45, 0.03, True)],
)
def test_the_zero_one_test_tells_in_well_cycles_from_chaos(f, lr, x, chaotic):
    found = chaos.zero_one_test(orbit(f, lr, x, 5000))
    assert (found > 0.95) if chaotic else (abs(found) < 0.05)


def test_the_attractor_on_the_line_has_dimension_one():
    points = orbit(chaos.periodic(1e-3), 0.1, 0.3, 20_000)
    assert chaos.correlation_dimension(points) == pytest.approx(0.999, abs=0.03)


@pytest.mark.slow
def test_positions_forget_as_predicted_and_slopes_at_once():
    x = settled(P1, GradientDescent(0.1), keep=800)[..., 0]
    predicted = [chaos.stationary_autocorrelation(P1, 0.1, lag) for lag in range(11)]
    assert chaos.autocorrelation(x, lags=10) == pytest.approx(predicted, abs=0.01)
    slopes = -P1.small.slope(x[..., None], P1.eps)[..., 0]
    assert np.abs(chaos.autocorrelation(slopes, lags=10)[1:]).max() < 4 / math.sqrt(slopes.numel()) + 2e-3


@pytest.mark.slow
def test_a_tiny_ball_becomes_the_stationary_law():
    unit = torch.rand(200_000, 1, generator=generator(0, "ball"), dtype=torch.float64)
    watch = {"mean": lambda theta: theta.mean(), "std": lambda theta: theta.std()}
    path = descend(GradientDescent(0.1), P1, 0.7 + 1e-9 * (2 * unit - 1), steps=60, every=1, observe=watch, keep_theta=False)
    assert float(path.observed["mean"][40]) == pytest.approx(0.7 * 0.9**40, abs=1.5e-3)
    assert float(path.observed["std"][40]) == pytest.approx(0.1621, abs=1e-3)
    assert float(path.observed["std"][1]) < 1e-4
    assert ks_distance(path.final, chaos.stationary_law(P1, 0.1)) < 0.005


@pytest.mark.slow
def test_the_tilted_well_is_occupied_as_the_stochastic_map_and_not_as_gibbs_says():
    x = settled(chaos.double_well(1e-5), GradientDescent(0.1), burn=4000, keep=2000, reach=1.5)
    assert float((x > 0).double().mean()) == pytest.approx(0.281, abs=0.008)
    assert float((x**2).mean()) == pytest.approx(0.8835, abs=0.002)
    crossings = int(((x[1:] > 0.5) & (x[:-1] <= 0.5)).sum())
    assert crossings > 10_000


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_kicks_below_the_barriers_slope_never_cross(side):
    f = chaos.double_well(1e-5, amplitude=0.3, tilt=0.0)
    at = side + 0.01 * start(1024)
    for rule, landscape in ((GradientDescent(0.1), f), (chaos.stochastic_rule(f, 0.1), f.large)):
        path = descend(rule, landscape, at, steps=1000, every=1, observe={"least": lambda t: (t * side).min()},
                       keep_theta=False, generator=generator(0, "noise"))
        assert float(path.observed["least"].min()) > 0.5


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
    noisy = descend(chaos.stochastic_rule(f, 0.1), f.large, at, steps=3000, generator=generator(0, "noise")).final
    assert chaos.sliced_w1(rough, noisy, generator=generator(0, "directions")) < 0.03


@pytest.mark.slow
def test_three_attractors_coexist():
    f = chaos.periodic(0.03)
    for x, variance, exponent, period in [(0.7123, 0.12497, 0.414, None), (0.3, 0.2501, -0.0488, 6), (-0.51, 0.1086, -0.4177, 6)]:
        at = torch.full((2, 1), x, dtype=torch.float64)
        steps = 20_000 if period is None else 2000
        found = chaos.lyapunov_exponent(f, 0.5, at, burn=3000, steps=steps).value
        assert found == pytest.approx(exponent, abs=0.01 if period is None else 3e-3)
        assert chaos.cycle_period(f, 0.5, x, burn=3000, longest=50, tolerance=1e-9) == period
        kept = 20_000 if period is None else 6000
        assert float(orbit(f, 0.5, x, kept, burn=3000).var(correction=0)) == pytest.approx(variance, rel=0.02)


def after(f, x, steps):
    """Positions of descent and of the stochastic map, with kicks as even in (x, phases) as points allow."""
    rough, noisy, count = x, x, len(x)
    for step in range(steps):
        irrational = math.sqrt((2, 3, 5)[step])
        turns = (torch.arange(count, dtype=torch.float64) * irrational) % 1.0
        rough = rough - 0.1 * f.gradient(rough)
        noisy = noisy - 0.1 * (noisy + (2 * math.pi * turns[:, None]).sin())
    return rough, noisy


@pytest.mark.slow
def test_the_law_after_one_step_converges_like_eps():
    x = ((torch.arange(1_000_000, dtype=torch.float64) + 0.5) / 1e6)[:, None]
    distances = []
    for eps in (1e-2, 1e-3):
        rough, noisy = after(chaos.periodic(eps), x, 1)
        distances.append(wasserstein_distance(rough[:, 0].numpy(), noisy[:, 0].numpy()))
    assert distances == pytest.approx([3.8e-3, 1.8e-4], rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "expected"), [(2, (1.2e-2, 1.4e-4)), (3, (1.6e-2, 2.1e-4))])
def test_the_law_after_more_steps_converges_too(steps, expected):
    x = ((torch.arange(1_000_000, dtype=torch.float64) + 0.5) / 1e6)[:, None]
    distances = []
    for eps in (1e-2, 1e-3):
        rough, noisy = after(chaos.periodic(eps), x, steps)
        distances.append(wasserstein_distance(rough[:, 0].numpy(), noisy[:, 0].numpy()))
    assert distances[0] == pytest.approx(expected[0], rel=0.1)
    assert distances[1] < 3 * expected[1]


def test_one_step_from_a_smooth_law_correlates_slopes_as_predicted():
    for lr, eps in ((0.01, 3e-4), (0.02, 1e-3), (0.1, 0.02)):
        f = chaos.periodic(eps)
        sigma = chaos.stationary_variance(f, lr) ** 0.5
        x = sigma * torch.randn(400_000, 1, generator=generator(0, "x"), dtype=torch.float64)
        now, then = (f.small.slope(at, eps)[:, 0] for at in (x, x - lr * f.gradient(x)))
        expected = chaos.kick_correlation(lr, eps)
        assert float(torch.corrcoef(torch.stack([now, then]))[0, 1]) == pytest.approx(expected, abs=8e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("lr", "eps", "ratio"), [(0.01, 2e-4, 0.78), (0.02, 5e-4, 1.05), (0.01, 1e-4, 0.986)])
def test_where_kicks_remember_the_variance_follows_their_correlations(lr, eps, ratio):
    f = chaos.periodic(eps)
    x = settled(f, GradientDescent(lr), burn=3000, keep=1500)
    measured = float(x.var()) / chaos.stationary_variance(f, lr)
    correlations = chaos.autocorrelation(f.small.slope(x, eps)[..., 0], lags=200)
    assert measured == pytest.approx(ratio, abs=0.03)
    assert chaos.green_kubo_ratio(1 - lr, correlations[1:]) == pytest.approx(measured, abs=0.03)
