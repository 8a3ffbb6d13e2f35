"""Descent in one weight as a map of the line, with its derivatives and its rounding; no solver lives here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lrtheory.chaos.models.curved import hessian
from lrtheory.landscape import Landscape, gradient
from lrtheory.law import Floats

_ULP = 2.0**-53
_DIFFERENCE = 1e-5  # relative step of the third derivative where a Hessian cannot be differentiated


@dataclass(frozen=True)
class Orbit:
    """Some steps of descent from one point, and what the last position and the product answer to.

    Attributes:
        points: positions, shape (steps + 1,).
        stretch: product of 1 - lr f'': derivative of the last position by the first.
        by_lr: derivative of the last position by the rate.
        by_lr_twice: second one.
        stretch_by_point: derivative of the product by the first position.
        stretch_by_lr: derivative of the product by the rate.
        rounding: what rounding typically does to the last position.
    """

    points: Floats
    stretch: float
    by_lr: float
    by_lr_twice: float
    stretch_by_point: float
    stretch_by_lr: float
    rounding: float

    @property
    def closing(self) -> float:
        """Last position minus the first."""
        return float(self.points[-1] - self.points[0])


def orbit(landscape: Landscape, lr: float, point: float, steps: int) -> Orbit:
    """Follow descent in one weight, and its first and second derivatives by the start and the rate.

    Args:
        landscape: loss in one weight.
        lr: learning rate.
        point: where it starts.
        steps: number of steps, >= 1.

    Returns:
        The orbit; numbers that overflow become infinite or NaN, as on the way they must.

    Source: the chain rule; our estimate of rounding.
    """
    theta = torch.tensor([point], dtype=torch.float64)
    path = [theta]
    for _ in range(steps):
        theta = theta - lr * gradient(landscape, theta)
        path.append(theta)
    points = torch.stack(path)
    slopes = gradient(landscape, points[:-1])[:, 0].tolist()
    bends = hessian(landscape, points[:-1])[:, 0, 0].tolist()
    twists = _twists(landscape, points[:-1]).tolist()
    stretch, by_lr, twice, second, mixed, rounding = 1.0, 0.0, 0.0, 0.0, 0.0, _ULP * abs(point)
    places = points[:, 0].tolist()
    for t in range(steps):
        factor, twist = 1 - lr * bends[t], lr * twists[t]
        twice = factor * twice - twist * by_lr * by_lr - 2 * bends[t] * by_lr
        second = factor * second - twist * stretch * stretch
        mixed = factor * mixed - twist * stretch * by_lr - bends[t] * stretch
        by_lr = factor * by_lr - slopes[t]
        stretch = factor * stretch
        fresh = _step_rounding(lr, places[t], places[t + 1], slopes[t], bends[t])
        rounding = math.hypot(factor * rounding, fresh)
    return Orbit(points[:, 0].numpy(), stretch, by_lr, twice, second, mixed, rounding)


def moved(landscape: Landscape, lr: float, x: Floats, steps: int) -> Floats:
    """Positions after so many steps of descent, shape (n,), from those given.

    Source: the definition of descent; ours to compute.
    """
    theta = torch.as_tensor(x)[..., None]
    for _ in range(steps):
        theta = theta - lr * gradient(landscape, theta)
    return np.asarray(theta[..., 0])


def displacement(landscape: Landscape, lr: float, x: Floats, steps: int) -> tuple[Floats, Floats, Floats]:
    """How far so many steps lead, the derivative of that by the start, and what rounding may do to it.

    Each step rounds the position, the rate times the slope and, through the slope's argument, the rate
    times the bend times the position; the steps after it stretch all three, which add like random numbers.

    Args:
        landscape: loss in one weight.
        lr: learning rate.
        x: starts, shape (n,).
        steps: number of steps, >= 1.

    Returns:
        Displacement, its derivative and the size of its rounding, shape (n,) each.

    Source: our estimate of rounding; the rest is the chain rule.
    """
    theta = torch.as_tensor(x)[..., None]
    here = theta[..., 0]
    stretch, rounding = torch.ones_like(here), _ULP * here.abs()
    for _ in range(steps):
        slope, bend = gradient(landscape, theta), hessian(landscape, theta)[..., 0, 0]
        theta = theta - lr * slope
        there, factor = theta[..., 0], 1 - lr * bend
        rounding = torch.hypot(factor * rounding, _step_rounding(lr, here, there, slope[..., 0], bend))
        stretch, here = factor * stretch, there
    return np.asarray(here) - x, np.asarray(stretch) - 1, np.asarray(rounding)


def _step_rounding(lr: float, here: Any, there: Any, slope: Any, bend: Any) -> Any:
    """What one step adds to the rounding, of numbers or of tensors."""
    return _ULP * (abs(there) + lr * abs(slope) + lr * abs(bend * here))


def _twists(landscape: Landscape, points: Tensor) -> Tensor:
    """Third derivative, shape (n,): of the landscape's own Hessian if it has one, else of its loss.

    By differences where an own Hessian is not made of torch operations; solvers alone use it, as a
    direction, so that its errors cost steps and no digits.
    """
    at = points.detach().requires_grad_()
    own = getattr(landscape, "hessian", None)
    with torch.enable_grad():
        if own is not None:
            bends = own(at).sum()
        else:
            (slopes,) = torch.autograd.grad(landscape.loss(at).sum(), at, create_graph=True)
            if not slopes.requires_grad:
                return torch.zeros_like(points[:, 0])
            (bends,) = torch.autograd.grad(slopes.sum(), at, create_graph=True)
            bends = bends.sum()
        if bends.requires_grad:
            (twists,) = torch.autograd.grad(bends, at)
            return twists[:, 0].detach()
    step = _DIFFERENCE * points.abs().clamp_min(_DIFFERENCE * float(points.abs().max()) + _ULP)
    return (hessian(landscape, points + step) - hessian(landscape, points - step))[:, 0, 0] / (2 * step[:, 0])
