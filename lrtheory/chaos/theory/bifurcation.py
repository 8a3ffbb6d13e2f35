"""Rates at which descent in one weight changes its ways: flips, doublings, new cycles, escape from a well."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.optimize import brentq, root

from lrtheory.chaos.models.curved import Curved

FEIGENBAUM = 4.669201609  # ratio of successive gaps in a cascade of period doublings
_SETTLING_CYCLES = 60
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Bifurcation:
    """Where a cycle changes its stability.

    Attributes:
        lr: the rate.
        point: one point of the cycle there.
        period: of the cycle.
    """

    lr: float
    point: float
    period: int


def flip_rate(curvature: float) -> float:
    """Rate 2 / f'' at which a minimum stops attracting.

    Args:
        curvature: f'' at the minimum, > 0.

    Raises:
        ValueError: curvature is not positive.

    Source: cohen2021 calls 2 / lr the edge of stability; the fact is classical.
    """
    if not 0 < curvature < math.inf:
        raise ValueError(f"curvature must be positive and finite, got {curvature}: only minima flip")
    return 2 / curvature


def flip_is_supercritical(second: float, third: float, fourth: float) -> bool:
    """Whether a stable 2-cycle is born where a minimum flips: 3 f'''^2 > f'' f''''.

    Args:
        second: f'' at the minimum, > 0.
        third: f''' there.
        fourth: f'''' there.

    Raises:
        ValueError: f'' is not positive.

    Source: our derivation, the Schwarzian derivative of one step.
    """
    flip_rate(second)
    return 3 * third**2 > second * fourth


def bifurcation_point(
    landscape: Curved, period: int, *, multiplier: float, near: tuple[float, float]
) -> Bifurcation:
    """Rate at which a cycle of descent has the given multiplier: -1 at a period doubling, 1 at its birth.

    Args:
        landscape: loss in one weight with gradient and Hessian.
        period: of the cycle, >= 1.
        multiplier: product of 1 - lr f'' over the cycle.
        near: guess (point, lr), close.

    Raises:
        ValueError: more than one weight, or nothing found near the guess.

    Source: classical; kong2020 shows the period doubling.
    """
    if landscape.dim != 1 or period < 1:
        raise ValueError(f"one weight and a period of at least 1 expected, got {landscape.dim} and {period}")

    def defect(at: list[float]) -> list[float]:
        end, stretch = _around(landscape, at[0], at[1], period)
        return [end - at[0], stretch - multiplier]

    found = root(defect, near, method="hybr", options={"xtol": 1e-13})
    if max(map(abs, defect(list(found.x)))) > _TOLERANCE:
        raise ValueError(
            f"no {period}-cycle of multiplier {multiplier:g} found near point {near[0]:.6g} and lr "
            f"{near[1]:.6g}: give a closer guess"
        )
    return Bifurcation(float(found.x[1]), float(found.x[0]), period)


def period_doublings(
    landscape: Curved, period: int, *, near: tuple[float, float], born: float, count: int
) -> list[Bifurcation]:
    """Successive period doublings of a cycle: its own, its double's, and so on.

    Args:
        landscape: loss in one weight with gradient and Hessian.
        period: of the first cycle.
        near: guess (point, lr) of its doubling.
        born: rate at which that cycle appeared; with it the first gap is guessed.
        count: number of doublings, >= 1.

    Raises:
        ValueError: as `bifurcation_point`.

    Source: classical; kong2020 shows the period doubling.
    """
    doublings = [bifurcation_point(landscape, period, multiplier=-1.0, near=near)]
    gap = (doublings[0].lr - born) / FEIGENBAUM
    while len(doublings) < count:
        last = doublings[-1]
        double = 2 * last.period
        # Halfway along, the doubled cycle attracts strongly: a short run settles on it.
        point = last.point + 1e-3 * gap
        for _ in range(_SETTLING_CYCLES):
            point, _ = _around(landscape, point, last.lr + 0.6 * gap, double)
        found = bifurcation_point(landscape, double, multiplier=-1.0, near=(point, last.lr + gap))
        gap = (found.lr - last.lr) / FEIGENBAUM
        doublings.append(found)
    return doublings


def pitchfork_rate(eps: float) -> float:
    """Rate at which the symmetric 2-cycle of x^2/2 - eps cos(x / eps) loses its symmetry.

    With cos y = -eps it is 2 eps y / (sin y + eps y).

    Args:
        eps: size of the ripple, in (0, 1).

    Raises:
        ValueError: eps is out of its range.

    Source: our derivation, for kong2020's route to chaos.
    """
    _check_eps(eps)
    y = math.acos(-eps)
    return 2 * eps * y / (math.sin(y) + eps * y)


def escape_rate(eps: float) -> float:
    """Rate from which descent of x^2/2 - eps cos(x / eps) leaves the ripple's well around 0.

    There the largest step out of the well lands exactly on its rim, an unstable fixed point.

    Args:
        eps: size of the ripple, in (0, 0.2): larger ones have no rim.

    Raises:
        ValueError: eps is out of its range.

    Source: our derivation, for kong2020's route to chaos.
    """
    _check_eps(eps, most=0.2)
    rim = brentq(lambda y: eps * y + math.sin(y), math.pi, 1.5 * math.pi, xtol=1e-15)

    def overshoot(lr: float) -> float:
        turn = math.acos((1 - lr) * eps / lr)
        return abs((1 - lr) * turn - lr / eps * math.sin(turn)) - float(rim)

    return float(brentq(overshoot, 2 * eps, 6 * eps, xtol=1e-15))


def limiting_escape_stretch() -> float:
    """Stretch K = lr A / eps of `escape_rate` as eps -> 0: 4.603339, the climbing sine's threshold.

    Source: our derivation, for kong2020's route to chaos.
    """

    def overshoot(stretch: float) -> float:
        turn = math.acos(1 / stretch)
        return abs(turn - stretch * math.sin(turn)) - math.pi

    return float(brentq(overshoot, 2.0, 6.0, xtol=1e-15))


def _around(landscape: Curved, point: float, lr: float, steps: int) -> tuple[float, float]:
    """Position after so many steps and the product of 1 - lr f'' along them."""
    theta = torch.tensor([point], dtype=torch.float64)
    stretch = 1.0
    for _ in range(steps):
        stretch *= 1 - lr * float(landscape.hessian(theta))
        theta = theta - lr * landscape.gradient(theta)
    return float(theta), stretch


def _check_eps(eps: float, *, most: float = 1.0) -> None:
    if not 0 < eps < most:
        raise ValueError(f"eps must lie in (0, {most:g}), got {eps}")
