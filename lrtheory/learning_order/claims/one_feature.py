"""Claims about one feature: there is no order to learn in, and a large rate and weight decay still help."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.learning_order.experiments.xor import CONTROLS, RATES, xor, xor_controls

_SMALL, _LARGE = 0, RATES.index(1600.0)


@functools.cache
def _runs(scale: str) -> Any:
    return run_at(scale, xor, {"seeds": 1})


@functools.cache
def _controls(scale: str) -> Any:
    return run_at(scale, xor_controls, {"seeds": 1})


def _control(scale: str, name: str, what: str) -> np.ndarray:
    found: np.ndarray = _controls(scale)[what][[case[0] for case in CONTROLS].index(name)]
    return found


def _larger_is_better(scale: str) -> Verdict:
    """The smallest gain from one rate to the next larger one, of all seeds."""
    return Verdict.at_least(float(np.diff(_runs(scale)["accuracy"], axis=0).min()), 1e-9)


def _large_leaves_the_kernel(scale: str) -> Verdict:
    run = _runs(scale)
    return Verdict.at_least(float((run["accuracy"][_LARGE] - run["kernel_accuracy"]).min()), 0.12)


def _small_stays(scale: str) -> Verdict:
    """From a start five times as large, at rate 5, the network moves little and does no better."""
    lazy = _control(scale, "large start", "accuracy")
    gap = lazy - _runs(scale)["kernel_accuracy"][: len(lazy)]
    moved = _control(scale, "large start", "movement").max()
    return Verdict.at_most(float(gap.max()), 0.02, note=f"weights move by {moved:.0%} of their norm")


def _decay_finds_it(scale: str) -> Verdict:
    both = [_control(scale, name, "accuracy") for name in ("decay", "decay, small rate")]
    return Verdict.at_least(float(np.min(both)), 0.99, note="rates 50 and 2, worst seed")


def _rate_alone(scale: str) -> Verdict:
    return Verdict.at_least(float(_runs(scale)["accuracy"][_LARGE].max()), 0.99, note="best seed")


def _features_thin_out(scale: str) -> Verdict:
    rank = _runs(scale)["rank"]
    return Verdict.at_most(float((rank[_LARGE] / rank[_SMALL]).max()), 0.8)


_claim: Callable[..., Claim] = partial(
    Claim, theory="learning_order", page="learning_order/since_then", kind="our finding"
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.one-feature-rate", kind="rebuttal answer",
        statement="With one feature only, a larger rate generalizes better, without weight decay.",
        source="li2019reply, where it is a speculation; a task like that of wei2019reg",
        how="Least gain of test accuracy from one of four rates to the next, over 8 seeds.", states=HOLDS,
        check=_larger_is_better,
    ),
    _claim(
        id="learning_order.one-feature-kernel", kind="rebuttal answer",
        statement="A large rate leaves the kernel regime: it beats the tangent kernel by 12 points and more.",
        source="li2019reply",
        how="Test accuracy at rate 1600 less that of the kernel, worst seed.", states=HOLDS,
        check=_large_leaves_the_kernel,
    ),
    _claim(
        id="learning_order.one-feature-lazy", kind="rebuttal answer",
        statement="A small rate from a large start stays in it: no better than the kernel.",
        source="li2019reply",
        how="Test accuracy less that of the kernel, best seed.", states=HOLDS, check=_small_stays,
    ),
    _claim(
        id="learning_order.one-feature-decay",
        statement="Weight decay finds the feature at a large and at a small rate.",
        source="ours, on wei2019reg",
        how="Least test accuracy.", states=HOLDS, check=_decay_finds_it,
    ),
    _claim(
        id="learning_order.one-feature-rate-alone",
        statement="A large rate finds the feature without weight decay.", source="ours",
        how="Test accuracy at rate 1600.", states=DOES_NOT_REPRODUCE, check=_rate_alone,
    ),
    _claim(
        id="learning_order.one-feature-rank", kind="experiment",
        statement="A large rate leaves features of lower rank.",
        source="andriushchenko2023, on other networks",
        how="Effective rank at rate 1600 over that at 50, largest of 8 seeds.", states=HOLDS,
        check=_features_thin_out,
    ),
)
