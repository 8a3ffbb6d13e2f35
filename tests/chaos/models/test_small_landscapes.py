"""Derivatives of the small landscapes of the work since 2020; what descent does on them is in test_since."""

import math

import pytest
import torch

from lrtheory import chaos, hvp
from lrtheory.landscape import autograd_gradient

LANDSCAPES = [
    chaos.SquaredProduct(),
    chaos.DoubleWell(-0.2),
    chaos.WavyParabola(),
    chaos.CoupledWells(),
    chaos.aperiodic(0.3, curvature=1.7, amplitude=-0.6),
    chaos.multiplicative(0.3, curvature=1.7, amplitude=-0.6, growth=0.4),
    chaos.ProductRegression(1, target=0.7),
    chaos.ProductRegression(3, scale=1.7, target=-0.4),
]


@pytest.mark.parametrize("eps", [0.3, 0.05])
def test_the_height_of_a_quickening_tone_is_the_integral_of_its_slope(eps):
    f, x = chaos.aperiodic(eps, amplitude=0.7), torch.linspace(0, 1.9, 200_001, dtype=torch.float64)[:, None]
    integral = torch.cumulative_trapezoid(f.small.slope(x, eps)[:, 0], x[:, 0]) / eps
    assert torch.allclose(f.small.height(x[1:], eps), integral, atol=1e-6)
    assert torch.allclose(f.small.height(-x, eps), f.small.height(x, eps), atol=1e-12)


@pytest.mark.parametrize("product", [0.9, -2.0])
def test_up_to_the_critical_rate_the_square_of_the_weights_may_shrink_to_that_of_its_minimum(product):
    """For two weights at a target of 0 the bound is 4 / (u^2 + v^2), whatever the residual."""
    theta = torch.tensor([1.5, product / 1.5], dtype=torch.float64)
    found = chaos.critical_product_rate(chaos.ProductRegression(1, target=0.0), theta)
    assert found == pytest.approx(4 / float((theta**2).sum()), rel=1e-12)


@pytest.mark.parametrize("f", LANDSCAPES, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("ensemble", [(), (4,), (3, 2)])
def test_gradients_and_hessians_are_those_of_the_loss(f, ensemble):
    count = math.prod(ensemble) * f.dim
    theta = (0.3 + torch.arange(count, dtype=torch.float64).sin()).reshape(*ensemble, f.dim)
    assert f.loss(theta).shape == ensemble
    if hasattr(f, "gradient"):
        assert torch.allclose(f.gradient(theta), autograd_gradient(f, theta), rtol=1e-10, atol=1e-12)
    if hasattr(f, "hessian"):
        for axis, along in enumerate(torch.eye(f.dim, dtype=torch.float64)):
            column = hvp(f, theta, along.expand_as(theta))
            assert torch.allclose(f.hessian(theta)[..., axis], column, rtol=1e-10, atol=1e-12)


def test_losses_are_their_formulas():
    theta = torch.tensor([1.3, -0.6, 0.4, 2.0], dtype=torch.float64)
    u, v = theta[:2], theta[2:]
    half = (float(u @ v) / 1.5 - 0.7) ** 2 / 2
    assert float(chaos.ProductRegression(2, scale=1.5, target=0.7).loss(theta)) == pytest.approx(half)
    assert float(chaos.SquaredProduct().loss(u)) == pytest.approx((1 - (1.3 * 0.6) ** 2) ** 2 / 4)
