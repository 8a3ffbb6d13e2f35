"""Rates at which descent in one weight changes its ways: flips, doublings, new cycles, escape from a well."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from lrtheory.chaos.models.line_map import moved
from lrtheory.chaos.theory.cycle_equations import solved_cycle
from lrtheory.doors import finite, positive, whole, within
from lrtheory.landscape import Landscape

FEIGENBAUM = 4.669201609  # ratio of successive gaps in a cascade of period doublings
_SETTLING_CYCLES = 60
_SETTLED = 1e-13  # relative change over a cycle that ends the settling
_LEAST_GAP = 1e-13  # gap over rate that rounding of the rate leaves three digits of
_NEAREST, _FARTHEST = 0.05, 20.0  # where the next doubling may lie, in gaps as guessed


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


class CascadeEnd(ValueError):
    """A later period doubling was not found.

    Attributes:
        found: those before it, in order.
    """

    found: tuple[Bifurcation, ...] = ()


def flip_rate(curvature: float) -> float:
    """Rate 2 / f'' at which a minimum stops attracting.

    Example:
        >>> flip_rate(4.0)  # 2 / curvature
        0.5

    Args:
        curvature: f'' at the minimum, > 0.

    Source: cohen2021 calls 2 / lr the edge of stability; the fact is classical.
    """
    return 2 / positive("curvature", curvature, remedy="only minima flip")


def flip_is_supercritical(second: float, third: float, fourth: float) -> bool:
    """Whether a stable 2-cycle is born where a minimum flips: 3 f'''^2 > f'' f''''.

    Example:
        >>> flip_is_supercritical(2.0, 3.0, 0.0), flip_is_supercritical(2.0, -6.0, 50.0)
        (True, True)

    Args:
        second: f'' at the minimum, > 0.
        third: f''' there.
        fourth: f'''' there.

    Source: our derivation, the Schwarzian derivative of one step.
    """
    flip_rate(second)
    finite("third", third)
    finite("fourth", fourth)
    return 3 * third**2 > second * fourth


def bifurcation_point(
    landscape: Landscape, period: int, *, multiplier: float, near: tuple[float, float]
) -> Bifurcation:
    """Rate at which a cycle of descent has the given multiplier: -1 at a period doubling, 1 at its birth.

    What is found is checked: it closes, it has that multiplier, no shorter cycle is meant by it. Where the
    guess is not close it may be another cycle of that period. Digits: all but a few of the rate's where the
    multiplier changes with it; half of them where three cycles meet, as in a pitchfork.

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> found = bifurcation_point(DoubleWell(), 1, multiplier=-1.0, near=(0.9, 0.9))
        >>> round(found.point, 6), round(found.lr, 6)  # the minimum flips at 2 / f'' = 1
        (1.0, 1.0)

    Args:
        landscape: loss in one weight; a gradient and a Hessian that it lacks are differentiated.
        period: of the cycle, >= 1; its least one.
        multiplier: product of 1 - lr f'' over the cycle, finite; 1 needs a period of at least 2.
        near: guess (point, lr), close, lr > 0.

    Raises:
        ValueError: a number out of range, nothing found near the guess, or a cycle of a smaller period.

    Source: classical; kong2020 shows the period doubling.
    """
    if landscape.dim != 1 or period < 1:
        raise ValueError(f"one weight and a period of at least 1 expected, got {landscape.dim} and {period}")
    whole("period", period, least=1)
    finite("multiplier", multiplier)
    if len(near) != 2:
        raise ValueError(f"near must be a point and a rate, got {near}")
    finite("near[0], the point,", near[0])
    positive("near[1], the rate,", near[1])
    if period == 1 and multiplier == 1:
        raise ValueError(
            "multiplier must not be 1 for period 1, got 1: fixed points are critical points at every rate, "
            "and none is born; ask for multiplier=-1 or another period"
        )
    point, lr = solved_cycle(landscape, period, float(multiplier), (float(near[0]), float(near[1])))
    return Bifurcation(lr, point, period)


def period_doublings(
    landscape: Landscape, period: int, *, near: tuple[float, float], born: float, count: int
) -> list[Bifurcation]:
    """Successive period doublings of a cycle: its own, its double's, and so on.

    Each costs twice the one before: seconds for period 4,096. Gaps shrink by 4.67 each and rounding grows, so
    that float64 resolves some fourteen, starting from period 2.

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> found = period_doublings(DoubleWell(), 1, near=(0.9, 0.9), born=0.0, count=2)
        >>> [round(each.lr, 6) for each in found]  # 1 and sqrt(5) - 1
        [1.0, 1.236068]

    Args:
        landscape: loss in one weight; a gradient and a Hessian that it lacks are differentiated.
        period: of the first cycle.
        near: guess (point, lr) of its doubling.
        born: rate at which that cycle appeared; with it the first gap is guessed.
        count: number of doublings, >= 1; as many are returned.

    Raises:
        CascadeEnd: a later one was not found; its ``found`` holds those before it.
        ValueError: as `bifurcation_point`, for the first one.

    Source: classical; kong2020 shows the period doubling.
    """
    whole("count", count, least=1)
    finite("born", born)
    doublings = [bifurcation_point(landscape, period, multiplier=-1.0, near=near)]
    gap = (doublings[0].lr - born) / FEIGENBAUM
    while len(doublings) < count:
        last = doublings[-1]
        try:
            found = _next_doubling(landscape, last, gap)
        except ValueError as error:
            end = CascadeEnd(
                f"doubling {len(doublings) + 1} of {count}, of period {2 * last.period}, was not found: "
                f"{error}. The {len(doublings)} before it are in .found of this error; ask for no more"
            )
            end.found = tuple(doublings)
            raise end from None
        gap = (found.lr - last.lr) / FEIGENBAUM
        doublings.append(found)
    return doublings


def _next_doubling(landscape: Landscape, last: Bifurcation, gap: float) -> Bifurcation:
    double = 2 * last.period
    if abs(gap) < _LEAST_GAP * last.lr:
        raise ValueError(f"the next gap, about {gap:.1e}, is too small for float64 to tell its ends apart")
    # Halfway along, the doubled cycle attracts strongly: a short run settles on it.
    point = last.point + 1e-3 * gap
    for _ in range(_SETTLING_CYCLES):
        before, point = point, float(moved(landscape, last.lr + 0.6 * gap, np.array([point]), double)[0])
        if not abs(point - before) > _SETTLED * abs(point):
            break
    point, lr = solved_cycle(landscape, double, -1.0, (point, last.lr + gap))
    if not _NEAREST < (lr - last.lr) / gap < _FARTHEST:
        raise ValueError(f"lr {lr:.6g} was found, but about {last.lr + gap:.6g} was expected")
    return Bifurcation(lr, point, double)


def pitchfork_rate(eps: float) -> float:
    """Rate at which the symmetric 2-cycle of x^2/2 - eps cos(x / eps) loses its symmetry.

    With cos y = -eps it is 2 eps y / (sin y + eps y).

    Example:
        >>> round(pitchfork_rate(1e-4) / 1e-4, 3)  # pi for small eps
        3.141

    Args:
        eps: size of the ripple, in (0, 1).

    Source: our derivation, for kong2020's route to chaos.
    """
    _check_eps(eps)
    y = math.acos(-eps)
    return 2 * eps * y / (math.sin(y) + eps * y)


def escape_rate(eps: float) -> float:
    """Rate from which descent of x^2/2 - eps cos(x / eps) leaves the ripple's well around 0.

    There the largest step out of the well lands exactly on its rim, an unstable fixed point.

    Example:
        >>> round(escape_rate(1e-3), 5)
        0.0046

    Args:
        eps: size of the ripple, in (0, 0.2): larger ones have no rim.

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

    Example:
        >>> round(limiting_escape_stretch(), 6)
        4.603339

    Source: our derivation, for kong2020's route to chaos.
    """

    def overshoot(stretch: float) -> float:
        turn = math.acos(1 / stretch)
        return abs(turn - stretch * math.sin(turn)) - math.pi

    return float(brentq(overshoot, 2.0, 6.0, xtol=1e-15))


def _check_eps(eps: float, *, most: float = 1.0) -> None:
    within("eps", eps, 0, most)
