"""How the descent forgets: laws after a few steps, correlations, cycles against chaos. Mostly slow."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from lrtheory import GradientDescent, chaos, descend, generator
from lrtheory.measure import ks_distance

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

P1 = chaos.periodic(1e-5)
TURNED = chaos.periodic(0.1, amplitude=-1.0)


def start(members=4096, *, reach=1.0, dim=1):
    return chaos.uniform_start(members, generator(0, "start"), reach=reach, dim=dim)


def settled(f, rule, *, burn=300, keep=1000):
    return chaos.stationary_sample(rule, f, start(dim=f.dim), burn=burn, keep=keep)


def orbit(f, lr, x, keep, burn=2000):
    at = torch.tensor([[x]], dtype=torch.float64)
    return chaos.stationary_sample(GradientDescent(lr), f, at, burn=burn, keep=keep)[:, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "lr", "x", "chaotic"),
    [
        (chaos.periodic(1e-3), 0.1, 0.3, True),
        (chaos.periodic(1e-3), 0.5, 0.3, True),
        (chaos.periodic(1e-3), 1e-3, 0.3, False),
        (TURNED, 0.25, 0.03, False),
        (TURNED, 0.32, 0.03, False),
        (TURNED, 0.34, 0.03, True),
        (TURNED, 0.45, 0.03, True),
    ],
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
    path = descend(
        GradientDescent(0.1),
        P1,
        0.7 + 1e-9 * (2 * unit - 1),
        steps=60,
        every=1,
        observe=watch,
        keep_theta=False,
    )
    assert float(path.observed["mean"][40]) == pytest.approx(0.7 * 0.9**40, abs=1.5e-3)
    assert float(path.observed["std"][40]) == pytest.approx(0.1621, abs=1e-3)
    assert float(path.observed["std"][1]) < 1e-4
    assert ks_distance(path.final, chaos.stationary_law(P1, 0.1)) < 0.005


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_kicks_below_the_barriers_slope_never_cross(side):
    f = chaos.double_well(1e-5, amplitude=0.3, tilt=0.0)
    at = side + 0.01 * start(1024)
    for rule, landscape in ((GradientDescent(0.1), f), (chaos.stochastic_rule(f, 0.1), f.large)):
        path = descend(
            rule,
            landscape,
            at,
            steps=1000,
            every=1,
            observe={"least": lambda t: (t * side).min()},
            keep_theta=False,
            generator=generator(0, "noise"),
        )
        assert float(path.observed["least"].min()) > 0.5


@pytest.mark.slow
def test_three_attractors_coexist():
    f = chaos.periodic(0.03)
    for x, variance, exponent, period in [
        (0.7123, 0.12497, 0.414, None),
        (0.3, 0.2501, -0.0488, 6),
        (-0.51, 0.1086, -0.4177, 6),
    ]:
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
@pytest.mark.parametrize(
    ("lr", "eps", "ratio"), [(0.01, 2e-4, 0.78), (0.02, 5e-4, 1.05), (0.01, 1e-4, 0.986)]
)
def test_where_kicks_remember_the_variance_follows_their_correlations(lr, eps, ratio):
    f = chaos.periodic(eps)
    x = settled(f, GradientDescent(lr), burn=3000, keep=1500)
    measured = float(x.var()) / chaos.stationary_variance(f, lr)
    correlations = chaos.autocorrelation(f.small.slope(x, eps)[..., 0], lags=200)
    assert measured == pytest.approx(ratio, abs=0.03)
    assert chaos.green_kubo_ratio(1 - lr, correlations[1:]) == pytest.approx(measured, abs=0.03)
