"""Claims about the sum over diagrams: that it is the Taylor series of descent. Counts are in counting.py."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import product
from math import factorial, prod

import torch
from numpy.polynomial import Polynomial as InRate
from torch import Tensor

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.exact import exact_zero
from lrtheory.diagrams.counting.schedules import (
    Epochs,
    Schedule,
    WithReplacement,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.exact.enumerated_runs import Observed, exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.series.predicting import predict

_SCHEDULES: tuple[Schedule, ...] = (
    one_epoch(3),
    Epochs(2, epochs=2),
    Epochs(2, epochs=2, order="reshuffled"),
    Epochs(4, batch_size=2, epochs=2),
    full_batch(2, 3),
    WithReplacement(2, steps=3),
)
_ORDER = {"smoke": 3, "laptop": 4, "long": 4}


def _by_hand(scale: str) -> Verdict:
    """Four runs of two steps on 2 t + t^2 / 2 and 3 t^2 / 2 from 0, as polynomials in the rate."""
    slopes = (lambda t: 2 + t, lambda t: 3 * t)
    rate, total = InRate([0, 1]), InRate([0])
    for first, second in product(slopes, repeat=2):
        here = -rate * first(InRate([0]))  # type: ignore[no-untyped-call]
        end = here - rate * second(here)  # type: ignore[no-untyped-call]
        total = total + (end + end**2) / 4
    t = Polynomial.coordinate(1, 0)
    losses = (2 * t + Fraction(1, 2) * t**2, Fraction(3, 2) * t**2)
    landscape = PolynomialLandscape((Fraction(1, 2), Fraction(1, 2)), losses)
    found = predict(landscape, (Fraction(0),), one_epoch(2), order=2).coefficients[2]
    return Verdict.near(float(total.coef[2]), float(found), stderr=0.0, tolerance=1e-12)


def _worst(observable: Observed, order: int, *, plane: bool = False) -> Verdict:
    """Largest difference between enumerated runs and the sum over diagrams, before it is rounded."""
    landscape, start = three_quintics() if plane else two_quintics()
    worst = Fraction(0)
    for schedule in _SCHEDULES[: 2 if plane else None]:
        truth = exact_enumeration(landscape, start, schedule, observable=observable, order=order)
        summed = predict(landscape, start, schedule, observable=observable, order=order).coefficients
        worst = max(worst, *(abs(a - Fraction(b)) for a, b in zip(truth, summed, strict=True)))
    return exact_zero(worst)


def _second_moment(scale: str) -> Verdict:
    u, v = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    return _worst(u * v, 3, plane=True)


def _key_lemma(scale: str) -> Verdict:
    """The lemma's operators, one a step, applied to the test loss; the mean over all sets of three."""
    landscape, start = two_quintics()
    truth = exact_enumeration(landscape, start, one_epoch(3), order=3)
    total = [Fraction(0)] * 4
    for draw in product(range(2), repeat=3):
        series = [landscape.mean, *(Polynomial.constant(1, 0) for _ in range(3))]
        for example in reversed(draw):  # the first step's operator is applied last
            series = _displaced(series, landscape.losses[example].derivative(0))
        chance = prod(landscape.probabilities[example] for example in draw)
        total = [a + chance * b(start) for a, b in zip(total, series, strict=True)]
    return exact_zero(max(abs(a - b) for a, b in zip(truth, total, strict=True)))


def _displaced(series: list[Polynomial], slope: Polynomial) -> list[Polynomial]:
    """Series of s(t - lr slope(t)) in lr, given that of s(t): a Taylor series at each power."""
    found = [Polynomial.constant(1, 0) for _ in series]
    for power in range(len(series)):
        derivative = series[power]
        for many in range(len(series) - power):
            step = Fraction((-1) ** many, factorial(many)) * slope**many
            found[power + many] = found[power + many] + step * derivative
            derivative = derivative.derivative(0)
    return found


def _noiseless(scale: str) -> Verdict:
    """A population of one example: what is left of the sum is a series over trees."""
    (loss, _), (start,) = two_quintics()[0].losses, two_quintics()[1]
    alone = PolynomialLandscape((Fraction(1),), (loss,))
    truth = exact_enumeration(alone, (start,), one_epoch(4), order=4)
    terms = predict(alone, (start,), one_epoch(4), order=4).terms
    by_trees = [Fraction(0)] * 5
    for term in terms:
        if not term.diagram.ties:
            by_trees[term.diagram.order] += Fraction(term.coefficient)
    return exact_zero(max(abs(a - b) for a, b in zip(truth, by_trees, strict=True)))


class _Kink:
    """One example with the loss |t|."""

    dim, probabilities = 1, torch.ones(1, dtype=torch.float64)

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        return theta[..., 0].abs()

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        return theta[..., 0].abs()


def _kink(scale: str) -> Verdict:
    """One step of 0.3 from 0.1 on |t| lands at -0.2; the series ends at its first order, at -0.2 too low."""
    start = torch.tensor([0.1], dtype=torch.float64)
    summed = predict(_Kink(), start, one_epoch(1), order=3).coefficients
    series = sum(float(c) * 0.3**power for power, c in enumerate(summed))
    return Verdict.near(abs(0.1 - 0.3) - series, 0.4, stderr=0.0, tolerance=1e-12)


_claim = partial(Claim, theory="diagrams", page="diagrams/histories", states=HOLDS)
_ALL = "Every training set, order and draw, in exact fractions, on six schedules; the difference is measured."

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.by-hand",
        kind="our finding",
        statement="Two steps on two parabolas, averaged over the four training sets, have 8 lr^2: the sum of "
        "four diagrams.",
        source="tenka2020, the sum over diagrams at second order; the example is ours",
        how="Four runs written out as polynomials in the rate, without the library.",
        check=_by_hand,
    ),
    _claim(
        id="diagrams.sum-over-diagrams",
        kind="theorem",
        statement="The mean test loss after SGD is the sum over diagrams of (-lr)^e / |Aut| * count * value, "
        "order by order.",
        source="tenka2020, test loss as a sum over diagrams",
        how=_ALL,
        check=lambda scale: _worst("test", _ORDER[scale]),
    ),
    _claim(
        id="diagrams.sum-for-the-gap",
        kind="theorem",
        statement="The generalization gap is minus the sum over the diagrams whose root is tied.",
        source="tenka2020, variants for the train loss",
        how=_ALL,
        check=lambda scale: _worst("gap", 3),
    ),
    _claim(
        id="diagrams.sum-for-a-second-moment",
        kind="theorem",
        statement="With the product of two weights at the root, the same sum is its mean.",
        source="tenka2020, variants for displacements and second moments",
        how="All training sets of three losses of degree five in two weights, in exact fractions.",
        check=_second_moment,
    ),
    _claim(
        id="diagrams.key-lemma",
        kind="theorem",
        statement="Descent is a product of Taylor operators, one a step, the first step's applied last.",
        source="tenka2020, Key Lemma",
        how="Operators applied to polynomials, all training sets of three, against the enumerated runs.",
        check=_key_lemma,
    ),
    _claim(
        id="diagrams.noiseless-trees",
        kind="theorem",
        statement="With a single example only the diagrams without ties are left, and they sum to gradient "
        "descent.",
        source="butcher2016, series of Euler's method",
        how="Four steps on a loss of degree five through fourth order, in exact fractions.",
        check=_noiseless,
    ),
    _claim(
        id="diagrams.kink-unseen",
        kind="our finding",
        statement="The series does not see a kink: for a step of 0.3 from 0.1 on |t| it is 0.4 too low at "
        "every order.",
        source="ours; tenka2020 asks for analytic losses",
        how="One step by hand, against the sum through third order by automatic differentiation.",
        check=_kink,
    ),
)
