"""Comparing samples, tests for chaos, conditions: on data whose answers are known."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, NoisyGradientDescent, chaos, generator
from lrtheory.chaos.models.small_scale import SquareWave, Tones
from lrtheory.law import law_from_density

pytestmark = pytest.mark.slow  # together more than a quick run can afford


def normal_law():
    x = np.linspace(-9, 9, 20_001)
    return law_from_density(x, np.exp(-(x**2) / 2))


def test_w2_of_quantiles_of_a_shifted_law_is_the_shift():
    law = normal_law()
    levels = (np.arange(10_000) + 0.5) / 10_000
    assert chaos.w2_distance(law.quantile(levels) + 0.3, law) == pytest.approx(0.3, abs=1e-6)


def test_sliced_w1_of_a_shift_is_its_mean_projection():
    x = torch.randn(4000, 3, generator=generator(0, "x"), dtype=torch.float64)
    shift = torch.tensor([0.5, 0.0, 0.0], dtype=torch.float64)
    found = chaos.sliced_w1(x, x + shift, generator=generator(0, "directions"), directions=2000)
    assert found == pytest.approx(0.25, abs=0.01)  # a unit vector's mean size along an axis of space is 1/2
    assert chaos.sliced_w1(x, x[torch.randperm(4000, generator=generator(1))], generator=generator(0)) < 1e-12


def autoregression(members=200, steps=2000, shrink=0.8):
    draws = np.random.default_rng(0)
    x = np.zeros(members)
    path = np.empty((steps, members))
    for t in range(steps):
        x = shrink * x + draws.normal(size=members)
        path[t] = x
    return path[200:]


def test_the_autocorrelation_of_an_autoregression_is_geometric():
    found = chaos.autocorrelation(autoregression(), lags=5)
    assert found == pytest.approx(0.8 ** np.arange(6), abs=0.01)


def test_correlated_kicks_change_the_variance_by_the_green_kubo_ratio():
    """For x' = b x + e, e an autoregression of coefficient c, the ratio is (1 + bc) / (1 - bc)."""
    shrink, coefficient = 0.9, 0.5
    found = chaos.green_kubo_ratio(shrink, coefficient ** np.arange(1, 200))
    product = shrink * coefficient
    assert found == pytest.approx((1 + product) / (1 - product), rel=1e-12)


def test_one_orbit_and_many_share_their_law():
    start = chaos.uniform_start(4000, generator(0, "start"))
    found = chaos.time_against_ensemble(
        GradientDescent(0.5), chaos.periodic(1e-5), start, burn=100, keep=4000
    )
    assert found.independent == pytest.approx(4000 / 3, rel=0.1)
    assert found.ks < 2.3 * found.floor


def test_an_orbit_caught_in_a_well_is_not_like_the_ensemble():
    start = chaos.uniform_start(500, generator(0, "start"), reach=1.2)
    found = chaos.time_against_ensemble(
        GradientDescent(0.1), chaos.double_well(1e-5, amplitude=0.3), start, burn=100, keep=4000
    )
    assert found.ks > 5 * found.floor


def logistic(steps, r=4.0, x=0.3):
    path = np.empty(steps)
    for t in range(steps):
        x = r * x * (1 - x)
        path[t] = x
    return path


@pytest.mark.parametrize(
    ("series", "low", "high"),
    [
        (logistic(5000), 0.95, 1.0),
        (logistic(5000, r=3.5)[500:], -0.05, 0.05),
        (np.cos(0.7 * np.arange(5000)), -0.05, 0.05),
        (np.ones(1000), 0.0, 0.0),
    ],
)
def test_the_zero_one_test_tells_chaos_from_order(series, low, high):
    assert low <= chaos.zero_one_test(series) <= high


@pytest.mark.parametrize(("dim", "expected"), [(1, 1.0), (2, 2.0)])
def test_the_correlation_dimension_of_a_cube_is_its_own(dim, expected):
    points = np.random.default_rng(0).uniform(size=(20_000, dim))
    assert chaos.correlation_dimension(points) == pytest.approx(expected, abs=0.05)


def test_the_correlation_dimension_of_the_cantor_set_is_its_own():
    digits = np.random.default_rng(0).integers(0, 2, size=(20_000, 30)) * 2
    points = digits @ 3.0 ** -np.arange(1, 31)
    assert chaos.correlation_dimension(points, smallest=3.0**-8, largest=3.0**-3) == pytest.approx(
        math.log(2) / math.log(3), abs=0.03
    )


RIPPLES = {
    "one tone": chaos.periodic(1.0).small,
    "two tones": chaos.two_tones(1.0).small,
    "aperiodic": chaos.aperiodic(1.0).small,
    "square wave": SquareWave(1.0),
}


@pytest.mark.parametrize("name", RIPPLES)
def test_both_conditions_become_true_as_eps_shrinks(name):
    found = [
        chaos.check_condition(RIPPLES[name], eps, generator=generator(0, "c")) for eps in (1e-1, 1e-2, 1e-3)
    ]
    assert found[-1].ks < 1.6 * found[-1].floor
    assert found[-1].worst_box < 2.2 * math.sqrt(10) * found[-1].floor
    assert found[-1].dependence < 5e-3
    assert found[0].worst_box > 4 * found[1].worst_box > 8 * found[2].worst_box


def test_conditions_hold_for_places_of_any_density():
    found = chaos.check_condition(RIPPLES["one tone"], 1e-3, generator=generator(0, "c"), quantile=torch.sqrt)
    assert found.ks < 1.6 * found.floor and found.dependence < 5e-3


def test_a_swelling_ripple_is_never_independent_of_the_place():
    found = chaos.check_condition(chaos.multiplicative(1.0).small, 1e-4, generator=generator(0, "c"))
    assert found.dependence > 0.5


class Linear:
    """A ripple whose slope is a number times the place: it knows the place perfectly, but for the bend."""

    dim = 1

    def __init__(self, strength):
        self.strength = strength

    def height(self, theta, eps):
        return self.strength * theta.square().sum(-1) / (2 * eps)

    def slope(self, theta, eps):
        return self.strength * theta

    def bend(self, theta, eps):
        return self.strength * eps * torch.ones_like(theta)[..., None]

    def random_slope(self, theta, source):
        return self.strength * (2 * torch.rand(theta.shape, generator=source, dtype=theta.dtype) - 1)


@pytest.mark.parametrize("strength", [1.0, -0.2, 30.0])
def test_the_dependence_is_the_largest_correlation_of_the_place_with_a_harmonic(strength):
    """Correlation of x, uniform in (-1, 1), with sin x: the closed form of three integrals."""
    found = chaos.check_condition(Linear(strength), 1e-3, generator=generator(0, "c"), points=20_000)
    exact = (math.sin(1) - math.cos(1)) / math.sqrt((0.5 - math.sin(2) / 4) / 3)
    assert found.dependence == pytest.approx(exact, abs=1e-4)
    assert found.ks < 2 * found.floor
    assert found.floor == pytest.approx(0.87 * math.sqrt(2 / 20_000))
    assert found.worst_box > 0.8  # a tenth of the slopes at the end of the box, against all


def test_an_orbit_diagram_holds_the_settled_orbits():
    turned = chaos.periodic(0.1, amplitude=-1.0)
    start = torch.tensor([[0.03], [-0.03]], dtype=torch.float64)
    found = chaos.orbit_diagram(turned, [0.15, 0.25, 0.3], start, burn=600, keep=8)
    assert found.shape == (8, 3, 2)
    assert float(found[:, 0].abs().max()) < 1e-12  # the minimum attracts
    assert torch.allclose(
        found[2:, 1], found[:-2, 1], atol=1e-12
    )  # a symmetric 2-cycle, shared by both starts
    assert torch.allclose(found[:2, 1].sum(0), torch.zeros(2).double(), atol=1e-12)
    assert abs(float(found[:2, 2, 0].sum())) > 1e-3  # past the pitchfork the symmetry is gone


def test_bad_samples_are_refused_by_name():
    ones = torch.ones(4, 2, dtype=torch.float64)
    f, rule = chaos.periodic(1e-3), GradientDescent(0.1)
    gaussian = NoisyGradientDescent(0.1, lambda theta, source: theta)
    for make, message in [
        (lambda: chaos.w2_distance([math.nan], normal_law()), "samples must be at least one number"),
        (lambda: chaos.sliced_w1(ones, ones[:2], generator=generator(0)), "two samples of one shape"),
        (
            lambda: chaos.time_against_ensemble(rule, f, ones.float(), burn=1, keep=1),
            "one weight and a float64",
        ),
        (lambda: chaos.autocorrelation([1.0, 2.0], lags=2), r"lags must lie in \[0, 1\] for 2 values, got 2"),
        (lambda: chaos.autocorrelation(np.ones(5), lags=1), "series must vary"),
        (lambda: chaos.green_kubo_ratio(1.0, [0.1]), r"shrink must lie in \(-1, 1\), got 1"),
        (lambda: chaos.zero_one_test(np.ones(10)), "at least 200 finite values, got 10"),
        (lambda: chaos.correlation_dimension(np.ones(10)), "at least 1000 points .* got 10"),
        (lambda: chaos.correlation_dimension(np.arange(1000.0)), "no two points are closer than smallest"),
        (
            lambda: chaos.check_condition(f.small, 0.0, generator=generator(0)),
            "one weight, an interval, eps > 0",
        ),
        (
            lambda: chaos.lyapunov_spectrum(rule, f, ones[:, :1].float(), burn=1, steps=1),
            "start must be float64",
        ),
        (lambda: chaos.lyapunov_spectrum(rule, f, ones[:1, :1], burn=1, steps=1), "at least 2 members"),
        (
            lambda: chaos.lyapunov_spectrum(gaussian, f, ones[:, :1], burn=1, steps=1),
            "got NoisyGradientDescent",
        ),
        (
            lambda: chaos.lyapunov_spectrum(GradientDescent(lambda t: 0.1), f, ones[:, :1], burn=1, steps=1),
            "a constant rate, one number, expected",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            make()


def test_single_precision_orbits_close_into_cycles():
    """Why every measure insists on float64: in half the digits the chaotic map runs out of numbers."""
    one = torch.ones(1)
    small = Tones(one, one[:, None], 0 * one)
    f = chaos.TwoScale(chaos.Quadratic(one[:, None]), small, 1e-3)
    x, seen = torch.tensor([0.3]), {}
    for step in range(50_000):
        value = float(x)
        if value in seen:
            break
        seen[value] = step
        x = x - 0.1 * f.gradient(x)
    assert x.dtype == torch.float32
    assert value in seen and len(seen) < 50_000
