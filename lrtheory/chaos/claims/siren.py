"""Claims about the sine network of the authors' reply: chaotic on noisy labels, at rest on clean ones."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
import torch

from lrtheory.chaos.experiments.siren import siren_runs
from lrtheory.chaos.models.siren import SineNetwork, sine_regression
from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.landscape import hvp
from lrtheory.seeds import generator

_LARGE, _SMALL = 0.3, 3e-4
_SHORT = {"members": 4, "steps": 4000}
_PARTED = 1e-2  # twins that started 1e-9 apart
_LIMITS = "16 examples, 3 + 8 units, eps = 1e-3, 20,000 steps"


@cache
def _runs(lr: float, label_noise: float, scale: str) -> Any:
    """Runs of 20,000 steps; short ones at scale smoke."""
    return run_at(scale, siren_runs, _SHORT, lr=lr, label_noise=label_noise)


def _share_parted(runs: Any) -> float:
    return float((runs["twin_distance"].max(0) > _PARTED).mean())


def _noisy_labels_are_chaotic(scale: str) -> Verdict:
    return Verdict.at_least(_share_parted(_runs(_LARGE, 1.0, scale)), 0.9, limits=_LIMITS)


def _clean_labels_are_not(scale: str) -> Verdict:
    return Verdict.at_most(_share_parted(_runs(_LARGE, 0.0, scale)), 0.1, limits=_LIMITS)


def _small_rate_is_not(scale: str) -> Verdict:
    return Verdict.at_most(_share_parted(_runs(_SMALL, 1.0, scale)), 0.1, limits=_LIMITS)


def _curvature_grows_as_eps_shrinks(scale: str) -> Verdict:
    """Slope of the fine part's curvature against eps, of ln against ln: -1 in the claim."""
    sizes = np.array([1e-2, 1e-3, 1e-4])
    curvatures = [_fine_curvature(eps, 64) for eps in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(curvatures), 1)[0])
    return Verdict.inside(slope, (-1.15, -0.85), predicted=-1.0)


def _fine_curvature(eps: float, members: int) -> float:
    """Root mean square of the loss's second derivatives in the fine frequencies, over random weights."""
    network: SineNetwork = sine_regression(eps, generator(0, "data"))
    theta = network.start(members, generator(0, "start"))
    squares = []
    for unit in range(network.smooth_units, network.units):
        axis = torch.zeros_like(theta)
        axis[:, network.units + unit] = 1
        squares.append((hvp(network, theta, axis)[:, network.units + unit] ** 2).mean())
    return float(torch.stack(squares).mean().sqrt())


_claim = partial(
    Claim,
    theory="chaos",
    kind="rebuttal answer",
    page="chaos/networks",
    source="kong2020reply, the sketch of a network with periodic activations; the numbers are ours",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.siren-scales",
        statement="The loss of a sine network with fine units has two scales: curvatures of order 1 / eps.",
        how="Slope of ln(curvature in the fine frequencies) against ln eps at random weights.",
        states=HOLDS,
        check=_curvature_grows_as_eps_shrinks,
    ),
    _claim(
        id="chaos.siren-chaos",
        statement="On noisy labels, descent of the sine network at rate 0.3 is chaotic: all twins part.",
        how="Share of initializations whose twins, 1e-9 apart after training, come 1e-2 apart in 400 steps.",
        states=HOLDS_WITHIN_LIMITS,
        check=_noisy_labels_are_chaotic,
    ),
    _claim(
        id="chaos.siren-clean",
        kind="our finding",
        statement="On labels that the network can fit, the chaos dies with the residual: no twins part.",
        how="The same share with label noise 0.",
        states=HOLDS_WITHIN_LIMITS,
        check=_clean_labels_are_not,
    ),
    _claim(
        id="chaos.siren-small-rate",
        statement="At rate 3e-4, below the fine scale, the descent on noisy labels is not chaotic.",
        how="The same share at the small rate.",
        states=HOLDS_WITHIN_LIMITS,
        check=_small_rate_is_not,
    ),
)
