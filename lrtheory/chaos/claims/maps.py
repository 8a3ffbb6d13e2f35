"""Claims about the map itself: one step, telescoping sums, small rates, two wells."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lrtheory import measure
from lrtheory.chaos.measures.runs import stationarity_identities, stationary_sample
from lrtheory.chaos.models.two_scale import double_well, periodic, stochastic_rule, uniform_start
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import GradientDescent, descend
from lrtheory.seeds import generator

_MEMBERS = {"smoke": 1024, "laptop": 4096, "long": 16384}
_GROUPS = 16


def _one_step_law(scale: str) -> Verdict:
    """Slope of the one-step Wasserstein distance against eps, on grids in place of random samples."""
    count = {"smoke": 400_000, "laptop": 1_000_000, "long": 4_000_000}[scale]
    start = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    sizes = np.array([1e-2, 1e-3, 1e-4])
    distances = [_one_step_distance(eps, start) for eps in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(distances), 1)[0])
    return Verdict.inside(slope, (0.9, 1.3), predicted=1.0, note="slope of ln W1 against ln eps")


def _one_step_distance(eps: float, start: Tensor) -> float:
    after = descend(GradientDescent(0.1), periodic(eps), start[:, None], steps=1).final[:, 0].sort().values
    # The stochastic map after one step: 0.9 x + 0.1 sin(2 pi u), x and u on a two-dimensional lattice.
    golden = (torch.arange(len(start), dtype=torch.float64) * ((math.sqrt(5) - 1) / 2)) % 1
    coin = (0.9 * start + 0.1 * (2 * math.pi * golden).sin()).sort().values
    return float((after - coin).abs().mean())


def _identities_hold(scale: str) -> Verdict:
    landscape, lr = double_well(0.03), 0.1
    start = uniform_start(64, generator(0, "start"))
    path = descend(GradientDescent(lr), landscape, start, steps=2000, every=1).theta
    found = stationarity_identities(landscape, lr, path)
    defect = max(
        float((found.mean_gradient - found.telescoped_gradient).abs().max()),
        float((found.virial - found.telescoped_virial).abs().max()),
    )
    return Verdict.at_most(defect, 1e-12, note="largest difference over 64 orbits on the rough double well")


def _small_rate_is_trapped(scale: str) -> Verdict:
    landscape = periodic(1e-2)
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    final = descend(GradientDescent(1e-3), landscape, start, steps=20_000).final
    settled = (landscape.gradient(final).abs() < 1e-9)[:, 0] & (landscape.hessian(final)[:, 0, 0] > 0)
    return Verdict.at_least(float(settled.double().mean()), 0.999)


def _double_well_share(scale: str) -> Verdict:
    burn, keep = {"smoke": (3000, 600), "laptop": (4000, 2000), "long": (8000, 8000)}[scale]
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    x = stationary_sample(GradientDescent(0.1), double_well(1e-5), start, burn=burn, keep=keep)[..., 0]
    found = measure.mean_over_groups(_right_share, x, _GROUPS, axis=1)
    landscape, kicks = double_well(1e-5), generator(0, "noise")
    rule = stochastic_rule(landscape, 0.1)
    coin = stationary_sample(rule, landscape.large, start, burn=burn, keep=keep, generator=kicks)
    expected = measure.mean_over_groups(_right_share, coin[..., 0], _GROUPS, axis=1)
    error = math.hypot(found.stderr, expected.stderr)
    return Verdict.near(found.value, expected.value, stderr=error, note="Gibbs says 0.2915")


def _right_share(positions: Tensor) -> float:
    return float((positions > 0).double().mean())


_claim = partial(Claim, theory="chaos", page="chaos/coin_toss", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.one-step-law",
        kind="theorem",
        statement="After one step from a smooth start, descent and the map with random kicks have the same "
        "law up to a distance that shrinks like eps.",
        source="kong2020, n-step convergence; the rate is our measurement",
        how="Slope of ln W1 against ln eps for a start uniform on [0, 1], on grids instead of samples.",
        check=_one_step_law,
    ),
    _claim(
        id="chaos.telescoping",
        kind="our finding",
        statement="For every loss, rate and orbit, the means of grad f and of 2 x.grad f - lr |grad f|^2 are "
        "fixed by the orbit's ends.",
        source="our derivation: both sums telescope",
        how="64 orbits of 2,000 steps on a rough double well, both sides compared to rounding.",
        check=_identities_hold,
    ),
    _claim(
        id="chaos.small-rate",
        kind="experiment",
        statement="At a rate far below eps, descent stops in the nearest small dip.",
        source="kong2020, the small learning rate regime",
        how="Share of starts on eps = 0.01 that end in a local minimum at rate 0.001.",
        check=_small_rate_is_trapped,
    ),
    _claim(
        id="chaos.double-well-share",
        kind="experiment",
        statement="On a rough double well, descent crosses the barrier and spends the same share of time in "
        "each well as the map with random kicks.",
        source="kong2020, the nonconvex case, in the style of; potential and numbers are our choice",
        how="Share of time at x > 0 of the descent and of the map with random kicks, rate 0.1, eps = 1e-5.",
        check=_double_well_share,
    ),
)
