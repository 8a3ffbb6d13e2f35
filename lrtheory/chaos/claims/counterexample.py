"""Claims about the square wave: slopes as random as a coin, and no chaos at all."""

from __future__ import annotations

import math
from functools import partial

import torch

from lrtheory.chaos.measures.runs import cycle_period, lyapunov_exponent, stationary_sample
from lrtheory.chaos.models.two_scale import square_wave, uniform_start
from lrtheory.chaos.theory.stationary import stationary_variance
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import GradientDescent
from lrtheory.seeds import generator

_LR, _EPS, _START = 0.1, 1e-3, 0.3
_BURN = {"smoke": 3000, "laptop": 10_000, "long": 100_000}


def _exponent_is_negative(scale: str) -> Verdict:
    start = uniform_start(256, generator(0, "start"))
    found = lyapunov_exponent(square_wave(_EPS), _LR, start, burn=100, steps=500)
    return Verdict.near(found.value, math.log(1 - _LR), stderr=0.0, tolerance=1e-12)


def _orbit_is_periodic(scale: str) -> Verdict:
    period = cycle_period(square_wave(_EPS), _LR, _START, burn=_BURN[scale], longest=2000)
    return Verdict.inside(math.nan if period is None else period, (19, 19), predicted=19)


def _variance_is_not_the_coins(scale: str) -> Verdict:
    start = torch.tensor([[_START]], dtype=torch.float64)
    orbit = stationary_sample(GradientDescent(_LR), square_wave(_EPS), start, burn=_BURN[scale], keep=19)
    ratio = float(orbit.var(correction=0)) / stationary_variance(square_wave(_EPS), _LR)
    return Verdict.inside(ratio, (0.2721, 0.2723), predicted=0.014325 / 0.052632)


_claim = partial(Claim, theory="chaos", page="chaos/coin_toss", kind="our finding", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.square-wave-exponent",
        statement="A ripple with a square-wave slope has slopes as random as a coin at a uniform phase, yet "
        "descent on it contracts: its Lyapunov exponent is ln(1 - lr a) < 0.",
        source="our counterexample to reading kong2020's conditions as sufficient for chaos",
        how="Mean of ln|1 - lr f''| along 256 orbits at rate 0.1.",
        check=_exponent_is_negative,
    ),
    _claim(
        id="chaos.square-wave-period",
        statement="Descent on the square-wave ripple ends in a cycle: of 19 steps from x = 0.3 at "
        "eps = 1e-3.",
        source="our counterexample; the period depends on the start",
        how="First return of the settled orbit to within 1e-12.",
        check=_orbit_is_periodic,
    ),
    _claim(
        id="chaos.square-wave-variance",
        statement="The cycle's variance is 0.27 of what independent coin tosses would give.",
        source="our counterexample",
        how="Variance over one period of the cycle over lr s2 / (a (2 - lr a)).",
        check=_variance_is_not_the_coins,
    ),
)
