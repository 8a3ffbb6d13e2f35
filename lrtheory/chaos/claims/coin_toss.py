"""Claims about laws: where descent on a rough parabola settles, and how close that is to Gibbs.

Claims about the map itself live in `maps`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from torch import Tensor

from lrtheory import measure
from lrtheory.chaos.measures.runs import stationary_sample
from lrtheory.chaos.models.two_scale import periodic, uniform_start
from lrtheory.chaos.theory.laws import gibbs_law, stationary_law
from lrtheory.chaos.theory.stationary import (
    gibbs_ks_to_first_order,
    gibbs_temperature,
    stationary_kurtosis,
    stationary_variance,
)
from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.descent import GradientDescent
from lrtheory.seeds import generator

_MEMBERS = {"smoke": 1024, "laptop": 4096, "long": 16384}
_GROUPS = 16


@cache
def _positions(eps: float, lr: float, members: int) -> Tensor:
    """Positions (1000, members) of descent on the rough parabola after 300 steps are forgotten."""
    start = uniform_start(members, generator(0, "start"))
    return stationary_sample(GradientDescent(lr), periodic(eps), start, burn=300, keep=1000)[..., 0]


def _grouped(statistic: Callable[[Tensor], float], positions: Tensor) -> measure.Estimate:
    return measure.mean_over_groups(statistic, positions, _GROUPS, axis=1)


def _variance_is_exact(scale: str) -> Verdict:
    expected = stationary_variance(periodic(1e-5), 0.1)
    found = _grouped(lambda part: float(part.var()), _positions(1e-5, 0.1, _MEMBERS[scale]))
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.002 * expected)


def _kurtosis_is_exact(scale: str) -> Verdict:
    expected = stationary_kurtosis(periodic(1e-5), 0.1)
    found = _grouped(measure.excess_kurtosis, _positions(1e-5, 0.1, _MEMBERS[scale]))
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.002)


def _law_is_the_coin_toss(scale: str) -> Verdict:
    positions = _positions(1e-5, 0.1, _MEMBERS[scale])
    distance = measure.ks_distance(positions, stationary_law(periodic(1e-5), 0.1))
    independent = _MEMBERS[scale] * 1000 * 0.1 / 1.9
    return Verdict.at_most(distance, 2.0 / math.sqrt(independent), note="bound: 1e-3 level of the KS test")


def _gibbs_at_a_small_rate(scale: str) -> Verdict:
    positions = _positions(1e-5, 0.1, _MEMBERS[scale])
    distance = measure.ks_distance(positions, gibbs_law(periodic(1e-5), 0.1))
    expected = 0.009836
    limits = "lr * curvature = 0.1; the distance is the law's bias in lr and does not shrink with eps"
    noise = 1 / math.sqrt(_MEMBERS[scale] * 1000 * 0.1 / 1.9)
    interval = (expected - 2 * noise, expected + 2 * noise)
    return Verdict.inside(distance, interval, predicted=expected, limits=limits)


def _gibbs_bias_is_linear(scale: str) -> Verdict:
    rates = np.array([0.01, 0.02, 0.04])
    ratios = []
    for lr in rates:
        exact, gibbs = stationary_law(periodic(1e-5), lr), gibbs_law(periodic(1e-5), lr)
        ratios.append(measure.law_distances(exact, gibbs).ks / lr)
    at_zero = float(np.polyval(np.polyfit(rates, ratios, 2), 0.0))  # extrapolated to lr = 0
    expected = gibbs_ks_to_first_order(periodic(1e-5), 1e-3) / 1e-3
    return Verdict.inside(at_zero, (expected - 2e-4, expected + 2e-4), predicted=expected)


def _gibbs_at_a_large_rate(scale: str) -> Verdict:
    found = _grouped(lambda part: float(part.var()), _positions(1e-5, 1.5, _MEMBERS[scale]))
    gibbs = gibbs_temperature(periodic(1e-5), 1.5)
    return Verdict.near(found.value / gibbs, 4.0, stderr=found.stderr / gibbs, tolerance=0.01)


def _support_is_bounded(scale: str) -> Verdict:
    largest = max(float(_positions(1e-5, lr, _MEMBERS[scale]).abs().max()) for lr in (0.1, 0.5))
    return Verdict.at_most(largest, 1.0)


def _memory_decays(scale: str) -> Verdict:
    x = _positions(1e-5, 0.1, _MEMBERS[scale])
    found = _grouped(lambda part: float((part[1:] * part[:-1]).mean() / part.var()), x)
    return Verdict.near(found.value, 0.9, stderr=found.stderr, tolerance=0.001)


_claim = partial(Claim, theory="chaos", page="chaos/coin_toss", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.exact-variance",
        kind="theorem",
        statement="Descent at rate 0.1 on x^2/2 + eps cos(x/eps), eps = 1e-5, has the variance "
        "lr s2 / (a (2 - lr a)) = 0.02632 of the map with independent random kicks.",
        source="kong2020, convergence to the stochastic map; the variance is our derivation",
        how="Variance of 300-step-old orbits from many starts, against the closed form, to 0.2 %.",
        check=_variance_is_exact,
    ),
    _claim(
        id="chaos.exact-kurtosis",
        kind="our finding",
        statement="The law of the descent is flatter than a Gaussian: excess kurtosis -0.157 at rate 0.1.",
        source="our derivation from the cumulants of the arcsine law",
        how="Excess kurtosis of the orbits against -1.5 (1 - b^2) / (1 + b^2), b = 0.9.",
        check=_kurtosis_is_exact,
    ),
    _claim(
        id="chaos.exact-law",
        kind="theorem",
        statement="The histogram of the deterministic descent is the law of the map with random kicks.",
        source="kong2020, convergence of the invariant law; the law is our Fourier series",
        how="Kolmogorov-Smirnov distance to the law computed from a product of Bessel functions.",
        check=_law_is_the_coin_toss,
    ),
    _claim(
        id="chaos.gibbs-law",
        kind="experiment",
        statement="The histogram of the descent is close to the rescaled Gibbs law exp(-f0 / T), "
        "T = lr s2 / 2.",
        source="kong2020, section 3.1, in the style of; eps, lr and sample size are our choice",
        how="Kolmogorov-Smirnov distance at rate 0.1; the exact law's own distance is 0.0098.",
        states=HOLDS_WITHIN_LIMITS,
        check=_gibbs_at_a_small_rate,
    ),
    _claim(
        id="chaos.gibbs-bias",
        kind="our finding",
        statement="The Gibbs law is wrong by 0.0928 lr a in Kolmogorov-Smirnov distance, however small "
        "eps is.",
        source="our derivation: first cumulants of the exact law",
        how="Exact laws at three rates, distance over rate extrapolated to 0, against the expansion.",
        check=_gibbs_bias_is_linear,
    ),
    _claim(
        id="chaos.gibbs-large-rate",
        kind="our finding",
        statement="At rate 1.5 the descent's variance is four times the Gibbs law's: 1 / (1 - lr a / 2).",
        source="our derivation from the exact variance",
        how="Variance of the orbits over T / a.",
        check=_gibbs_at_a_large_rate,
    ),
    _claim(
        id="chaos.bounded-support",
        kind="our finding",
        statement="No orbit leaves |x| <= A / a, whatever eps and lr <= 1: the Gibbs law's tails are not "
        "there.",
        source="our derivation: a bounded kick and a contraction",
        how="Largest |x| over all orbits at rates 0.1 and 0.5.",
        check=_support_is_bounded,
    ),
    _claim(
        id="chaos.autocorrelation",
        kind="theorem",
        statement="Successive positions are correlated as if the kicks were independent: 1 - lr a at "
        "lag one.",
        source="kong2020, the stochastic map; the value is our derivation",
        how="Lag-one autocorrelation of the orbits at rate 0.1, against 0.9.",
        check=_memory_decays,
    ),
)
