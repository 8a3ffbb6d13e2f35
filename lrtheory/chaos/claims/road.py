"""Claims about the road to chaos: flips, doublings, the way out, period three.

Those about exponents live in `road_exponents`, about momentum in `road_momentum`.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.optimize import bisect

from lrtheory.chaos.kernels.ensembles import ensemble_histogram, orbit_diagram
from lrtheory.chaos.kernels.lyapunov import lyapunov_sweep
from lrtheory.chaos.measures.cycles import critical_points, find_cycles
from lrtheory.chaos.measures.regularity import zero_one_test
from lrtheory.chaos.models.two_scale import periodic, uniform_start
from lrtheory.chaos.theory import bifurcation, horseshoe
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.law import Floats
from lrtheory.seeds import generator

_LOSS = periodic(0.1, amplitude=-1.0)
_MEMBERS = {"smoke": 512, "laptop": 4096, "long": 16384}
_IN_THE_WELL = (-0.34, 0.34)  # inside both rims
_THREE_CYCLES = (  # loss, rate, points in units of eps: found by a program that shares nothing with ours
    (periodic(0.1), 0.5, (-0.12333249624479, -0.67676658553568, -3.46976092537107)),
    (_LOSS, 0.4, (-0.30462400814396, 1.01696365633535, -2.79188171639377)),
    (periodic(0.01), 0.1, (-0.02954699656290, -0.32201927230084, -3.45464417291152)),
)


def _settled(rates: Floats) -> Floats:
    """Last two positions at every rate, after 20,000 steps from 0.03, shape (rates, 2)."""
    return orbit_diagram(_LOSS, rates, 0.03, burn=20_000, keep=2)


def _onset(rates: Floats, square: Floats) -> float:
    """Rate at which a square that grows smoothly from 0 starts, extrapolated by a cubic in it."""
    return float(np.polyval(np.polyfit(square, rates, 3), 0.0))


def _flip(scale: str) -> Verdict:
    expected = bifurcation.flip_rate(1 + 1 / 0.1)
    rates = np.linspace(expected + 2e-3, expected + 1e-2, 9)
    start = _onset(rates, _settled(rates)[:, 0] ** 2)
    return Verdict.inside(start, (expected - 1e-5, expected + 1e-5), predicted=expected)


def _pitchfork(scale: str) -> Verdict:
    expected = bifurcation.pitchfork_rate(0.1)
    rates = np.linspace(expected + 2e-3, expected + 8e-3, 9)
    start = _onset(rates, _settled(rates).sum(axis=1) ** 2)
    return Verdict.inside(start, (expected - 1e-5, expected + 1e-5), predicted=expected)


def _feigenbaum(scale: str) -> Verdict:
    born = bifurcation.pitchfork_rate(0.1)
    found = bifurcation.period_doublings(_LOSS, 2, near=(0.17, 0.3164), born=born, count=6)
    gaps = np.diff([doubling.lr for doubling in found])
    interval = (bifurcation.FEIGENBAUM - 0.003, bifurcation.FEIGENBAUM + 0.003)
    return Verdict.inside(gaps[-2] / gaps[-1], interval, predicted=bifurcation.FEIGENBAUM)


def _escape(scale: str) -> Verdict:
    """Bisection on whether any of many orbits ever leaves the well."""
    rim = float(critical_points(_LOSS, box=(0.2, 0.45))[0])
    start = uniform_start(_MEMBERS[scale], generator(0, "start"), reach=0.1).numpy()
    low, high = 0.43, 0.44
    while high - low > 1e-7:
        middle = (low + high) / 2
        seen = ensemble_histogram(
            _LOSS, middle, start, burn=0, steps=2000, bins=1, box=(-rim, rim)
        )
        low, high = (middle, high) if seen.outside == 0 else (low, middle)
    expected = bifurcation.escape_rate(0.1)
    return Verdict.inside(high, (expected - 1e-6, expected + 1e-4), predicted=expected)


def _birth(box: tuple[float, float], rates: tuple[float, float]) -> float:
    """Rate from which a grid shows 3-cycles in the box."""
    return float(bisect(lambda lr: len(find_cycles(_LOSS, lr, 3, box=box)) - 0.5, *rates, xtol=1e-6))


def _period_three(scale: str) -> Verdict:
    expected = bifurcation.bifurcation_point(_LOSS, 3, multiplier=1.0, near=(-0.28, 0.3723)).lr
    return Verdict.near(_birth(_IN_THE_WELL, (0.37, 0.375)), expected, stderr=0.0, tolerance=1e-5)


def _period_three_beside(scale: str) -> Verdict:
    expected = bifurcation.bifurcation_point(_LOSS, 3, multiplier=1.0, near=(0.6437, 0.31216)).lr
    return Verdict.near(_birth((-2, 2), (0.30, 0.32)), expected, stderr=0.0, tolerance=1e-5)


def _known_three_cycles(scale: str) -> Verdict:
    errors = []
    for loss, lr, points in _THREE_CYCLES:
        wanted = np.roll(points, -int(np.argmin(points)))
        cycles = find_cycles(loss, lr, 3, box=(-0.5, 0.5))
        errors.append(min(np.abs(cycle.points / loss.eps - wanted).max() for cycle in cycles))
    return Verdict.at_most(max(errors), 1e-9, note="largest distance in units of eps, three losses")


def _horseshoe(scale: str) -> Verdict:
    """Points of periods 1, 2 and 3 in the interval, over the number that the theorem promises."""
    ratios = []
    for lr in (0.15, 0.3):
        branches = horseshoe.horseshoe_branches(lr, 0.01)
        reach = 0.01 * math.pi * (branches + 1) / 2
        cycles = [find_cycles(periodic(0.01), lr, n, box=(-reach, reach)) for n in (1, 2, 3)]
        one, two, three = map(len, cycles)
        counts = (one, one + 2 * two, one + 3 * three)
        ratios += [count / branches**n for n, count in enumerate(counts, 1)]
    return Verdict.at_least(min(ratios), 1.0, note="smallest ratio of found to promised, two rates")


def _stable_window(scale: str) -> Verdict:
    start = uniform_start(_MEMBERS[scale], generator(0, "start"), reach=0.1).numpy()
    found = lyapunov_sweep(_LOSS, [0.3725], start, burn=4000, steps=3000)
    return Verdict.at_most(found.max(), 0.0, note="largest exponent over all starts in the well")


def _in_well_chaos(scale: str) -> Verdict:
    rim = float(critical_points(_LOSS, box=(0.2, 0.45))[0])
    length = {"smoke": 2000, "laptop": 4000, "long": 8000}[scale]
    orbit = orbit_diagram(_LOSS, [0.34], 0.03, burn=1000, keep=length)[0]
    farthest = np.abs(orbit).max()
    test = zero_one_test(orbit) if farthest < rim else math.nan
    return Verdict.inside(test, (0.95, 1.0), note=f"farthest point {farthest:.4f}, rim {rim:.4f}")


_claim = partial(Claim, theory="chaos", page="chaos/road", states=HOLDS)

_TURNED = "x^2/2 - eps cos(x/eps), eps = 0.1"
_OURS = "our derivation; kong2020 shows the period doubling (C.1), in the style of"

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.flip-rate",
        kind="theorem",
        statement=f"On {_TURNED}, the minimum at 0 stops attracting at rate 2 / f'' = 2 eps / (1 + eps), "
        "and a stable "
        "2-cycle is born.",
        source="classical; cohen2021 calls it the edge of stability",
        how="Squared size of the settled 2-cycle at larger rates, extrapolated to zero.",
        check=_flip,
    ),
    _claim(
        id="chaos.pitchfork-rate",
        kind="our finding",
        statement=f"On {_TURNED}, the 2-cycle loses its symmetry at 2 y eps / (sin y + eps y), cos y = -eps.",
        source=_OURS,
        how="Squared asymmetry of the settled 2-cycle at larger rates, extrapolated to zero.",
        check=_pitchfork,
    ),
    _claim(
        id="chaos.feigenbaum",
        kind="experiment",
        statement=f"On {_TURNED}, the gaps between successive period doublings shrink by Feigenbaum's 4.669.",
        source=_OURS,
        how="Ratio of the last two of five gaps, each doubling solved for as a cycle of multiplier -1.",
        check=_feigenbaum,
    ),
    _claim(
        id="chaos.escape-rate",
        kind="our finding",
        statement=f"On {_TURNED}, orbits leave the central well from rate 0.434984 on: there its largest "
        "step lands on "
        "the rim.",
        source=_OURS,
        how="Bisection on whether any of many orbits leaves within 2,000 steps.",
        check=_escape,
    ),
    _claim(
        id="chaos.period-three",
        kind="our finding",
        statement=f"On {_TURNED}, cycles of period three appear in the central well at rate 0.372299.",
        source=_OURS,
        how="Bisection on a search of the well by sign changes, against the rate of a 3-cycle with "
        "multiplier 1.",
        check=_period_three,
    ),
    _claim(
        id="chaos.period-three-beside",
        kind="our finding",
        statement=f"On {_TURNED}, the first cycles of period three anywhere appear at 0.312157, in the "
        "side wells.",
        source=_OURS,
        how="Bisection on a search of [-2, 2], against the rate of a 3-cycle with multiplier 1.",
        check=_period_three_beside,
    ),
    _claim(
        id="chaos.three-cycles",
        kind="theorem",
        statement="Three losses of two scales have the cycles of period three that an independent "
        "program found.",
        source="liyorke1975, period three; the cycles are our computation",
        how="Largest distance between the points found by sign changes and the tabulated ones.",
        check=_known_three_cycles,
    ),
    _claim(
        id="chaos.horseshoe",
        kind="theorem",
        statement="Where lr m >= P eps (2 + lr L), an interval holds at least branches^n points of period n.",
        source="our derivation; liyorke1975 for what follows from it; kong2020 proves chaos in one dimension",
        how="Points of periods 1, 2 and 3 found for eps = 0.01 at two rates, over the number promised.",
        check=_horseshoe,
    ),
    _claim(
        id="chaos.stable-window",
        kind="our finding",
        statement=f"On {_TURNED} at rate 0.3725, period three is there, so chaos in Li and Yorke's sense "
        "is too; "
        "yet all orbits of the well settle on cycles.",
        source="our measurement; liyorke1975 for the implication",
        how="Largest Lyapunov exponent over many starts: negative.",
        check=_stable_window,
    ),
    _claim(
        id="chaos.chaos-in-a-well",
        kind="experiment",
        statement=f"On {_TURNED} at rate 0.34, descent is chaotic and never leaves the dip it started in.",
        source=_OURS,
        how="The 0-1 test on one orbit that stays inside the rims: near 1.",
        check=_in_well_chaos,
    ),
)
