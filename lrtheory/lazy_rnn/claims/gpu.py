"""Claims that this package repeats the small ends of the runs that were made on a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.doors import check_choice
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.experiments.depth import depth, product_norms
from lrtheory.lazy_rnn.experiments.digits import digits
from lrtheory.lazy_rnn.experiments.levels import laziness_levels
from lrtheory.lazy_rnn.experiments.memorization import kernel_error, limit, memorization
from lrtheory.lazy_rnn.experiments.rates import rate_sweep, readout_scale, two_phases
from lrtheory.results import Experiment

# What is compared, seed by seed: numbers that the rounding of another processor does not amplify.
_COMPARED: Mapping[str, tuple[str, ...]] = {
    "memorization": ("frobenius_ratio", "spectral_ratio", "flips", "kernel_change", "max_train_gap"),
    "limit": ("linear_vs_infinite", "full_vs_linear", "full_vs_infinite", "kernel_error"),
    "kernel_error": ("error", "top_ratio", "bottom_ratio"),
    "laziness_levels": ("test_full_linear", "test_frozen_linear", "test_frozen_quadratic", "test_flips"),
    "rate_sweep": ("peak_loss", "flips", "spectral_ratio", "sharpness", "diverged"),
    "two_phases": ("single_flips", "first_flips", "first_peak_loss", "second_max_train_gap"),
    "readout_scale": ("paper_flips", "mup_flips", "paper_hidden_change", "mup_hidden_change"),
    "product_norms": ("tied", "W_norm"),
    "digits": ("frobenius", "flips", "accuracy_full", "accuracy_linear", "accuracy_infinite"),
}
# Widths and seeds by scale.
_SMALL: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "memorization": ((64, 128), (64, 128, 256, 512)),
    "limit": ((64, 128), (64, 128, 256, 512)),
    "kernel_error": ((64, 128, 256), (64, 128, 256, 512)),
    "laziness_levels": ((128, 256), (128, 256, 512)),
    "rate_sweep": ((256,), (256,)),
    "two_phases": ((256,), (256, 512)),
    "readout_scale": ((64, 128), (64, 128, 256, 512)),
    "product_norms": ((256,), (256, 512)),
    "digits": ((128,), (128, 256, 512)),
}
_SEEDS = {"smoke": 1, "laptop": 2, "long": 4}
_AGREEMENT = 0.02  # a gate that flips a step later on another processor


def _repeated(experiment: Experiment, scale: str) -> Verdict:
    """Largest relative difference of what is compared, over widths and seeds."""
    check_choice("scale", scale, tuple(_SEEDS))
    short = _short(experiment)
    widths, seeds = _SMALL[short][scale == "long"], _SEEDS[scale]
    stored, own = gpu_run(experiment), experiment(widths=widths, seeds=seeds)
    rows = [list(stored["widths"]).index(width) for width in widths]
    apart = [_difference(own[name], stored[name][rows, :seeds]) for name in _COMPARED[short]]
    return Verdict.at_most(max(apart), _AGREEMENT)


def _short(experiment: Experiment) -> str:
    return experiment.name.partition(".")[2]


def _difference(own: Any, stored: Any) -> float:
    """Largest relative difference; NaN agrees with NaN alone, infinity with infinity."""
    one, other = (np.asarray(each, dtype=float) for each in (own, stored))
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(one - other) / np.abs(other)
    return float(np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart)).max())


def _depth_repeated(scale: str) -> Verdict:
    """Largest difference of mean and spread from the GPU's, in standard errors; both are drawn in law."""
    widths, networks = ((64, 128), 48) if scale == "smoke" else ((64, 128, 256, 512), 64)
    times = 32 if scale == "smoke" else 256
    own: Any = depth(widths=widths, networks=networks, times=times)
    stored, at, worst = gpu_run(depth), len(own["depths"]), 0.0
    rows = [list(stored["widths"]).index(width) for width in widths]
    for name in ("tied_unit", "tied_zero", "untied_unit", "untied_zero"):
        one, other = own[name], stored[name][rows, :, :at]
        for k in range(len(widths)):
            a, b = one[k], other[k][np.isfinite(other[k]).all(1)]
            error = np.sqrt(a.var(0) / len(a) + b.var(0) / len(b))
            spread = np.log(a.std(0) / b.std(0)) / np.sqrt(1 / len(a) + 1 / len(b))
            shift = (a.mean(0) - b.mean(0)) / error
            worst = max(worst, float(np.abs(shift).max()), float(np.abs(spread).max()))
    return Verdict.at_most(worst, 5.0)


def _agreement(*, id: str, experiment: Experiment, chapter: str) -> Claim:
    """The claim of one experiment; its id is written out below, where the store looks for it."""
    short = _short(experiment)
    drawn = experiment is depth
    return Claim(
        id=id,
        theory="lazy_rnn",
        kind="our finding",
        page=f"lazy_rnn/{chapter}",
        source="ours; the run of an NVIDIA H100 by the protocol lazy_widths.py",
        statement=f"The package repeats the small end of the GPU's run of {short.replace('_', ' ')}"
        + (" within its statistical errors." if drawn else ", seed by seed, within two percent."),
        how="Largest difference of mean or spread over their errors." if drawn
        else "Largest relative difference of the compared numbers over widths to 512 and the first seeds.",
        states=HOLDS,
        check=_depth_repeated if drawn else partial(_repeated, experiment),
    )


CLAIMS: tuple[Claim, ...] = (
    _agreement(id="lazy_rnn.gpu-memorization", experiment=memorization, chapter="nothing_moves"),
    _agreement(id="lazy_rnn.gpu-limit", experiment=limit, chapter="why_linear"),
    _agreement(id="lazy_rnn.gpu-kernel-error", experiment=kernel_error, chapter="why_linear"),
    _agreement(id="lazy_rnn.gpu-laziness-levels", experiment=laziness_levels, chapter="levels"),
    _agreement(id="lazy_rnn.gpu-rate-sweep", experiment=rate_sweep, chapter="two_phases"),
    _agreement(id="lazy_rnn.gpu-two-phases", experiment=two_phases, chapter="two_phases"),
    _agreement(id="lazy_rnn.gpu-readout-scale", experiment=readout_scale, chapter="where_laziness_ends"),
    _agreement(id="lazy_rnn.gpu-depth", experiment=depth, chapter="time"),
    _agreement(id="lazy_rnn.gpu-product-norms", experiment=product_norms, chapter="time"),
    _agreement(id="lazy_rnn.gpu-digits", experiment=digits, chapter="nothing_moves"),
)
