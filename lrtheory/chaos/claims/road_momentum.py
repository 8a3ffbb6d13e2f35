"""Claims about descent with momentum on rough losses: variances, exponents, the attractor's dimension."""

from __future__ import annotations

import math
from functools import cache, partial

from lrtheory import measure
from lrtheory.chaos.measures.spectrum import Spectrum, kaplan_yorke_dimension, lyapunov_spectrum
from lrtheory.chaos.models.curved import Curved
from lrtheory.chaos.models.problems import matyas
from lrtheory.chaos.models.two_scale import double_well, periodic, uniform_start
from lrtheory.chaos.theory.momentum import exponent_sum, momentum_exponents, momentum_variance
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import descend
from lrtheory.rules import HeavyBall, Nesterov
from lrtheory.seeds import generator

_LOSS = periodic(1e-5)
_BALL, _AHEAD = HeavyBall(0.05, 0.9), Nesterov(0.05, 0.9)
_MEMBERS = {"smoke": 512, "laptop": 2048, "long": 16384}
_KEEP = {"smoke": 600, "laptop": 2000, "long": 4000}
_GROUPS = 16


@cache
def _spectrum(rule: HeavyBall | Nesterov, members: int) -> Spectrum:
    start = uniform_start(members // 4, generator(0, "start"))
    return lyapunov_spectrum(rule, _LOSS, start, burn=200, steps=400)


def _variance(rule: HeavyBall | Nesterov, scale: str) -> Verdict:
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    # One run: a second one would start at rest again, too cold for a while.
    x = descend(rule, _LOSS, start, steps=400 + _KEEP[scale], every=1).theta[401:, :, 0]
    found = measure.mean_over_groups(lambda part: float(part.var()), x, _GROUPS, axis=1)
    expected = momentum_variance(_LOSS, rule)
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.002 * expected)


def _sum_is_exact(scale: str) -> Verdict:
    """Largest defect over three losses, at rates large and small."""
    losses: tuple[tuple[Curved, float], ...] = (
        (periodic(1e-5), 0.05),
        (double_well(0.05), 0.1),
        (matyas(1e-2), 0.02),
    )
    defects = []
    for loss, lr in losses:
        rule = HeavyBall(lr, 0.9)
        start = uniform_start(16, generator(0, "start"), dim=loss.dim)
        found = lyapunov_spectrum(rule, loss, start, burn=0, steps=300)
        defects.append(abs(float(found.exponents.sum()) - exponent_sum(rule, dim=loss.dim)))
    return Verdict.at_most(max(defects), 1e-8, note="parabola, double well and Matyas function, momentum 0.9")


def _dimension(scale: str) -> Verdict:
    """An error e of the first exponent l changes 2 + s / (l - s), s = ln mu, by e |s| / (l - s)^2."""
    found = _spectrum(_BALL, _MEMBERS[scale])
    top, lowest = momentum_exponents(_LOSS, _BALL)
    slope = abs(math.log(0.9)) / lowest**2
    measured = kaplan_yorke_dimension(found.exponents.tolist())
    expected = 1 + top / -lowest
    return Verdict.near(measured, expected, stderr=float(found.stderr[0]) * slope, tolerance=1e-5)


def _second_exponent(scale: str) -> Verdict:
    found = _spectrum(_AHEAD, _MEMBERS[scale])
    expected = math.log(0.9 / 1.9)
    return Verdict.near(float(found.exponents[1]), expected, stderr=float(found.stderr[1]), tolerance=2e-4)


_claim = partial(Claim, theory="chaos", page="chaos/road", states=HOLDS)

_NUMERICS = "kong2020, appendix C.4 (numerics), in the style of; the value is our derivation"

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.heavy-ball-variance",
        kind="experiment",
        statement="Heavy ball, rate 0.05, momentum 0.9, on x^2/2 + eps cos(x/eps), eps = 1e-5, settles "
        "with the "
        "variance 0.1267 of a recursion with random kicks.",
        source=_NUMERICS,
        how="Variance of 400-step-old orbits from many starts.",
        check=partial(_variance, _BALL),
    ),
    _claim(
        id="chaos.nesterov-variance",
        kind="experiment",
        statement="Nesterov's momentum at the same numbers settles with variance 0.0874; its Gibbs law "
        "says 0.125.",
        source=_NUMERICS,
        how="Variance of 400-step-old orbits from many starts.",
        check=partial(_variance, _AHEAD),
    ),
    _claim(
        id="chaos.heavy-ball-exponents",
        kind="our finding",
        statement="All Lyapunov exponents of the heavy ball add up to d ln(momentum), for every loss and "
        "rate.",
        source="our derivation: the determinant of one step",
        how="Largest defect of the sum on three losses.",
        check=_sum_is_exact,
    ),
    _claim(
        id="chaos.heavy-ball-dimension",
        kind="our finding",
        statement="The attractor of that heavy ball, in the plane of position and move, has Kaplan-Yorke "
        "dimension "
        "1.9867.",
        source="kaplan1979 for the formula; our derivation of the exponents",
        how="Dimension from both measured exponents, against that from their limits.",
        check=_dimension,
    ),
    _claim(
        id="chaos.nesterov-exponent",
        kind="our finding",
        statement="The second Lyapunov exponent of Nesterov's momentum tends to ln(mu / (1 + mu)): "
        "-0.7472 at 0.9.",
        source="our derivation: the determinant mu (1 - lr f'') of one step",
        how="Exponents by QR along orbits at rate 0.05, eps = 1e-5.",
        check=_second_exponent,
    ),
)
