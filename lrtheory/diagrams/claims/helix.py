"""Claims about the helix: SGD that climbs for ever, how fast, against which slope, and around a ring."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.diagrams.experiments.noise import helix_ring, helix_speeds, helix_tilts
from lrtheory.diagrams.measures.helix_runs import helix_climb
from lrtheory.diagrams.models.screws import helix
from lrtheory.diagrams.theory.archimedes import screw_velocity, stalling_tilt
from lrtheory.diagrams.theory.entropic_force import valley_velocity
from lrtheory.results import Store
from lrtheory.seeds import generator

_SMOKE_WALKERS = 1_500


def _speed(lr: float, scale: str, *, diffusion: bool = False) -> tuple[float, float]:
    """Climb a step of SGD or of the diffusion, and its standard error: from a stored run, or a short one."""
    if scale == "smoke":
        numbers = generator(0, "claim", repr(lr), int(diffusion))
        length, fine = (300, 8) if diffusion else (2_000, 0)
        climb = helix_climb(lr, walkers=_SMOKE_WALKERS, steps=length, generator=numbers, diffusion=fine)
        return climb.velocity.value, climb.velocity.stderr
    run, name = Store().get(helix_speeds), "diffusion_" if diffusion else ""
    place = int(np.abs(run[f"{name}lr"] - lr).argmin())
    value, stderr = run[f"{name}climb"][place, 0]
    return float(value), float(stderr)


def _climbs_for_ever(scale: str) -> Verdict:
    value, stderr = _speed(0.1, scale)
    return Verdict.near(value / 0.01, screw_velocity(0.1) / 0.01, stderr=stderr / 0.01, tolerance=0.1**2 / 6)


def _turning_completes_the_speed(scale: str) -> Verdict:
    value, stderr = _speed(0.1, scale)
    cloud = screw_velocity(0.1, accuracy="cloud")
    # The next order is lr^2 of the speed, with a factor of order a tenth.
    return Verdict.near(value / cloud - 1, -0.1 / 24, stderr=stderr / cloud, tolerance=0.1 * 0.1**2)


def _diffusion_climbs(scale: str) -> Verdict:
    value, stderr = _speed(0.1, scale, diffusion=True)
    predicted = screw_velocity(0.1 / 8, accuracy="cloud") * 64 * (1 - 0.1 / 24) / 0.01
    return Verdict.near(value / 0.01, predicted, stderr=stderr / 0.01, tolerance=0.1**3)


def _valley_formula(scale: str) -> Verdict:
    bottom = helix().moments(torch.zeros(3, dtype=torch.float64))
    speed = float(valley_velocity(bottom, lr=0.1, finite_steps=False)[2]) / 0.01
    return Verdict.inside(speed, (1 / 6 - 1e-12, 1 / 6 + 1e-12), predicted=1 / 6)


def _stalls(scale: str) -> Verdict:
    lr = 0.1
    predicted = stalling_tilt(lr) / (lr / 6)
    if scale == "smoke":
        numbers = generator(0, "tilted")
        climb = helix_climb(lr, walkers=_SMOKE_WALKERS, steps=2_000, generator=numbers, tilt=lr / 6)
        left, stderr = climb.velocity.value / lr / (lr / 6), climb.velocity.stderr / lr / (lr / 6)
        return Verdict.near(1 + left, predicted, stderr=stderr, tolerance=0.01)
    run = Store().get(helix_tilts)
    row = int(np.abs(run["lr"] - lr).argmin())
    speed, stderr = run["speed"][row].T
    fit, covariance = np.polyfit(run["share"], speed, 1, w=1 / stderr, cov="unscaled")
    crossing = -fit[1] / fit[0]
    spread = math.sqrt(covariance[1, 1] + crossing**2 * covariance[0, 0] + 2 * crossing * covariance[0, 1])
    return Verdict.near(crossing, predicted, stderr=spread / abs(fit[0]), tolerance=0.01)


def _circles(scale: str) -> Verdict:
    run = run_at(scale, helix_ring, {"walkers": 60, "steps": 400})
    value, stderr, steps = (float(run[name][-1]) for name in ("mean", "stderr", "step"))
    expected = steps * screw_velocity(0.2)
    return Verdict.near(
        value / expected, 1.0, stderr=stderr / expected, tolerance=1 / 36,
        limits="a ring of radius 6, whose own bend changes the speed by about one part in 6^2",
    )


_claim = partial(Claim, theory="diagrams", page="diagrams/noise", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.helix-speed",
        kind="experiment",
        statement="On the helix, a valley of equal minima, SGD climbs for ever: 0.178 lr^2 a step at 0.1.",
        source="tenka2020, the experiment on the Helix landscape, in the style of",
        how="Climb of compiled walkers after 15 / lr steps, against the formula with the turning, to 1 %.",
        check=_climbs_for_ever,
    ),
    _claim(
        id="diagrams.helix-leading-speed",
        kind="theorem",
        statement="To leading order the climb is lr^2 / 6 a step.",
        source="tenka2020, the corollary on flat minima, at the Helix landscape",
        how="The valley formula on moments by automatic differentiation, against 1/6.",
        check=_valley_formula,
    ),
    _claim(
        id="diagrams.helix-turning",
        kind="our finding",
        statement="The turning of the valley under the cloud multiplies the speed by 1 - lr / 24.",
        source="ours; completes the refinement of the leading order for finite steps",
        how="Measured speed over that of finite steps alone, minus one, at rate 0.1.",
        check=_turning_completes_the_speed,
    ),
    _claim(
        id="diagrams.helix-diffusion",
        kind="our finding",
        statement="The diffusion with drift -grad l and covariance lr C climbs the helix too, at lr^2 / 6.",
        source="ours; against the reading that a stochastic differential equation cannot move there",
        how="Integrated in steps of lr / 8 at rate 0.1, against its own speed with those steps.",
        check=_diffusion_climbs,
    ),
    _claim(
        id="diagrams.helix-tilt",
        kind="our finding",
        statement="SGD climbs a rising helix up to slope lr / (2 (3 - 2 lr)), about lr / 6.",
        source="tenka2020 (the tilted helix; its bound corrected by us)",
        how="Slope at which the measured speed crosses zero, in units of lr / 6, at rate 0.1.",
        check=_stalls,
    ),
    _claim(
        id="diagrams.helix-ring",
        kind="theorem",
        statement="SGD circulates for ever on a ring of minima, so that no effective potential describes it.",
        source="tenka2020 (the axis closed up); the ring in space is ours",
        how="Mean way around a ring of six turns at rate 0.2, over that on the straight helix.",
        states=HOLDS_WITHIN_LIMITS,
        check=_circles,
    ),
)
