"""Claims about chaos proper: Lyapunov exponents and twins that part."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from lrtheory import measure
from lrtheory.chaos.measures.runs import lyapunov_exponent, pair_distance
from lrtheory.chaos.models.two_scale import periodic, uniform_start
from lrtheory.chaos.theory.limiting_exponents import limiting_lyapunov_exponent
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import GradientDescent
from lrtheory.seeds import generator

_MEMBERS = {"smoke": 512, "laptop": 4096, "long": 16384}


def _exponent(eps: float, lr: float, scale: str) -> measure.Estimate:
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    return lyapunov_exponent(periodic(eps), lr, start, burn=300, steps=600)


def _exponent_is_the_limit(scale: str) -> Verdict:
    found = _exponent(1e-5, 0.1, scale)
    expected = limiting_lyapunov_exponent(periodic(1e-5), 0.1)
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=1e-3)


def _slope_in_eps(scale: str) -> Verdict:
    sizes = np.array([1e-3, 1e-4, 1e-5, 1e-6])
    found = [_exponent(eps, 0.1, scale).value for eps in sizes]
    slope = float(np.polyfit(np.log(sizes), found, 1)[0])
    return Verdict.inside(slope, (-1.01, -0.99), predicted=-1.0)


def _slope_in_lr(scale: str) -> Verdict:
    rates = np.array([0.1, 0.3, 0.9, 1.8])
    found = [_exponent(1e-5, lr, scale).value for lr in rates]
    slope = float(np.polyfit(np.log(rates), found, 1)[0])
    return Verdict.inside(slope, (0.99, 1.01), predicted=1.0)


def _twins_part(scale: str) -> Verdict:
    lr, eps, steps = 0.1, 1e-3, 3  # the distance must stay far above rounding and far below eps
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    gap = pair_distance(GradientDescent(lr), periodic(eps), start, delta=1e-14, steps=steps)
    found = measure.mean_and_stderr((gap[-1] / gap[0]).log().numpy() / steps)
    return Verdict.near(found.value, math.log(lr / (2 * eps)), stderr=found.stderr, tolerance=0.01)


_claim = partial(Claim, theory="chaos", page="chaos/coin_toss", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.lyapunov-limit",
        kind="theorem",
        statement="For small eps the Lyapunov exponent is ln(lr A / (2 eps)): 8.517 at rate 0.1, eps = 1e-5.",
        source="kong2020, appendix on Lyapunov exponents; the closed form is our derivation",
        how="Mean of ln|1 - lr f''| along many orbits.",
        check=_exponent_is_the_limit,
    ),
    _claim(
        id="chaos.lyapunov-against-eps",
        kind="experiment",
        statement="The Lyapunov exponent grows by one for every factor e by which eps shrinks.",
        source="kong2020, appendix C.3, the plot against eps, in the style of",
        how="Slope of the exponent against ln eps from 1e-3 to 1e-6 at rate 0.1.",
        check=_slope_in_eps,
    ),
    _claim(
        id="chaos.lyapunov-against-lr",
        kind="experiment",
        statement="The Lyapunov exponent grows by one for every factor e by which the rate grows.",
        source="kong2020, appendix C.3, the plot against the rate, in the style of",
        how="Slope of the exponent against ln lr from 0.1 to 1.8 at eps = 1e-5.",
        check=_slope_in_lr,
    ),
    _claim(
        id="chaos.twins",
        kind="our finding",
        statement="Twins 1e-14 apart are pulled apart by a factor lr A / (2 eps) a step on (geometric) "
        "average.",
        source="the meaning of the exponent; our measurement",
        how="Mean log growth a step of the distance over three steps at rate 0.1, eps = 1e-3.",
        check=_twins_part,
    ),
)
