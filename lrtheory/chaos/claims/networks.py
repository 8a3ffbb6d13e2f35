"""Claims of the authors' reply about a network on the airfoil data, and what we find instead."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import Any

import numpy as np

from lrtheory.chaos.experiments.airfoil import airfoil_runs
from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at

_LARGE, _SMALL = 0.0165, 0.001  # the rates that the reply names
_LIMITS = "5-16-1, leaky slope 0.01, standardized inputs, targets centered in dB, torch's initialization"
_SPELL = math.log(1e5)  # growth of a tangent that takes twins from 1e-9 to 1e-4
_SHORT = {"steps": 6000, "seeds": 2, "checkpoints": 10, "twin_steps": 400}


@cache
def _runs(lr: float, scale: str) -> Any:
    """Runs of 60,000 steps; short ones at scale smoke."""
    return run_at(scale, airfoil_runs, _SHORT, lr=lr)


def _late(values: Any) -> Any:
    """The second half of a record, along its last axis."""
    return values[..., values.shape[-1] // 2 :]


def _loss_rises_often(scale: str) -> Verdict:
    return Verdict.at_least(float(np.mean(_runs(_LARGE, scale)["rises"])), 0.2, limits=_LIMITS)


def _sharpness_sits_at_the_edge(scale: str) -> Verdict:
    ratio = np.median(_late(_runs(_LARGE, scale)["sharpness"]), axis=-1) * _LARGE / 2
    return Verdict.inside(float(np.median(ratio)), (0.95, 1.05), predicted=1.0, limits=_LIMITS)


def _weights_are_stationary(scale: str) -> Verdict:
    drift = float(np.median(_runs(_LARGE, scale)["drift_ks"]))
    note = "needed below 0.1 for a settled law; the weights drift between the run's third and fourth quarter"
    return Verdict.at_most(drift, 0.1, note=note)


def _tangents_grow(scale: str) -> Verdict:
    share = float((_largest_growth(_runs(_LARGE, scale)) > _SPELL).mean())
    note = "share of seeds with a spell that grows a tangent 1e5-fold; twins from every block agree"
    return Verdict.at_least(share, 0.5, note=note)


def _largest_growth(run: Any) -> Any:
    """Largest logarithm by which a tangent grows between two checkpoints, one number a seed."""
    span = run["checkpoint_steps"][0]
    total = np.pad(np.cumsum(run["exponent"] * span, axis=1), ((0, 0), (1, 0)))
    return (total - np.minimum.accumulate(total, axis=1)).max(1)


def _small_rate_never_rises(scale: str) -> Verdict:
    return Verdict.at_most(float(np.mean(_runs(_SMALL, scale)["rises"])), 0.002, limits=_LIMITS)


def _small_rate_has_converged(scale: str) -> Verdict:
    loss = _runs(_SMALL, scale)["loss"]
    drop = float(np.median(1 - loss[:, -1] / loss[:, 3 * loss.shape[1] // 4]))
    note = "relative fall of the loss over the last quarter of the run; needed below 1 %"
    return Verdict.at_most(drop, 0.01, note=note)


_claim = partial(
    Claim,
    theory="chaos",
    kind="rebuttal answer",
    page="chaos/networks",
    source="kong2020reply, network experiment (figure 1); architecture, scaling and steps are our choice",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.airfoil-restless",
        statement="A network on the airfoil data at rate 0.0165 does not settle: its loss keeps rising and "
        "falling.",
        how="Share of steps at which the full-batch loss rises, mean over seeds.",
        states=HOLDS_WITHIN_LIMITS,
        check=_loss_rises_often,
    ),
    _claim(
        id="chaos.airfoil-edge",
        statement="At rate 0.0165 the sharpness stands at 2 / lr = 121: training sits at the edge of "
        "stability.",
        how="Median over seeds of the sharpness in the second half of the run, times lr / 2.",
        states=HOLDS_WITHIN_LIMITS,
        check=_sharpness_sits_at_the_edge,
    ),
    _claim(
        id="chaos.airfoil-law",
        statement="At rate 0.0165 the weights converge to a statistical distribution.",
        how="Kolmogorov-Smirnov distance between the third and fourth quarter of a run, median over weights.",
        states=DOES_NOT_REPRODUCE,
        check=_weights_are_stationary,
    ),
    _claim(
        id="chaos.airfoil-chaos",
        statement="At rate 0.0165 the motion is chaotic in most networks, for a while at least.",
        how="Growth of a tangent vector over every stretch of the run, six initializations.",
        states=DOES_NOT_REPRODUCE,
        check=_tangents_grow,
    ),
    _claim(
        id="chaos.airfoil-small-rate",
        statement="At rate 0.001 the loss falls at all steps but two in a thousand at most.",
        how="Share of steps at which the loss rises, mean over seeds.",
        states=HOLDS_WITHIN_LIMITS,
        check=_small_rate_never_rises,
    ),
    _claim(
        id="chaos.airfoil-minimum",
        statement="At rate 0.001 descent converges to a local minimum.",
        how="Relative fall of the loss over the last quarter of the run, median over seeds.",
        states=DOES_NOT_REPRODUCE,
        check=_small_rate_has_converged,
    ),
)
