"""Checks of the assignment *Chaos without noise*: exponents, cycles of period three, and the six losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, log, pi, sin, sqrt

import numpy as np
from numpy.polynomial import Polynomial

from lrtheory.grading.assignments.checks import Array, Ask, Checks, Wrong, all_six, array, close, number

CHECKS = Checks()
Case = dict[str, object]
DRAWS = 60  # of a case, until its exponent is far enough from zero
CLEAR = 0.08  # the least exponent, up or down, of the six losses


def _placed(shape: Sequence[float], scale: float, shift: float, size: float) -> list[float]:
    """Coefficients of size * shape((x - shift) / scale), lowest power first."""
    placed = Polynomial(list(shape))(Polynomial([-shift / scale, 1 / scale])) * size
    return [float(each) for each in placed.coef]


def _cubic(expansion: float, draw: np.random.Generator) -> tuple[list[float], float, float, float]:
    """A cubic loss, the rate at which its minimum has that expansion, and the interval that is kept."""
    scale, shift, lr = draw.uniform(0.5, 2) * draw.choice([-1, 1]), draw.uniform(-1, 1), draw.uniform(0.1, 2)
    r = 1 + expansion  # in y = (x - shift) / scale a step is r y (1 - y)
    powers = _placed([0, 0, (1 - r) / 2, r / 3], scale, shift, scale**2 / lr)
    low, high = sorted((shift, shift + scale))
    return powers, float(lr), float(low), float(high)


def _quartic(expansion: float, draw: np.random.Generator) -> tuple[list[float], float, float, float]:
    """A double well; rate times half the curvature of its minima is the expansion, and chaos is full at 2."""
    scale, shift, lr = draw.uniform(0.5, 2), draw.uniform(-1, 1), draw.uniform(0.1, 2)
    powers = _placed([0.25, 0, -0.5, 0, 0.25], scale, shift, expansion * scale**2 / lr)
    reach = scale * sqrt(1 + 2 / expansion) if expansion < 2 else scale * sqrt(2)
    return powers, float(lr), float(shift - reach), float(shift + reach)


def _loss(powers: list[float], amplitude: float = 0.0, eps: float = 1.0) -> dict[str, object]:
    return {"powers": powers, "amplitude": amplitude, "eps": eps}


def _logs(case: Case, steps: int) -> Array:
    """Logarithms of the growth at every position of the orbit, by Horner's rule."""
    powers, amplitude, eps = case["powers"], case["amplitude"], case["eps"]
    lr, x = case["lr"], case["start"]
    assert isinstance(powers, list) and isinstance(amplitude, float) and isinstance(eps, float)
    assert isinstance(lr, float) and isinstance(x, float)
    found = np.empty(steps)
    for t in range(steps):
        slope = bend = 0.0
        for k in range(len(powers) - 1, 0, -1):
            slope, bend = slope * x + k * powers[k], bend * x + slope
        growth = 1 - lr * (bend - amplitude / eps * cos(x / eps))
        found[t] = log(abs(growth) + 1e-300)
        x = x - lr * (slope - amplitude * sin(x / eps))
        if abs(x) > 1e6:
            return np.full(steps, np.nan)
    return found


@CHECKS.check("q5", points=1, public=True)
def average_over_a_few_steps(ask: Ask, draw: np.random.Generator) -> None:
    """The average is over the positions after the burn-in, the first of them included."""
    for burn, steps in ((0, 1), (0, 4), (3, 5)):
        powers = [*draw.uniform(-0.5, 0.5, 4).tolist(), float(draw.uniform(0.2, 0.5))]
        loss = _loss(powers, *draw.uniform(0.3, 1, 2).tolist())
        case = {**loss, "lr": 0.1, "start": float(draw.uniform(-1, 1))}
        right = float(_logs(case, burn + steps)[burn:].mean())
        found = ask("exponent", loss, case["lr"], case["start"], burn, steps)
        close(found, right, rtol=1e-6, atol=1e-9, what=f"exponent of {steps} steps after {burn}")


@CHECKS.check("q5", points=1)
def exponent_at_full_chaos(ask: Ask, draw: np.random.Generator) -> None:
    """Ln 2 on a cubic at the end of its road, ln 3 on a double well at the end of its own."""
    for family, expansion, right in ((_cubic, 3 - 1e-9, log(2)), (_quartic, 2 - 1e-9, log(3))):
        powers, lr, low, high = family(expansion, draw)
        start = low + (high - low) * float(draw.uniform(0.3, 0.45))
        found = ask("exponent", _loss(powers), lr, start, 200, 10_000)
        close(found, right, rtol=0, atol=0.02, what=f"exponent of {family.__name__[1:]}")


@CHECKS.check("q5", points=1)
def exponent_of_a_fine_ripple(ask: Ask, draw: np.random.Generator) -> None:
    """ln(rate * amplitude / 2 eps) where phases are uniform."""
    for sign in (-1, 1):
        lr, eps = draw.uniform(0.1, 0.5), 10 ** draw.uniform(-6, -4)
        amplitude = sign * draw.uniform(0.5, 2)
        loss = _loss([0.3, 0.0, 0.5], float(amplitude), float(eps))
        found = ask("exponent", loss, float(lr), float(draw.uniform(0.2, 1)), 100, 6000)
        close(
            found, log(lr * abs(amplitude) / (2 * eps)), rtol=0, atol=0.08, what="exponent of a fine ripple"
        )


def _step(powers: list[float], lr: float, x: Array) -> Array:
    step: Array = x - lr * Polynomial(powers).deriv()(x)
    return step


def _cycles(ask: Ask, powers: list[float], lr: float, low: float, high: float, count: int) -> Array:
    """The answer's cycles, each held against three steps of its first point; sorted along and among them."""
    raw = ask("three_cycles", powers, lr, low, high)
    if not isinstance(raw, list | np.ndarray) or len(raw) != count:
        got = len(raw) if isinstance(raw, list | np.ndarray) else raw
        raise Wrong(f"three_cycles: expected {count} cycles, got {got}")
    found = array(raw, (count, 3) if count else None, "three_cycles")
    if count == 0:
        return found
    wide = high - low
    for k in range(3):
        close(_step(powers, lr, found[:, k]), found[:, (k + 1) % 3], rtol=0, atol=1e-6 * wide,
              what=f"a step from point {k} of each of three_cycles")  # fmt: skip
    points = np.sort(found.ravel())
    if count and np.diff(points).min() < 1e-5 * wide:
        raise Wrong("three_cycles: expected different points, got one of them twice")
    return points


@CHECKS.check("q6", points=2, public=True)
def two_cycles_of_a_cubic(ask: Ask, draw: np.random.Generator) -> None:
    """Two above the birth, none below it."""
    for expansion, count in ((draw.uniform(2.87, 2.97), 2), (draw.uniform(2.2, 2.8), 0)):
        _cycles(ask, *_cubic(float(expansion), draw), count)


@CHECKS.check("q6", points=1)
def eight_cycles_of_a_double_well(ask: Ask, draw: np.random.Generator) -> None:
    """At full chaos a step triples an angle, which gives every cycle in closed form."""
    powers, lr, low, high = _quartic(2.0, draw)
    angles = [2 * pi * j / 26 for j in range(-6, 7)] + [pi * (2 * j + 1) / 28 for j in range(-7, 7)]
    points = np.array([sin(angle) for angle in angles])
    points = np.sort(points[np.abs(3 * points - 4 * points**3 - points) > 1e-9])
    reach = (high - low) / 2
    wide = 1e-6 * reach
    found = _cycles(ask, powers, lr, low - wide, high + wide, 8)
    close(found, low + reach * (1 + points), rtol=0, atol=1e-5 * reach, what="points of the eight cycles")


@CHECKS.check("q6", points=1)
def birth_is_where_it_is(ask: Ask, draw: np.random.Generator) -> None:
    """The rate times the curvature of the minimum is the square root of eight, whatever the cubic."""
    for _ in range(3):
        powers, lr, _, _ = _cubic(2.5, draw)
        found = number(ask("birth", powers), "birth")
        close(found, lr * sqrt(8) / 2.5, rtol=2e-4, what="birth")


def _dip(draw: np.random.Generator, low: float, high: float) -> Case:
    """A rippled parabola with a dip at 0, its stretch between the two."""
    eps = draw.uniform(0.02, 0.1)
    return {
        **_loss([0.0, 0.0, 0.5], -1.0, float(eps)),
        "lr": float(eps * draw.uniform(low, high)), "start": float(eps * draw.uniform(0.2, 0.6)),
    }  # fmt: skip


def _smooth(draw: np.random.Generator, quartic: bool, low: float, high: float) -> Case:
    powers, lr, left, right = (_quartic if quartic else _cubic)(float(draw.uniform(low, high)), draw)
    return {**_loss(powers), "lr": lr, "start": left + (right - left) * float(draw.uniform(0.3, 0.45))}


def _kinds(draw: np.random.Generator) -> dict[bool, list[Case]]:
    """Cases of either answer, each with an exponent well away from zero in two stretches of its orbit."""
    kinds: dict[bool, list[Case]] = {True: [], False: []}
    offers: tuple[tuple[bool, Callable[[], Case]], ...] = (
        (True, lambda: _dip(draw, 3.4, 4.2)), (True, lambda: _smooth(draw, False, 2.66, 2.81)),
        (True, lambda: _smooth(draw, True, 1.75, 1.95)), (True, lambda: _dip(draw, 6.0, 14.0)),
        (False, lambda: _smooth(draw, False, 2.8305, 2.8335)), (False, lambda: _dip(draw, 2.2, 3.18)),
        (False, lambda: _smooth(draw, True, 1.1, 1.27)), (False, lambda: _smooth(draw, False, 2.1, 2.54)),
    )  # fmt: skip
    for answer, offer in offers:
        for _ in range(DRAWS):
            case = offer()
            logs = _logs(case, 7000)
            parts = logs[2000:4500].mean(), logs[4500:].mean()
            if all(part > CLEAR if answer else part < -CLEAR for part in parts):
                kinds[answer].append(case)
                break
    return kinds


def _six(ask: Ask, draw: np.random.Generator, times: int) -> None:
    """Ask about six losses at a time, with another pattern of answers each time."""
    seen: list[list[bool]] = []
    for _ in range(times):
        kinds, many = _kinds(draw), int(draw.integers(2, 5))
        while True:
            order = draw.permutation(6)
            right = [bool((np.arange(6) < many)[k]) for k in order]
            if right not in seen:
                break
        seen.append(right)
        chosen = [kinds[True][k] for k in draw.permutation(4)[:many]]
        chosen += [kinds[False][k] for k in draw.permutation(4)[: 6 - many]]
        found = ask("chaotic", [chosen[k] for k in order])
        all_six(found, right, "chaotic")


@CHECKS.check("q7", points=2, public=True)
def six_losses(ask: Ask, draw: np.random.Generator) -> None:
    """Six at a time, twice."""
    _six(ask, draw, 2)


@CHECKS.check("q7", points=2)
def six_more_losses(ask: Ask, draw: np.random.Generator) -> None:
    """Six at a time, four times."""
    _six(ask, draw, 4)
