"""Claims about runs at a large rate: what they make of Q, and which measure sees their kernel change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.learning_order.experiments.ridge import gates_in_time, ridge_law
from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.gates import cross_time_smode, frozen_smode
from lrtheory.learning_order.theory.ridge import ridge_law as ridge
from lrtheory.learning_order.theory.ridge import stepped_kernel
from lrtheory.results import Store

_PAGE = "learning_order/gates_that_flicker"
_S = np.array([1.0, -0.5, -0.5])


def stepped_laws(cases: Any, *, lr: float = 0.3) -> Any:
    """Second differences of the ridge law of each case (r, A, weight decay), ages counted in whole steps."""
    found = [
        ridge(stepped_kernel(q_points(r), lr, decay), decay, amplitude=scale, alpha_from=0.5).smode
        for r, scale, decay in np.asarray(cases).tolist()
    ]
    return np.array(found)


def _ridge(scale: str) -> Verdict:
    """Second difference of the time-mean over that of the ridge law; mean over cases and seeds."""
    small = {"cases": ((0.07, 7.5, 1.6e-3),), "units": 2000, "steps": 600, "begin": 100, "every": 100}
    run = run_at(scale, ridge_law, small)
    ratio = (run["outputs"] @ _S / stepped_laws(run["cases"])[:, None]).mean(0)  # cases share their draws
    error = float(ratio.std(ddof=1) / math.sqrt(len(ratio)))
    if scale == "smoke":
        limits, around = "a short run of 2000 units", (0.5, 1.8)
        return Verdict.inside(float(ratio.mean()), around, predicted=1.0, stderr=error, limits=limits)
    limits = "100,000 units, 20,000 steps, five settings, four seeds"
    return Verdict.near(float(ratio.mean()), 1.0, stderr=error, sigmas=3.0, tolerance=0.02, limits=limits)


def _decay_hides(scale: str) -> Verdict:
    """Ratio of what is left at decay 8e-4 and at 1.6e-3, beside that of the ridge law."""
    run = Store().get(ridge_law)
    measured, law = run["outputs"] @ _S, stepped_laws(run["cases"])
    ratios = measured[0] / measured[1]
    error = float(ratios.std(ddof=1) / math.sqrt(len(ratios)))
    return Verdict.near(float(ratios.mean()), law[0] / law[1], stderr=error, tolerance=0.05)


def _in_time(quantity: str, step: int, scale: str) -> Any:
    run = Store().get(gates_in_time)
    return run[f"large_{quantity}"][:, list(run["steps"]).index(step)]


def _crossed_falls(scale: str) -> Verdict:
    """Share left after ten steps, over two seeds; predicted by the law of the noise alone."""
    law = float(cross_time_smode(0.07, (1 - 0.3 * 8e-4) ** 10) / frozen_smode(0.07))
    return Verdict.near(float(_in_time("crossed", 10, scale).mean()), law, stderr=0.0, tolerance=0.02)


def _crossed_gone(scale: str) -> Verdict:
    return Verdict.at_most(float(np.abs(_in_time("crossed", 1000, scale)).max()), 0.01)


def _cka_blind(scale: str) -> Verdict:
    """Least alignment of the block's kernel of one time with that at the start, over all steps and seeds."""
    return Verdict.at_least(float(Store().get(gates_in_time)["large_cka"].min()), 0.999)


def _same_stays(scale: str) -> Verdict:
    """Largest change of the second difference of the kernel of one time, over all steps and seeds."""
    return Verdict.at_most(float(np.abs(Store().get(gates_in_time)["large_same"] - 1).max()), 0.03)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="learning_order.ridge-law",
        theory="learning_order",
        kind="our finding",
        statement="A large rate holds its outputs on Q near the ridge regression of the averaged kernel.",
        source="ours; a form of Theorem C.2 of li2019order that can be tested",
        how="second difference of the time-mean over the law, mean over five settings, error over four seeds",
        states=HOLDS_WITHIN_LIMITS,
        check=_ridge,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.ridge-law-decay",
        theory="learning_order",
        kind="our finding",
        statement="Twice the weight decay leaves about half as much of Q, as the ridge law says.",
        source="ours",
        how="ratio of the second differences at both decays, over four seeds",
        states=HOLDS,
        check=_decay_hides,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.crossed-falls",
        theory="learning_order",
        kind="our finding",
        statement="After ten steps two times share a fifth of what a kernel holds of Q, as noise alone says.",
        source="ours",
        how="stored run with the signal in it, mean of two seeds, r = 0.07",
        states=HOLDS,
        check=_crossed_falls,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.crossed-gone",
        theory="learning_order",
        kind="rebuttal answer",
        statement="The kernel changes: after 1000 steps gates of then and now share a hundredth at most.",
        source="li2019reply, on the changing kernel",
        how="stored run, larger of two seeds",
        states=HOLDS,
        check=_crossed_gone,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.cka-blind",
        theory="learning_order",
        kind="our finding",
        statement="The alignment of the kernels of two times stays above 0.999: it does not see the change.",
        source="ours",
        how="stored run, least over steps and seeds, memorizing block",
        states=HOLDS,
        check=_cka_blind,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.same-time-stays",
        theory="learning_order",
        kind="our finding",
        statement="What the kernel of any one time holds of Q stays, while other gates come to hold it.",
        source="ours",
        how="stored run, largest relative change over steps and seeds",
        states=HOLDS,
        check=_same_stays,
        page=_PAGE,
    ),
)
