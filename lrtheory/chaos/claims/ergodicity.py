"""Claims about convergence: of laws under shared kicks, of Gibbs as the rate falls, of time to ensemble."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from lrtheory.chaos.measures.samples import time_against_ensemble
from lrtheory.chaos.models.problems import wavy_parabola
from lrtheory.chaos.models.two_scale import uniform_start
from lrtheory.chaos.theory.contraction import contraction_rate
from lrtheory.chaos.theory.laws import gibbs_law
from lrtheory.chaos.theory.transfer import operator_law, transfer_operator
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import GradientDescent
from lrtheory.landscape import gradient
from lrtheory.seeds import generator

# Curvatures of x^2/2 + 0.5 cos x + 0.1 sin 2x.
_LEAST, _LARGEST = 0.2145, 1.7855


def _laws_approach(scale: str) -> Verdict:
    """Pairs that get the same kicks, so that their distance bounds the distance of their laws."""
    lr, landscape, kicks = 0.3, wavy_parabola(1e-4), generator(0, "noise")
    x = uniform_start(4096, generator(0, "start"), reach=3.0)
    y = uniform_start(4096, generator(0, "other"), reach=3.0)
    worst = 0.0
    for _ in range({"smoke": 30, "laptop": 100, "long": 300}[scale]):
        gap, kick = (x - y).abs(), landscape.small.random_slope(x, kicks)
        x, y = (at - lr * (gradient(landscape.large, at) + kick) for at in (x, y))
        far = gap > 1e-6  # below, the ratio is rounding
        if bool(far.any()):
            worst = max(worst, float(((x - y).abs()[far] / gap[far]).max()))
    rate = contraction_rate(lr, least_curvature=_LEAST, largest_curvature=_LARGEST)
    return Verdict.at_most(worst, rate * (1 + 1e-4), note="largest ratio of distances in one step")


def _gibbs_error_is_second_order(scale: str) -> Verdict:
    landscape, rates = wavy_parabola(1e-4), (0.2, 0.1, 0.05)
    points = {"smoke": 1501, "laptop": 2001, "long": 3001}[scale]
    errors = []
    for lr in rates:
        exact = operator_law(transfer_operator(landscape, lr, points=points))
        gibbs = gibbs_law(landscape, lr)
        errors.append(abs(exact.mean_of(exact.points**2) - gibbs.mean_of(gibbs.points**2)))
    order = float(np.polyfit(np.log(rates), np.log(errors), 1)[0])
    return Verdict.inside(order, (1.8, 2.2), predicted=2.0, note="slope of ln error of E x^2 against ln lr")


def _time_is_ensemble(scale: str) -> Verdict:
    keep = {"smoke": 20_000, "laptop": 100_000, "long": 400_000}[scale]
    members = {"smoke": 2000, "laptop": 10_000, "long": 40_000}[scale]
    start = torch.full((members, 1), 0.7, dtype=torch.float64)
    start = start + 1e-9 * uniform_start(members, generator(0, "start"))
    found = time_against_ensemble(GradientDescent(0.1), wavy_parabola(1e-5), start, burn=200, keep=keep)
    note = "over what two samples of one law would have; the starts lie within 1e-9"
    return Verdict.at_most(found.ks / found.floor, 2.5, note=note)


_claim = partial(Claim, theory="chaos", page="chaos/coin_toss", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.contraction",
        kind="theorem",
        statement="On a strongly convex large-scale part, laws under random kicks approach each other "
        "by the factor max(|1 - lr m|, |1 - lr L|) a step.",
        source="kong2020, geometric ergodicity of the stochastic map, in our words",
        how="Pairs with the same kicks on x^2/2 + 0.5 cos x + 0.1 sin 2x: the largest ratio of distances.",
        check=_laws_approach,
    ),
    _claim(
        id="chaos.gibbs-order",
        kind="theorem",
        statement="Averages under the Gibbs law miss those of the stochastic map by an amount of order lr^2.",
        source="kong2020, the rescaled Gibbs law; the order is our derivation",
        how="Error of E x^2 at three rates by the transfer operator, its slope on logarithmic axes.",
        check=_gibbs_error_is_second_order,
    ),
    _claim(
        id="chaos.time-average",
        kind="experiment",
        statement="One long orbit visits the line with the law of many orbits at one time.",
        source="kong2020, appendix C.2, ergodicity, in the style of",
        how="Kolmogorov-Smirnov distance of an orbit from an ensemble started within 1e-9, at rate 0.1.",
        check=_time_is_ensemble,
    ),
)
