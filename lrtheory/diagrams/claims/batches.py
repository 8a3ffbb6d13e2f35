"""Claims about batch size and epochs: imitated batches, shared rates, the first gap; not about curvature."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.diagrams.counting.schedules import Epochs, full_batch
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.experiments.overfitting import (
    PAIRS,
    fashion_pair,
    imitated_batches,
    random_start,
    shared_epochs,
)
from lrtheory.diagrams.models.examples import two_quintics
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.series.predicting import predict

# grad |G|^2 and grad tr C of the two quintics at their start
_DRIFTS = 2 * Fraction(79, 28) * Fraction(113, 112), Fraction(-285, 392)


@cache
def _imitated(scale: str) -> Any:
    return run_at(scale, imitated_batches, {"trials": 100, "starts": 1, "rates": (0.01, 0.03)})


def _batches_imitated(scale: str) -> Verdict:
    run = _imitated(scale)
    chosen = int(np.abs(run["lr"] - 0.01).argmin())
    plain, copy = (np.sqrt((run[name][:, chosen, 0] ** 2).mean()) for name in ("plain", "imitated"))
    return Verdict.at_most(float(copy / plain), 0.2, note="rms over problems, at rate 0.01")


def _imitation_is_of_third_order(scale: str) -> Verdict:
    run = _imitated(scale)
    first, last = (int(np.abs(run["lr"] - lr).argmin()) for lr in (0.01, 0.03))
    size = np.sqrt((run["imitated"][..., 0] ** 2).mean(axis=0))
    slope = math.log(size[last] / size[first]) / math.log(run["lr"][last] / run["lr"][first])
    return Verdict.inside(slope, (2.8, 3.2), predicted=3.0)


def _imitation_fails_at_large_rates(scale: str) -> Verdict:
    run = run_at(scale, imitated_batches, {"trials": 100, "starts": 1, "rates": (0.3,)})
    plain, copy = (np.sqrt((run[name][:, -1, 0] ** 2).mean()) for name in ("plain", "imitated"))
    return Verdict.at_least(float(copy / plain), 1.0, note="at rate 0.3, where the third order is as large")


def _epochs_are_exact(scale: str) -> Verdict:
    landscape, start = two_quintics()
    place, off = Polynomial.coordinate(1, 0), Fraction(0)
    for epochs in (2, 3):
        many, once = (
            exact_enumeration(landscape, start, Epochs(2, 1, e), observable=place, order=2)[2] / e**2
            for e in (epochs, 1)
        )
        off = max(off, abs(many - once - Fraction(epochs - 1, 2 * epochs) * sum(_DRIFTS)))
    return Verdict.at_most(float(off), 0.0)


def _epochs_on_clothes(scale: str) -> Verdict:
    run = run_at(scale, shared_epochs, {"trials": 1_000, "rates": (0.02,), "epochs": (5,)})
    row, column = (0, 0) if scale == "smoke" else (2, 2)
    lr = float(run["lr"][column])
    model, start = fashion_pair(*PAIRS[0]), random_start(PAIRS[0], 0, 0)
    many, once = (predict(model, start, Epochs(10, 1, e), order=3).coefficients for e in (5, 1))
    second, third = (float(many[k]) / 5**k - float(once[k]) for k in (2, 3))
    value, stderr = run["difference"][row, column] / (lr**2 * second)
    steepest = (10 * lr) ** 2 / 4  # order four relative to order two: curvature at most 1/4, ten steps
    return Verdict.near(float(value), 1 + lr * third / second, stderr=float(stderr), tolerance=steepest)


def _gap_of_roberts(scale: str) -> Verdict:
    landscape, start = two_quintics()
    gap = exact_enumeration(landscape, start, full_batch(2, 3), observable="gap", order=1)[1]
    return Verdict.at_most(float(abs(gap - Fraction(3, 2) * Fraction(361, 1568))), 0.0)


_claim = partial(Claim, theory="diagrams", page="diagrams/overfitting", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.imitated-batches",
        kind="experiment",
        statement="With its penalty on tr C gradient descent ends near SGD, in nine logistic regressions.",
        source="tenka2020, the scatter plot of GDC, in the style of",
        how="Root mean square of GDC - SGD over that of GD - SGD in test loss, at rate 0.01.",
        check=_batches_imitated,
    ),
    _claim(
        id="diagrams.imitation-order",
        kind="theorem",
        statement="The imitation agrees with SGD through lr^2: what is left is of third order.",
        source="tenka2020, gradient descent with covariance regularization",
        how="Slope of the root mean square of GDC - SGD between rates 0.01 and 0.03.",
        check=_imitation_is_of_third_order,
    ),
    _claim(
        id="diagrams.imitation-large-rates",
        kind="our finding",
        statement="At rate 0.3, ten steps, the imitation is farther from SGD than gradient descent is.",
        source="ours; a limit of the scatter plot of tenka2020",
        how="Root mean square of GDC - SGD over that of GD - SGD in test loss, at rate 0.3.",
        check=_imitation_fails_at_large_rates,
    ),
    _claim(
        id="diagrams.epochs",
        kind="theorem",
        statement="E epochs at lr / E end (E - 1) N lr^2 / (4 E) grad(tr C + |G|^2) from one epoch at lr.",
        source="tenka2020 (corrected: the part of |G|^2)",
        how="Exact rationals over every training set of two examples; largest difference for 2 and 3 epochs.",
        check=_epochs_are_exact,
    ),
    _claim(
        id="diagrams.epochs-clothes",
        kind="experiment",
        statement="So it is on images of clothes, with the third order: five epochs against one.",
        source="tenka2020, the experiment on epochs, in the style of",
        how="Measured difference of test loss at rate 0.02 over its second order, against order three.",
        check=_epochs_on_clothes,
    ),
    _claim(
        id="diagrams.first-gap",
        kind="theorem",
        statement="To first order the generalization gap is lr T tr C / N.",
        source="roberts2021; tenka2020",
        how="Exact rationals over every training set of two examples, full batches, three steps.",
        check=_gap_of_roberts,
    ),
)
