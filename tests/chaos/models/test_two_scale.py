"""Losses of two scales: derivatives, ensembles, random slopes."""

import math

import pytest
import torch

from lrtheory import chaos, generator, hvp
from lrtheory.chaos.models.small_scale import SquareWave, Tones
from lrtheory.landscape import autograd_gradient


def quasi_periodic(eps):
    tones = Tones(
        torch.tensor([1.0, -0.5], dtype=torch.float64),
        torch.tensor([[1.0], [math.sqrt(2)]], dtype=torch.float64),
        torch.tensor([0.3, 1.1], dtype=torch.float64),
    )
    return chaos.TwoScale(chaos.Quadratic(torch.tensor([[2.0]], dtype=torch.float64)), tones, eps)


def plane(eps):
    matrix = torch.tensor([[0.52, -0.48], [-0.48, 0.52]], dtype=torch.float64)
    tones = Tones(
        torch.tensor([1.0, 0.2, 0.7], dtype=torch.float64),
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, math.pi]], dtype=torch.float64),
        torch.zeros(3, dtype=torch.float64),
    )
    return chaos.TwoScale(chaos.Quadratic(matrix), tones, eps)


LANDSCAPES = [
    chaos.periodic(0.07),
    chaos.periodic(0.07, curvature=3.0, amplitude=-0.4),
    chaos.double_well(0.07),
    chaos.square_wave(0.07),
    quasi_periodic(0.07),
    plane(0.07),
]
NAMES = ["periodic", "turned", "double well", "square wave", "quasi-periodic", "plane"]


def points(landscape, *ensemble):
    return torch.randn(*ensemble, landscape.dim, generator=generator(0, "points"), dtype=torch.float64)


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=NAMES)
@pytest.mark.parametrize("ensemble", [(), (3, 2)])
def test_gradient_is_that_of_the_loss(landscape, ensemble):
    theta = points(landscape, *ensemble)
    assert landscape.loss(theta).shape == ensemble
    exact = autograd_gradient(landscape, theta)
    assert torch.allclose(landscape.gradient(theta), exact, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=NAMES)
@pytest.mark.parametrize("ensemble", [(), (3, 2)])
def test_hessian_is_that_of_the_loss(landscape, ensemble):
    if isinstance(landscape.small, SquareWave):
        pytest.skip("the slope jumps: its Hessian is zero wherever it exists, which differences test")
    theta = points(landscape, *ensemble)
    hessian = landscape.hessian(theta)
    for axis in range(landscape.dim):
        direction = torch.zeros_like(theta)
        direction[..., axis] = 1
        assert torch.allclose(hessian[..., axis], hvp(landscape, theta, direction), rtol=1e-9, atol=1e-9)


def test_the_square_wave_bends_nowhere_between_its_jumps():
    f = chaos.square_wave(0.1)
    x = torch.tensor([[0.11], [0.52]], dtype=torch.float64)
    assert torch.equal(f.hessian(x)[:, 0, 0], torch.ones(2, dtype=torch.float64))
    assert torch.allclose((f.gradient(x + 1e-6) - f.gradient(x))[:, 0] / 1e-6, torch.ones(2).double())


def test_the_loss_is_the_formula():
    x, eps = torch.tensor([[0.3]], dtype=torch.float64), 0.1
    assert float(chaos.periodic(eps).loss(x)) == pytest.approx(0.3**2 / 2 + eps * math.cos(0.3 / eps))
    expected = (0.3**2 - 1) ** 2 / 4 + 0.05 * 0.3 + eps * 2 * math.cos(0.3 / eps)
    assert float(chaos.double_well(eps).loss(x)) == pytest.approx(expected)


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=NAMES)
def test_random_slopes_have_the_covariance_and_mean_of_slopes_along_the_loss(landscape):
    from lrtheory.chaos.theory.stationary import slope_covariance

    count = 200_000
    theta = torch.zeros(count, landscape.dim, dtype=torch.float64)
    drawn = landscape.small.random_slope(theta, generator(1, "noise"))
    phases = 1e4 * torch.rand(count, landscape.dim, generator=generator(1, "x"), dtype=torch.float64)
    seen = landscape.small.slope(phases, 1.0)
    exact = slope_covariance(landscape)
    for sample in (drawn, seen):
        assert sample.mean(0).abs().max() < 5 / math.sqrt(count)
        assert torch.allclose(sample.T @ sample / count, exact, atol=8 / math.sqrt(count))


def test_the_stochastic_rule_kicks_like_the_ripple():
    f = chaos.periodic(1e-3)
    theta = torch.zeros(50_000, 1, dtype=torch.float64)
    rule = chaos.stochastic_rule(f, 0.1)
    after, _ = rule.step(0, theta, None, f.large.gradient, generator(0, "noise"))
    assert float(after.var()) == pytest.approx(0.1**2 / 2, rel=0.02)
    assert float(after.abs().max()) <= 0.1


def test_uniform_starts_fill_their_box():
    start = chaos.uniform_start(10_000, generator(0, "start"), reach=2.0, dim=3)
    assert start.shape == (10_000, 3)
    assert start.dtype == torch.float64
    assert 1.99 < float(start.abs().max()) <= 2


def test_bad_losses_are_refused_by_name():
    for eps in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="eps must be positive and finite, got"):
            chaos.periodic(eps)
    with pytest.raises(ValueError, match="curvature must be positive and finite, got -1"):
        chaos.periodic(0.1, curvature=-1)
    with pytest.raises(ValueError, match="amplitudes must be finite and not 0"):
        chaos.periodic(0.1, amplitude=0.0)
    with pytest.raises(ValueError, match=r"matrix must be symmetric of shape \(d, d\), got shape \(1, 2\)"):
        chaos.Quadratic(torch.ones(1, 2))
    with pytest.raises(ValueError, match="amplitudes, frequencies and phases must have shapes"):
        Tones(torch.ones(2), torch.ones(1, 1), torch.ones(2))
    with pytest.raises(ValueError, match="large and small must share a dimension, got 2 and 1"):
        chaos.TwoScale(plane(0.1).large, chaos.periodic(0.1).small, 0.1)
    with pytest.raises(ValueError, match="members must be at least 1, got 0"):
        chaos.uniform_start(0, generator(0, "start"))
