"""Solves the two equations of a cycle at a bifurcation, closing and multiplier, and checks the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import root

from lrtheory.chaos.models.line_map import Orbit, orbit
from lrtheory.landscape import Landscape
from lrtheory.law import Floats

_ULP = 2.0**-53
_TOLERANCE = 1e-9  # of the closing, over the longest step of the cycle; of the multiplier
_ROUNDINGS = 8  # how often the estimated rounding may be exceeded
_POLISHING = 30  # Newton steps that may follow
_MISSES = 2  # as many of them may shrink too little
_SAME_RATE = 1e-7  # a shorter cycle's rate this close, relatively, is the same rate
_COARSEST = 1e-3  # relative: what is nearly the same, a crossing's rate and a guess's
_BLURRED = 1e-2  # a multiplier that rounding blurs by more than this is not known


def solved_cycle(
    landscape: Landscape, period: int, multiplier: float, near: tuple[float, float]
) -> tuple[float, float]:
    """Point and rate of a cycle of that least period and multiplier.

    Args:
        landscape: loss in one weight.
        period: of the cycle, >= 1.
        multiplier: product of 1 - lr f'' over it.
        near: guess (point, lr).

    Raises:
        ValueError: nothing found near the guess, or a shorter cycle.

    Source: classical; kong2020 shows the period doubling.
    """
    found = _found(landscape, period, multiplier, near)
    if found is None:
        raise ValueError(
            f"no {period}-cycle of multiplier {multiplier:g} found near point {near[0]:.6g} and lr "
            f"{near[1]:.6g}: give a closer guess"
        )
    shorter = _least_period(landscape, period, multiplier, found)
    if shorter != period:
        raise ValueError(
            f"no {period}-cycle of multiplier {multiplier:g} found near point {near[0]:.6g} and lr "
            f"{near[1]:.6g}, but one of period {shorter}: ask for that, or give a closer guess"
        )
    return found


def _found(
    landscape: Landscape, period: int, multiplier: float, near: tuple[float, float]
) -> tuple[float, float] | None:
    """A checked solution, or None."""

    def equations(at: Floats) -> tuple[Floats, Floats]:
        run = orbit(landscape, float(at[1]), float(at[0]), period)
        return np.array([run.closing, run.stretch - multiplier]), np.array(
            [[run.stretch - 1, run.by_lr], [run.stretch_by_point, run.stretch_by_lr]]
        )

    def merging(at: Floats) -> tuple[Floats, Floats]:
        run = orbit(landscape, float(at[1]), float(at[0]), period)
        return np.array([run.by_lr, run.stretch - multiplier]), np.array(
            [[run.stretch_by_lr, run.by_lr_twice], [run.stretch_by_point, run.stretch_by_lr]]
        )

    def checked(at: Floats) -> tuple[float, float] | None:
        point, lr = float(at[0]), float(at[1])
        if not (math.isfinite(point) and 0 < lr < math.inf):
            return None
        run = orbit(landscape, lr, point, period)
        return (point, lr) if _solves(run, lr, multiplier, abs(point - near[0])) else None

    with np.errstate(all="ignore"):
        start = np.array(near, dtype=float)
        if not np.isfinite(equations(start)[0]).all():
            return None
        rough = root(equations, start, jac=True, method="hybr", options={"xtol": 1e-10}).x
        plain = checked(_polished(equations, rough))
        if multiplier != 1:
            return plain
        # Where three cycles meet in a pitchfork, or two cross, the closing is flat in both unknowns and
        # settles nothing; that its derivative by the rate vanishes then takes its place.
        crossing = checked(_polished(merging, rough))
        close = crossing is not None and abs(crossing[1] - rough[1]) <= _COARSEST * rough[1]
        return crossing if close else plain


def _polished(equations: Callable[[Floats], tuple[Floats, Floats]], at: Floats) -> Floats:
    """Newton's steps from here until they shrink no more; where the smallest one was taken from."""
    best, smallest, misses = at, math.inf, 0
    value, jacobian = equations(at)
    length = abs(at[0])
    for _ in range(_POLISHING):
        scale = np.abs(jacobian).max(axis=0)
        if not (np.isfinite(jacobian).all() and (scale > 0).all() and np.isfinite(value).all()):
            break
        step = np.linalg.lstsq(jacobian / scale, -value, rcond=1e-15)[0] / scale
        length = max(length, abs(step[0]), 1e-300)
        size = abs(step[0]) / length + abs(step[1]) / abs(at[1])
        misses += size > 0.9 * smallest
        if size < smallest:
            best, smallest = at, size
        if misses > _MISSES or size < 4 * _ULP:
            break
        at = at + step
        value, jacobian = equations(at)
    return best


def _solves(run: Orbit, lr: float, multiplier: float, travel: float) -> bool:
    """Whether an orbit closes and has the multiplier, to tolerance and rounding; NaN does neither."""
    size, from_one = max(1.0, abs(multiplier)), abs(multiplier - 1)
    rounding = _ROUNDINGS * run.rounding
    blur = _ROUNDINGS * (
        abs(run.stretch_by_point) * (run.rounding + _ULP * abs(run.points[0]))
        + abs(run.stretch_by_lr) * _ULP * lr
    )
    miss = abs(run.stretch - multiplier)
    if len(run.points) == 2:  # a fixed point has no step to measure by: how far is it, and does that matter?
        distance = abs(run.closing) / from_one
        near = distance <= _TOLERANCE * max(abs(float(run.points[0])), travel) + rounding / from_one
        harmless = abs(run.stretch_by_point) * distance <= _COARSEST * _COARSEST * size + blur
        return near and harmless and blur <= _BLURRED * size and miss <= _TOLERANCE * min(1, from_one) + blur
    longest = float(np.abs(np.diff(run.points)).max())
    resolved = not _BLURRED * longest < rounding < longest
    closes = resolved and abs(run.closing) <= _TOLERANCE * longest + rounding
    return closes and blur <= _BLURRED * size and miss <= _TOLERANCE * size + blur


def _least_period(
    landscape: Landscape, period: int, multiplier: float, found: tuple[float, float]
) -> int:
    """Period of the shortest cycle that this solution is, to its accuracy."""
    point, lr = found
    run = orbit(landscape, lr, point, period)
    same = max(_ROUNDINGS * run.rounding, 4 * _TOLERANCE * float(np.abs(np.diff(run.points)).max()))
    for divisor in (number for number in range(1, period) if period % number == 0):
        apart = float(np.abs(run.points[divisor:] - run.points[:-divisor]).max())
        if apart <= same:
            return divisor
        # Where a shorter cycle doubles, three longer ones merge, and the solution is known to a third of
        # the digits: too far from the shorter cycle to be told by the points alone.
        for shorter in _shorter_multipliers(multiplier, period // divisor):
            if divisor == 1 and shorter == 1:
                continue
            other = _found(landscape, divisor, shorter, found)
            if (
                other is not None
                and abs(other[1] - lr) <= _SAME_RATE * lr
                and abs(other[0] - point) <= 4 * apart
            ):
                return divisor
    return period


def _shorter_multipliers(multiplier: float, turns: int) -> list[float]:
    """Real numbers whose power is the multiplier."""
    size = abs(multiplier) ** (1 / turns)
    if turns % 2:
        return [math.copysign(size, multiplier)]
    if multiplier < 0:
        return []
    return [size, -size] if size else [0.0]
