"""Claims about digits with patches: who is learned first, by which rates, batches, noises and optimizers."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.learning_order.experiments.digits import (
    ADAM_RATES,
    BATCHES,
    EVERY,
    NOISES,
    PHASE,
    RATES,
    digits,
    digits_adam,
    digits_noise,
    digits_rates,
)
from lrtheory.learning_order.experiments.since import SLOPES, TRAINED_RATES, digits_trained

_LAST = slice((PHASE - 140) // EVERY, PHASE // EVERY + 1)  # looks in the last 160 steps of the large rate
_LEVEL, _SHORT_LEVEL = 0.3, 0.4  # training loss at which runs are compared, whole ones and short ones
_KNOWN = 0.95  # patch accuracy at which patches count as learned


@functools.cache
def _digits(scale: str) -> Any:
    return run_at(scale, digits, {"seeds": 1, "large_steps": 400, "small_steps": 720})


def first_at(reached: np.ndarray, values: np.ndarray, since: int = 0) -> np.ndarray:
    """Value of each row where it first reached something, from a look on; NaN if it never did.

    Args:
        reached: whether it is reached, shape (..., looks).
        values: shape (..., looks).
        since: first look that counts.
    """
    later, rows = reached[..., since:], values[..., since:]
    first = np.take_along_axis(rows, later.argmax(-1)[..., None], -1)[..., 0]
    return np.where(later.any(-1), first, np.nan)


def _large_tells_digits(scale: str) -> Verdict:
    run = _digits(scale)
    worst = run["large_accuracy"][:, _LAST].mean(1).min()
    return Verdict.at_least(float(worst), 0.65, note="worst seed, last 160 steps at rate 1.25")


def _large_ignores_patches(scale: str) -> Verdict:
    run = _digits(scale)
    worst = run["large_patch_accuracy"][:, _LAST].mean(1).max()
    return Verdict.at_most(float(worst), 0.5, note="worst seed, last 160 steps at rate 1.25; chance is 0.1")


def _small_learns_patches_first(scale: str) -> Verdict:
    run = _digits(scale)
    when = first_at(run["small_patch_accuracy"] >= _KNOWN, run["small_accuracy"])
    return Verdict.at_most(float(when.max()), 0.45)


def _matched(scale: str) -> Verdict:
    run, level = _digits(scale), _SHORT_LEVEL if scale == "smoke" else _LEVEL
    large = first_at(run["large_loss"] <= level, run["large_accuracy"], PHASE // EVERY)
    small = first_at(run["small_loss"] <= level, run["small_accuracy"])
    return Verdict.at_least(float((large - small).min()), 0.12, note="least of the seeds")


def _final(scale: str) -> Verdict:
    run = _digits(scale)
    gaps = np.abs(run["large_loss"][:, -1] - run["small_loss"][:, -1])
    gain = run["large_accuracy"][:, -1] - run["small_accuracy"][:, -1]
    note = f"least of the seeds; training losses differ by {gaps.max():.3f} at most"
    return Verdict.at_least(float(gain.min()), 0.04, note=note)


def _cell(scale: str, size: int, lr: float, what: str) -> float:
    """A number of the grid of rates and batches, mean over seeds."""
    small = {"seeds": 1, "batch_sizes": (size,), "rates": (lr,)}
    run = run_at(scale, digits_rates, small)
    place = (0, 0) if scale == "smoke" else (BATCHES.index(size), RATES.index(lr))
    return float(run[what][place].mean())


def _small_batches_lower_the_threshold(scale: str) -> Verdict:
    difference = _cell(scale, 128, 0.25, "patch_accuracy") - _cell(scale, 8, 0.25, "patch_accuracy")
    return Verdict.at_least(difference, 0.4)


def _batch_noise_alone(scale: str) -> Verdict:
    """Without noise of batches the large rate would have to learn the patches, if noise were all."""
    return Verdict.at_least(_cell(scale, 1000, 1.0, "patch_accuracy"), 0.9)


def _noise_before(scale: str) -> Verdict:
    """Gain of accuracy when patches are known, noise before the rectifiers over none: worst seed, 0.9."""
    small = {"seeds": 1, "noises": (0.9,), "noisy_steps": 500, "calm_steps": 260, "units": 1024}
    run, plain = run_at(scale, digits_noise, small), _digits(scale)
    place = (0, 0) if scale == "smoke" else (0, NOISES.index(0.9))
    noisy = first_at(run["patch_accuracy"][place] >= _KNOWN, run["accuracy"][place])
    calm = first_at(plain["small_patch_accuracy"] >= _KNOWN, plain["small_accuracy"])[: len(noisy)]
    return Verdict.at_least(float((noisy - calm).min()), 0.2, limits="deviation 0.9 of the pre-activations'")


@functools.cache
def _adam(scale: str) -> np.ndarray:
    """Test accuracy when Adam knows the patches, shape (rates, seeds)."""
    small = {"seeds": 1, "units": 2048, "steps": 260, "rates": (1e-3, 3e-2)}
    run = run_at(scale, digits_adam, small)
    return first_at(run["patch_accuracy"] >= _KNOWN, run["accuracy"])


def _adam_knows_digits(scale: str) -> Verdict:
    return Verdict.at_least(float(_adam(scale).min()), 0.45, note=f"worst seed of rates {ADAM_RATES}")


def _adam_forgets_the_rate(scale: str) -> Verdict:
    means = _adam(scale).mean(1)
    return Verdict.at_most(float(means.max() - means.min()), 0.05, note=f"rates {ADAM_RATES}")


def _trained_keeps_the_order(scale: str) -> Verdict:
    """Loss on patches alone after the large rate: ln 10 or more, if they are not learned."""
    run = run_at(scale, digits_trained, {"seeds": 1, "rates": (1.25,), "slopes": (0.0,), "rest": 20})
    place = (0, 0) if scale == "smoke" else (TRAINED_RATES.index(1.25), SLOPES.index(0.0))
    return Verdict.at_least(float(run["phase_patch_loss"][place].min()), math.log(10))


def _leaky_bears_it(scale: str) -> Verdict:
    """Share of runs that diverge, at rates of 0.7 and more and slope 0.2."""
    small = {"seeds": 1, "rates": (0.7, 1.25), "slopes": (0.2,), "rest": 20}
    run = run_at(scale, digits_trained, small)
    gone = run["diverged"] if scale == "smoke" else run["diverged"][1:, SLOPES.index(0.2)]
    return Verdict.at_most(float(gone.mean()), 0.0, note="rates 0.7 and 1.25, slope 0.2")


_claim: Callable[..., Claim] = partial(
    Claim, theory="learning_order", page="learning_order/on_real_digits", kind="our finding"
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.digits-large", kind="experiment",
        statement="At rate 1.25 the network tells digits while it trains.",
        source="ours, on li2019order, section 6",
        how="Test accuracy on digits without patches.", states=HOLDS, check=_large_tells_digits,
    ),
    _claim(
        id="learning_order.digits-patch-ignored", kind="experiment",
        statement="At rate 1.25 the network knows fewer than half of the patches, in the mean of looks.",
        source="ours, on li2019order, section 6",
        how="Accuracy on the 20 prototypes.", states=HOLDS, check=_large_ignores_patches,
    ),
    _claim(
        id="learning_order.digits-patch-first", kind="experiment",
        statement="At rate 0.1 the patches are known before the digits.",
        source="ours, on li2019order, section 6",
        how="Test accuracy on digits when 19 of 20 prototypes are known, highest of the seeds.", states=HOLDS,
        check=_small_learns_patches_first,
    ),
    _claim(
        id="learning_order.digits-matched",
        statement="At training loss 0.3 a large first rate is ahead by 12 points of test accuracy and more.",
        source="ours", how="Difference where each run first reaches the loss.", states=HOLDS, check=_matched,
    ),
    _claim(
        id="learning_order.digits-final", kind="experiment",
        statement="A large first rate ends ahead of a small one, on digits without patches.",
        source="ours, on li2019order, section 6", how="Difference of test accuracy at the end.", states=HOLDS,
        check=_final,
    ),
    _claim(
        id="learning_order.digits-small-batch", kind="rebuttal answer",
        statement="Smaller batches act like a larger rate: at 0.25 batches of 8 ignore what 128 know.",
        source="li2019reply, on batch size", how="Difference of patch accuracy.", states=HOLDS,
        check=_small_batches_lower_the_threshold,
    ),
    _claim(
        id="learning_order.digits-full-batch",
        statement="Without the noise of batches a large rate knows the patches.",
        source="ours: what would follow if the noise of batches were all",
        how="Patch accuracy, full batch, rate 1.",
        states=DOES_NOT_REPRODUCE, check=_batch_noise_alone,
    ),
    _claim(
        id="learning_order.digits-noise-before", kind="rebuttal answer",
        statement="Noise before the rectifiers makes a small rate learn digits before patches.",
        source="li2019order, section 6; li2019reply",
        how="Gain of test accuracy when 19 of 20 prototypes are known, worse of two seeds.",
        states=HOLDS_WITHIN_LIMITS, check=_noise_before,
    ),
    _claim(
        id="learning_order.digits-adam", kind="rebuttal answer",
        statement="Adam knows most digits by the time it knows the patches.", source="ours, on li2019reply",
        how="Test accuracy when 19 of 20 prototypes are known, worst of all runs.", states=HOLDS,
        check=_adam_knows_digits,
    ),
    _claim(
        id="learning_order.digits-adam-rate", statement="For Adam the rate does not matter.",
        source="ours, on li2019reply", how="Spread of the same accuracy over three rates.",
        states=DOES_NOT_REPRODUCE, check=_adam_forgets_the_rate,
    ),
    _claim(
        id="learning_order.digits-trained-readout",
        statement="With a trained second layer the large rate ignores the patches, too.", source="ours",
        how="Loss on patches alone after 320 steps at 1.25, least of the seeds; ln 10 is chance.",
        states=DOES_NOT_REPRODUCE, check=_trained_keeps_the_order,
    ),
    _claim(
        id="learning_order.digits-leaky",
        statement="Leaky rectifiers with trained second layers bear rates of 0.7 and more.", source="ours",
        how="Share of runs that diverge.", states=DOES_NOT_REPRODUCE, check=_leaky_bears_it,
    ),
)
