"""The ready-made losses, the constructor, the network of sines, the small landscapes: their derivatives."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from lrtheory import GradientDescent, chaos, descend, generator, hvp
from lrtheory.chaos.models.uneven_ripples import QuickeningTone, SwellingTone
from lrtheory.landscape import autograd_gradient

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


class Bowl:
    """A smooth loss that a student might write: no gradient, no Hessian."""

    dim = 3

    def loss(self, theta, samples=None):
        return (theta**2).sum(-1).cosh() - 0.3 * theta.prod(-1)


def of_a_student(eps):
    return chaos.two_scale(
        Bowl(),
        eps,
        amplitudes=[1.0, -0.5],
        frequencies=[[1, 0, 0.3], [0, math.sqrt(2), 1]],
        phases=[0.2, 1.0],
    )


SMALL = {
    "two tones": chaos.two_tones(0.07, amplitudes=(1.0, 0.5)),
    "random tones": chaos.random_tones(0.07, generator(0, "tones")),
    "aperiodic": chaos.aperiodic(0.07, amplitude=-0.8),
    "multiplicative": chaos.multiplicative(0.07),
    "wavy": chaos.wavy_parabola(0.07),
    "matyas": chaos.matyas(0.07, amplitudes=(1.0, 0.2)),
    "coupled wells": chaos.coupled_wells(0.07),
    "your own": of_a_student(0.07),
    "product": chaos.ProductRegression(3, target=0.7, scale=1.5),
    "squared product": chaos.SquaredProduct(),
}


def points(landscape, *ensemble):
    return 0.8 * torch.randn(*ensemble, landscape.dim, generator=generator(0, "points"), dtype=torch.float64)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("ensemble", [(), (3, 2)])
def test_gradient_and_hessian_are_those_of_the_loss(name, ensemble):
    f = SMALL[name]
    theta = points(f, *ensemble)
    assert f.loss(theta).shape == ensemble
    assert torch.allclose(f.gradient(theta), autograd_gradient(f, theta), rtol=1e-9, atol=1e-9)
    for axis in range(f.dim):
        direction = torch.zeros_like(theta)
        direction[..., axis] = 1
        assert torch.allclose(f.hessian(theta)[..., axis], hvp(f, theta, direction), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", SMALL)
def test_two_averages_of_any_descent_are_fixed_by_its_ends(name):
    f, lr = SMALL[name], 0.05
    path = descend(GradientDescent(lr), f, 0.5 * points(f, 16), steps=300, every=1).theta
    found = chaos.stationarity_identities(f, lr, path)
    assert torch.allclose(found.mean_gradient, found.telescoped_gradient, rtol=1e-10, atol=1e-13)
    assert torch.allclose(found.virial, found.telescoped_virial, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("x", "eps"), [(0.3, 0.05), (-1.2, 0.05), (1.7, 0.01), (0.0, 0.1)])
def test_the_aperiodic_ripple_is_the_integral_of_its_slope(x, eps):
    f = chaos.aperiodic(eps)
    expected = quad(lambda s: -math.sin((s + s**3 / 3) / eps), 0, x, limit=2000, epsabs=1e-13)[0]
    found = float(f.loss(torch.tensor([x], dtype=torch.float64))) - x**2 / 2
    assert found == pytest.approx(expected, abs=1e-11)


def test_the_formulas_are_the_documented_ones():
    x, eps = torch.tensor([0.3], dtype=torch.float64), 0.1
    slope = float(chaos.multiplicative(eps).gradient(x)) - 0.3
    assert slope == pytest.approx(-(1 + 0.8 * 0.3) * math.sin(3.0))
    assert float(chaos.two_tones(eps).gradient(x)) - 0.3 == pytest.approx(
        -math.sin(3.0) - math.sin(3.0 * math.sqrt(2))
    )
    assert float(chaos.wavy_parabola(eps).large.loss(x)) == pytest.approx(
        0.045 + 0.5 * math.cos(0.3) + 0.1 * math.sin(0.6)
    )
    plane = torch.tensor([0.4, -0.7], dtype=torch.float64)
    matyas = 0.26 * (0.16 + 0.49) + 0.48 * 0.28
    assert float(chaos.matyas(eps).large.loss(plane)) == pytest.approx(matyas)
    wells = (0.16 - 1) ** 2 / 4 + 0.49 / 2 - 0.25 * 0.28 + 0.02
    assert float(chaos.coupled_wells(eps).large.loss(plane)) == pytest.approx(wells)


def test_the_curvature_of_the_wavy_parabola_lies_where_it_is_said_to():
    x = torch.linspace(-10, 10, 200_001, dtype=torch.float64)[:, None]
    bend = chaos.wavy_parabola(1.0).large.hessian(x)
    assert (float(bend.min()), float(bend.max())) == pytest.approx((0.2145, 1.7855), abs=1e-4)


def test_many_random_tones_have_slopes_of_variance_one():
    f = chaos.random_tones(1e-3, generator(0, "tones"))
    again = chaos.random_tones(1e-3, generator(0, "tones"))
    assert torch.equal(f.small.frequencies, again.small.frequencies)
    assert float(chaos.slope_covariance(f)) == pytest.approx(1)


@pytest.mark.parametrize("ripple", [QuickeningTone(1.3), SwellingTone(1.3, 0.5)])
def test_uneven_ripples_kick_as_they_slope(ripple):
    x = 0.5 + 1e-2 * torch.rand(200_000, 1, generator=generator(0, "x"), dtype=torch.float64)
    seen, drawn = ripple.slope(x, 1e-6), ripple.random_slope(x, generator(0, "noise"))
    assert float(drawn.mean()) == pytest.approx(0, abs=0.015)
    assert float(drawn.var()) == pytest.approx(float(seen.var()), rel=0.02)
    assert float(drawn.abs().max()) == pytest.approx(float(seen.abs().max()), rel=1e-3)


def sines(**changes):
    options = {"examples": 16, "label_noise": 1.0, "smooth_units": 3, "fine_units": 8}
    return chaos.sine_regression(1e-3, generator(0, "data"), **{**options, **changes})


def test_the_sine_networks_gradient_is_that_of_its_loss():
    f = sines()
    theta = f.start(4, generator(0, "start"))
    assert theta.shape == (4, f.dim) == (4, 33)
    assert torch.allclose(f.gradient(theta), autograd_gradient(f, theta), rtol=1e-9, atol=1e-12)
    assert torch.allclose(f.gradient(theta[0]), f.gradient(theta)[0], rtol=1e-12)
    batch = torch.tensor([3, 1, 4])
    assert torch.allclose(f.gradient(theta, batch), autograd_gradient(f, theta, batch), rtol=1e-9, atol=1e-12)


def test_the_fine_units_have_slopes_of_order_one_and_curvatures_of_order_one_over_eps():
    sizes, bends = [], []
    for eps in (1e-2, 1e-3, 1e-4):
        f = chaos.sine_regression(eps, generator(0, "data"))
        theta = f.start(1, generator(0, "start"))[0]
        fine = slice(f.units + f.smooth_units, 2 * f.units)
        sizes.append(float(f.gradient(theta)[fine].norm()))
        diagonal = torch.stack([hvp(f, theta, axis)[i] for i, axis in enumerate(torch.eye(f.dim).double())])
        bends.append(eps * float(diagonal[fine].abs().max()))
    assert max(sizes) / min(sizes) < 10 and min(sizes) > 0.01
    assert max(bends) / min(bends) < 10 and min(bends) > 0.002


def twins(f, lr, steps=200):
    theta = f.start(1, generator(1, "start"))[0]
    return chaos.pair_distance(GradientDescent(lr), f, theta, delta=1e-9, steps=steps)


def test_label_noise_keeps_a_sine_network_chaotic_at_a_large_rate_alone():
    assert float(twins(sines(), 0.3)[100:].max()) > 1e-2
    assert float(twins(sines(), 3e-4).max()) < 1e-8


def test_without_label_noise_the_sine_network_settles_at_the_same_rate():
    f = sines(label_noise=0.0)
    path = descend(GradientDescent(0.3), f, f.start(1, generator(1, "start"))[0], steps=20_000)
    assert float(f.loss(path.final)) < 1e-4
    gap = chaos.pair_distance(GradientDescent(0.3), f, path.final, delta=1e-9, steps=1000)
    assert float(gap.max()) < 1e-7


def test_bad_problems_are_refused_by_name():
    for make, message in [
        (lambda: chaos.two_tones(0.1, ratio=1.0), "ratio must be positive and not 1, got 1"),
        (lambda: chaos.random_tones(0.1, generator(0), tones=0), "tones must be at least 1, got 0"),
        (lambda: chaos.aperiodic(0.1, amplitude=0.0), "amplitude must be finite and not 0, got 0"),
        (lambda: chaos.multiplicative(0.1, growth=math.nan), "growth must be finite, got nan"),
        (lambda: chaos.multiplicative(0.1, curvature=0.0), "curvature must be positive and finite, got 0"),
        (lambda: sines(label_noise=-1.0), "label_noise at least 0, got 16 and -1"),
        (lambda: sines(smooth_units=0, fine_units=0), "at least one in all, got 0 and 0"),
        (lambda: sines(smooth_units=-1, fine_units=3), "smooth_units must be at least 0, got -1"),
        (lambda: chaos.sine_regression(0.0, generator(0)), "eps must be positive and finite, got 0"),
        (lambda: chaos.ProductRegression(0), "width must be >= 1 and scale > 0, got 0 and 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match=r"inputs and targets must be float64, got torch\.float32"):
        chaos.SineNetwork(torch.ones(3), torch.ones(3), 1, 1, 1e-3)
    with pytest.raises(
        ValueError, match=r"inputs and targets must share a shape \(n,\), got \(3,\) and \(4,\)"
    ):
        chaos.SineNetwork(torch.ones(3), torch.ones(4), 1, 1, 1e-3)
    with pytest.raises(ValueError, match="eps must be positive and finite, got -1"):
        chaos.SineNetwork(torch.ones(3).double(), torch.ones(3).double(), 1, 1, -1.0)


def test_an_own_landscape_meets_the_stochastic_map_too():
    f = of_a_student(1e-4)
    start = 0.1 * torch.randn(512, 3, generator=generator(0, "start"), dtype=torch.float64)
    smooth = descend(
        chaos.stochastic_rule(f, 0.1), f.large, start, steps=200, generator=generator(0, "noise")
    )
    rough = descend(GradientDescent(0.1), f, start, steps=200)
    assert np.allclose(smooth.final.std(0), rough.final.std(0), rtol=0.2)
