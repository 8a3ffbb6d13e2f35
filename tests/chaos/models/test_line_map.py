"""Descent in one weight as a map: its derivatives against differences, its rounding against a closed form."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from lrtheory import chaos
from lrtheory.chaos.models.line_map import displacement, moved, orbit
from lrtheory.chaos.models.modified_loss import ModifiedLoss

ULP = 2.0**-53


@dataclass(frozen=True)
class Quartic:
    """c x^4 / 4 + x^2 / 2, without derivatives of its own unless a Hessian is asked for."""

    c: float = 0.7
    dim: int = 1

    def loss(self, theta, samples=None):
        x = theta[..., 0]
        return self.c * x**4 / 4 + x**2 / 2


@dataclass(frozen=True)
class InNumpy(Quartic):
    """The same with a Hessian that torch cannot differentiate."""

    def hessian(self, theta):
        return torch.as_tensor(3 * self.c * theta.detach().numpy() ** 2 + 1)[..., None]


LANDSCAPES = [
    chaos.periodic(0.4, curvature=1.7, amplitude=0.6),
    chaos.DoubleWell(0.1),
    Quartic(),
    InNumpy(0.4),
]


def slope_of(function, at, step=1e-5):
    return (function(at + step) - function(at - step)) / (2 * step)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("f", LANDSCAPES, ids=lambda f: type(f).__name__)
def test_the_derivatives_of_an_orbit_are_those_of_its_end(f, steps):
    lr, x = 0.31, 0.83
    found = orbit(f, lr, x, steps)
    assert len(found.points) == steps + 1 and found.points[0] == x
    assert found.closing == found.points[-1] - x
    for name, function, at in [
        ("stretch", lambda y: orbit(f, lr, y, steps).points[-1], x),
        ("by_lr", lambda r: orbit(f, r, x, steps).points[-1], lr),
        ("by_lr_twice", lambda r: orbit(f, r, x, steps).by_lr, lr),
        ("stretch_by_point", lambda y: orbit(f, lr, y, steps).stretch, x),
        ("stretch_by_lr", lambda r: orbit(f, r, x, steps).stretch, lr),
    ]:
        assert getattr(found, name) == pytest.approx(slope_of(function, at), rel=1e-6, abs=1e-8), name


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("f", LANDSCAPES, ids=lambda f: type(f).__name__)
def test_displacements_of_many_points_are_those_of_their_orbits(f, steps):
    lr, x = 0.31, np.array([-0.9, 0.2, 0.83])
    orbits = [orbit(f, lr, at, steps) for at in x]
    for found, expected in zip(
        displacement(f, lr, x, steps), ("closing", "stretch", "rounding"), strict=True
    ):
        there = [getattr(each, expected) - (expected == "stretch") for each in orbits]
        assert found == pytest.approx(there, rel=1e-12, abs=0)  # roundings are 1e-16
    assert moved(f, lr, x, steps) == pytest.approx([each.points[-1] for each in orbits], rel=1e-14)


@pytest.mark.parametrize(("lr", "curvature"), [(0.3, 2.5), (0.8, 3.0), (0.05, 0.2)])
def test_rounding_of_a_parabola_is_the_root_of_the_sum_of_what_every_step_adds(lr, curvature):
    f = chaos.Quadratic(torch.tensor([[curvature]], dtype=torch.float64))
    start, steps, factor = -1.3, 6, 1 - lr * curvature
    fresh = [abs(start)]  # then the position, the rate times the slope, and as much by the slope's argument
    for t in range(steps):
        here = abs(start * factor**t)
        fresh.append(abs(here * factor) + 2 * lr * curvature * here)
    sums = sum((factor ** (steps - t) * part) ** 2 for t, part in enumerate(fresh))
    assert orbit(f, lr, start, steps).rounding == pytest.approx(ULP * math.sqrt(sums), rel=1e-12, abs=0)


@pytest.mark.parametrize("lr", [0.1, 0.7])
@pytest.mark.parametrize("f", [chaos.matyas(0.3, amplitudes=(0.7, -1.4)), chaos.CoupledWells()])
def test_the_modified_loss_adds_a_quarter_of_the_rate_times_the_squared_slope(f, lr):
    theta = torch.tensor([[0.3, -0.8], [1.2, 0.1], [0.0, 0.4]], dtype=torch.float64)
    modified = ModifiedLoss(f, lr)
    expected = f.loss(theta) + lr / 4 * (f.gradient(theta) ** 2).sum(1)
    assert torch.allclose(modified.loss(theta), expected, rtol=1e-12)
    assert torch.allclose(modified.loss(theta[0]), expected[0], rtol=1e-12)
    at = theta.clone().requires_grad_()
    (slope,) = torch.autograd.grad(modified.loss(at).sum(), at)
    assert torch.allclose(modified.gradient(theta), slope, rtol=1e-10)


@dataclass(frozen=True)
class Detached:
    """A loss of two weights that torch cannot differentiate, with a gradient of its own."""

    dim: int = 2

    def loss(self, theta, samples=None):
        return (theta.detach() ** 4).sum(-1)

    def gradient(self, theta, samples=None):
        return 4 * theta.detach() ** 3


def test_the_modified_loss_of_what_torch_cannot_differentiate_takes_its_own_gradient():
    theta = torch.tensor([[0.3, -0.8], [1.2, 0.1], [0.5, 0.4]], dtype=torch.float64)
    expected = (theta**4).sum(1) + 0.3 / 4 * (16 * theta**6).sum(1)
    assert torch.allclose(ModifiedLoss(Detached(), 0.3).loss(theta), expected, rtol=1e-12)
    assert torch.allclose(ModifiedLoss(Detached(), 0.3).loss(theta[2]), expected[2], rtol=1e-12)


def test_a_modified_loss_keeps_its_landscape_and_refuses_a_rate_that_is_none():
    assert replace(ModifiedLoss(Quartic(), 0.1), lr=0.2).dim == 1
    with pytest.raises(ValueError, match="lr must be positive and finite, got 0"):
        ModifiedLoss(Quartic(), 0.0)
