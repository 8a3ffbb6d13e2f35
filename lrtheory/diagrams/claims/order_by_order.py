"""Claims about predictions against runs on every possible training set, plain and re-summed.

Claims about real data and estimates from samples live in `orders_on_data`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import torch

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.diagrams.counting.schedules import Epochs, one_epoch
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.exact.every_run import means_over_every_run
from lrtheory.diagrams.exact.every_set import losses_over_every_set
from lrtheory.diagrams.exact.random_landscapes import random_polynomials
from lrtheory.diagrams.experiments.stated_errors import stated_errors
from lrtheory.diagrams.measures.calibration import covered_share, refused_share
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.minimum_example import lopsided_valley, mean_losses
from lrtheory.diagrams.models.networks import small_tanh_net
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.series.predicting import predict
from lrtheory.diagrams.series.prediction import Prediction
from lrtheory.measure import Estimate

_SMALL = {"polynomials": 3, "nets": 0, "logistic": 20, "rates": 3}
_DRAWN = "random polynomials, tanh nets and logistic regressions; orders 2 to 5"


@cache
def _net_prediction(observable: str, *, resummed: bool) -> Prediction:
    net = small_tanh_net()
    kind: Any = observable
    return predict(net, net.start, one_epoch(3), observable=kind, order=3, resummed=resummed)


def _equals_enumeration(scale: str) -> Verdict:
    schedules = (one_epoch(3), Epochs(examples=2, batch_size=1, epochs=2))
    wrong = 0
    for landscape, start in (two_quintics(), three_quintics()):
        for schedule in schedules:
            for observable in ("test", "gap"):
                kind: Any = observable
                found = predict(landscape, start, schedule, observable=kind, order=3).coefficients
                wrong += found != exact_enumeration(landscape, start, schedule, observable=kind, order=3)
    return Verdict.inside(wrong, (0, 0), predicted=0, note="coefficients through order 3, exact fractions")


def _slope(observable: str, resummed: bool) -> float:
    """Slope of the error of order 3 between rates 0.004 and 0.002, over all 216 training sets."""
    net, series = small_tanh_net(), _net_prediction(observable, resummed=resummed)
    errors = []
    for lr in (0.004, 0.002):
        truth = getattr(losses_over_every_set(net, net.start, examples=3, lr=lr), observable)
        errors.append(abs(series.at(lr).sums[-1] - truth))
    return float(np.log2(errors[0] / errors[1]))


def _slope_is_four(observable: str, resummed: bool, scale: str) -> Verdict:
    return Verdict.inside(_slope(observable, resummed), (3.9, 4.1), predicted=4.0)


def _stated_error(scale: str) -> Verdict:
    net, series = small_tanh_net(), _net_prediction("test", resummed=False)
    worst = 0.0
    for lr in (0.01, 0.02, 0.04, 0.08):
        estimate = series.at(lr)
        truth = losses_over_every_set(net, net.start, examples=3, lr=lr).test
        worst = max(worst, abs(estimate.value - truth) / estimate.error)
    refuses = np.isnan(series.at(1.0).value)
    return Verdict.at_most(
        worst if refuses else np.inf, 3.0, limits="rates 0.01 to 0.08; a calibrated guess, not a bound"
    )


@cache
def _drawn_cases(scale: str) -> Any:
    return run_at(scale, stated_errors, _SMALL, seed=1)  # seed 0 was looked at while the estimate was chosen


def _share(
    measure: Callable[..., Estimate], interval: tuple[float, float], scale: str, *, resummed: bool = False,
    by: str = "",
) -> Verdict:
    cases = _drawn_cases(scale)
    share = measure(cases, cases["resummed"] == resummed, by=by)
    slack = 0.05 if scale == "smoke" else 0.0  # two standard errors of the short run
    low, high = interval[0] - slack, interval[1] + slack
    return Verdict.inside(share.value, (low, high), stderr=share.stderr, limits=_DRAWN)


def _cancellation_is_seen(scale: str) -> Verdict:
    (landscape, theta), schedule = random_polynomials(76), Epochs(2, epochs=2)
    series, start = predict(landscape, theta, schedule), torch.tensor([float(x) for x in theta]).double()
    lrs = torch.tensor([0.03, 0.1, 0.5], dtype=torch.float64)
    truth = means_over_every_run(landscape.population(), start, schedule, lrs).test.tolist()
    small, middle, large = (series.at(lr) for lr in lrs.tolist())
    worst = max(abs(told.sums[-1] - t) / told.error for told, t in zip((small, middle), truth, strict=False))
    return Verdict.at_most(worst if small.reliable and not large.reliable else np.inf, 3.0)


def _quadratics_are_exact(scale: str) -> Verdict:
    t, u = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    bowl, third = t**2 + t * u + u**2, Fraction(1, 3)
    bowls = PolynomialLandscape((third,) * 3, (bowl + t, bowl - t + u, bowl - 2 * u))
    population, start = bowls.population(), torch.tensor([1.0, -0.5], dtype=torch.float64)
    series = predict(population, start, one_epoch(4), order=2, resummed=True)
    worst = 0.0
    for lr in (0.1, 0.4, 0.9):
        truth = losses_over_every_set(population, start, examples=4, lr=lr).test
        worst = max(worst, abs(series.at(lr).sums[-1] / truth - 1))
    return Verdict.at_most(worst, 1e-12)


def _minimum(steps: int, resummed: bool) -> tuple[float, float]:
    """Prediction of order 2 and the exact loss after a run from the minimum at rate 0.2."""
    population, start = lopsided_valley().population(), torch.zeros(1, dtype=torch.float64)
    series = predict(population, start, one_epoch(steps), order=2, resummed=resummed)
    orders = np.array(series.coefficients, float) * 0.2 ** np.arange(3)
    found = series.at(0.2).sums[-1] if resummed else float(orders.sum())
    return found, float(mean_losses(0.2, steps)[-1])


def _resummed_stays(scale: str) -> Verdict:
    found, truth = _minimum(100, resummed=True)
    return Verdict.at_most(abs(found / truth - 1), 0.2**2, limits="rate 0.2, 100 steps, curvature 1")


def _plain_explodes(scale: str) -> Verdict:
    found, truth = _minimum(100, resummed=False)
    return Verdict.at_least(abs(found / truth - 1), 10.0, note="relative error, order 2, rate 0.2, T = 100")


_claim = partial(Claim, theory="diagrams", page="diagrams/order_by_order", states=HOLDS, source="ours")
_OURS = "ours: SGD on every training set"
CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.orders-exact",
        kind="theorem",
        check=_equals_enumeration,
        statement="The sum over diagrams equals the Taylor coefficients of the mean loss, as fractions.",
        source="tenka2020, the test loss as a sum over diagrams",
        how="Wrong answers out of 8 against brute force: two landscapes, two schedules, test and gap.",
    ),
    _claim(
        id="diagrams.orders-slope",
        kind="theorem",
        check=partial(_slope_is_four, "test", False),
        source=f"tenka2020; {_OURS}",
        statement="The error of order 3 of the test loss of a tanh net falls as lr^4.",
        how="Slope of the error between rates 0.004 and 0.002 over all 216 training sets.",
    ),
    _claim(
        id="diagrams.orders-slope-gap",
        kind="theorem",
        check=partial(_slope_is_four, "gap", False),
        source=f"tenka2020; {_OURS}",
        statement="The error of order 3 of the generalization gap of a tanh net falls as lr^4.",
        how="Slope of the error between rates 0.004 and 0.002 over all 216 training sets.",
    ),
    _claim(
        id="diagrams.orders-slope-resummed",
        kind="theorem",
        check=partial(_slope_is_four, "test", True),
        source=f"tenka2020, re-summed; {_OURS}",
        statement="The re-summed series of order 3 has an error that falls as lr^4 too.",
        how="Slope of the error between rates 0.004 and 0.002 over all 216 training sets.",
    ),
    _claim(
        id="diagrams.orders-stated-error",
        kind="our finding",
        states=HOLDS_WITHIN_LIMITS,
        check=_stated_error,
        statement="A geometric series above the sizes of the orders covers the error on a tanh net; where it "
        "does not converge, the value is refused.",
        how="Largest error over the stated one at four rates; infinite if rate 1 is not refused.",
    ),
    _claim(
        id="diagrams.orders-errors-covered",
        kind="our finding",
        states=HOLDS_WITHIN_LIMITS,
        check=partial(_share, covered_share, (0.95, 1.0)),
        statement="In 95 % of the reliable cases the true error is at most three times the stated one.",
        how="Share in draws not used to choose the estimate; truth from every run.",
    ),
    _claim(
        id="diagrams.orders-errors-covered-resummed",
        kind="our finding",
        states=HOLDS_WITHIN_LIMITS,
        check=partial(_share, covered_share, (0.95, 1.0), resummed=True),
        statement="The same for the re-summed series of order 3.",
        how="Share in the same draws.",
    ),
    _claim(
        id="diagrams.orders-good-sums-given",
        kind="our finding",
        states=HOLDS_WITHIN_LIMITS,
        check=partial(_share, refused_share, (0.0, 0.1)),
        statement="Of the sums that miss at most a tenth of the change, at most 10 % are refused.",
        how="Share in the same draws.",
    ),
    _claim(
        id="diagrams.orders-two-terms",
        kind="our finding",
        states=HOLDS_WITHIN_LIMITS,
        check=partial(_share, covered_share, (0.0, 0.85), by="ratio_"),
        statement="The ratio of the last two terms covers the error far less often.",
        how="Share covered within a factor 3 where the last term is the smaller, in the same draws.",
    ),
    _claim(
        id="diagrams.orders-cancellation",
        kind="our finding",
        check=_cancellation_is_seen,
        statement="The sizes of the orders see through a last term that is small because diagrams cancel.",
        how="Largest error over the stated one at rates 0.03 and 0.1; infinite if 0.5 is not refused.",
    ),
    _claim(
        id="diagrams.orders-quadratic",
        kind="theorem",
        check=_quadratics_are_exact,
        statement="For quadratic losses with one Hessian the re-summed series of order 2 is exact at any "
        "rate.",
        source=f"tenka2020 (corrected), re-summation; {_OURS}",
        how="Largest relative error at rates 0.1, 0.4 and 0.9, four steps, against all 81 training sets.",
    ),
    _claim(
        id="diagrams.orders-at-a-minimum",
        kind="theorem",
        states=HOLDS_WITHIN_LIMITS,
        check=_resummed_stays,
        statement="From a minimum the re-summed series of order 2 stays near the truth for long runs.",
        source="tenka2020, convergence near a minimum",
        how="Relative error after 100 steps, bound lr^2; the "
        "truth is the one-step average applied 100 times.",
    ),
    _claim(
        id="diagrams.orders-plain-at-a-minimum",
        kind="our finding",
        check=_plain_explodes,
        statement="There the plain series of order 2 is wrong by more than a factor of ten.",
        how="Relative error after 100 steps, against the same truth.",
    ),
)
