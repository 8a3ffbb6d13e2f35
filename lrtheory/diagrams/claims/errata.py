"""Claims about published statements on noise, batches, epochs and minima that calculation refutes."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache, partial
from itertools import product

import numpy as np
import torch

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, Claim, Verdict
from lrtheory.diagrams.counting.schedules import (
    Diffusion,
    Epochs,
    GradientFlow,
    Schedule,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import two_quintics
from lrtheory.diagrams.models.minima import minimum
from lrtheory.diagrams.models.moments import LocalMoments, local_moments
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.theory import batch_and_epochs as batch
from lrtheory.diagrams.theory import curvature, entropic_force, errata, skewness
from lrtheory.diagrams.theory.cubic_moments import CubicResponse, cubic_response

_ATOMS, _LAW = (1.0, -3.0), (0.75, 0.25)  # variance 3, third cumulant -6
_ROUNDING = 1e-9


def _batch_displacement(scale: str) -> Verdict:
    truth = _second(full_batch(2, 4), "displacement") - _second(Epochs(2, epochs=2), "displacement")
    ours = float(batch.batch_displacement(_here(), examples=2, batch_size=1, steps=4, lr=1.0))
    theirs = float(errata.published_batch_displacement(_here(), examples=2, lr=1.0))
    return _beside(truth, ours, theirs)


def _epochs_displacement(scale: str) -> Verdict:
    truth = _second(Epochs(2, epochs=3), "displacement") / 9 - _second(one_epoch(2), "displacement")
    ours = float(batch.epochs_displacement(_here(), examples=2, epochs=3, lr=1.0))
    theirs = float(errata.published_epochs_displacement(_here(), examples=2, epochs=3, lr=1.0))
    return _beside(truth, ours, theirs)


def _gap(scale: str) -> Verdict:
    h, examples, time = 0.7, 3, 2.0
    truth, reach = 0.0, (1 - math.exp(-time * h)) / h
    for draw in product(range(2), repeat=examples):
        noise = sum(_ATOMS[k] for k in draw) / examples
        truth += math.prod(_LAW[k] for k in draw) * reach * noise**2  # test minus train is -theta noise
    here = minimum(h, 0.0, _ATOMS, _LAW).here
    ours = curvature.flow_gap(here, examples=examples, time=time)
    return _beside(truth, ours, errata.published_gap(here, examples=examples, time=time))


def _early_force(scale: str) -> Verdict:
    lr, steps = 1e-3, 40
    truth = float(_response(lr, steps).displacement[0])
    ours = float(entropic_force.entropic_displacement(_skewed(), steps=steps, lr=lr))
    return _beside(truth, ours, float(errata.published_entropic_displacement(_skewed(), steps=steps, lr=lr)))


def _late_force(scale: str) -> Verdict:
    lr = 0.02
    truth = float(_response(lr, round(40 / lr)).displacement[0])
    ours = float(entropic_force.stationary_entropic_displacement(_skewed(), lr=lr))
    theirs = float(errata.published_stationary_displacement(_skewed(), lr=lr))
    return _beside(truth, ours, theirs, tolerance=1e-6 * abs(ours))


def _above_diffusion(scale: str) -> Verdict:
    truth = _second(one_epoch(3)) - _second(Diffusion(3))
    ours = batch.loss_above_diffusion(_here(), steps=3, lr=1.0)
    return _beside(truth, ours, errata.published_loss_above_diffusion(_here(), steps=3, lr=1.0))


def _published_above_diffusion(scale: str) -> Verdict:
    """Noise's part alone: the part without noise is taken off both."""
    quiet = _second(full_batch(1, 3), quiet=True) - _second(GradientFlow(3), quiet=True)
    truth = _second(one_epoch(3)) - _second(Diffusion(3)) - quiet
    theirs = errata.published_loss_above_diffusion(_here(), steps=3, lr=1.0)
    return Verdict.near(truth, theirs, stderr=0.0, tolerance=_ROUNDING)


def _late_skewness(scale: str) -> Verdict:
    ours, theirs, truth = _late_skew_losses()
    return _beside(truth, ours, theirs, tolerance=0.04 * abs(ours))  # corrections are of relative size lr h


def _published_late_skewness(scale: str) -> Verdict:
    _, theirs, truth = _late_skew_losses()
    return Verdict.near(truth, theirs, stderr=0.0, tolerance=0.04 * abs(theirs))


def _early_skewness(scale: str) -> Verdict:
    """One step from zero moves by -lr x, so the cubic part gains J E[(-lr x)^3] / 6."""
    truth = sum(p * (-0.1 * x) ** 3 / 6 for x, p in zip(_ATOMS, _LAW, strict=True))
    ours = skewness.early_skew_loss(_skewed(), steps=1, lr=0.1)
    return _beside(truth, ours, -ours)


def _beside(truth: float, ours: float, theirs: float, *, tolerance: float = 0.0) -> Verdict:
    note = f"the published statement gives {theirs:.6g}"
    return Verdict.near(truth, ours, stderr=0.0, tolerance=tolerance + _ROUNDING * abs(ours), note=note)


@cache
def _here() -> LocalMoments:
    landscape, start = two_quintics()
    return local_moments(landscape.population(), torch.tensor([float(start[0])], dtype=torch.float64))


@cache
def _second(schedule: Schedule, observable: str = "test", *, quiet: bool = False) -> float:
    """Coefficient of lr^2 over every training set; with ``quiet`` every example is the mean."""
    landscape, start = two_quintics()
    if quiet:
        landscape = PolynomialLandscape((Fraction(1),), (landscape.mean,))
    if observable == "displacement":
        place = Polynomial.coordinate(1, 0)
        return float(exact_enumeration(landscape, start, schedule, observable=place, order=2)[2])
    return float(exact_enumeration(landscape, start, schedule, order=2)[2])


@cache
def _skewed() -> LocalMoments:
    return minimum(1.0, 1.0, list(_ATOMS), list(_LAW)).here


def _response(lr: float, steps: int) -> CubicResponse:
    """Exact effect of the cubic part, by carrying the moments of the weight from step to step."""
    numbers = [np.full((1,) * rank, value) for rank, value in ((2, 1.0), (3, 1.0), (2, 3.0), (3, -6.0))]
    return cubic_response(*numbers, lr=lr, steps=steps)


def _late_skew_losses() -> tuple[float, float, float]:
    """Ours, theirs and the truth after many steps at rate 0.02."""
    lr = 0.02
    truth = float(_response(lr, round(40 / lr)).loss)
    ours = skewness.stationary_skew_loss(_skewed(), lr=lr)
    return ours, errata.published_stationary_skew_loss(_skewed(), lr=lr), truth


_claim = partial(Claim, theory="diagrams", page="diagrams/errata", kind="our finding", states=HOLDS)
_published = partial(
    Claim, theory="diagrams", page="diagrams/errata", kind="theorem", states=DOES_NOT_REPRODUCE
)
_RUNS = "All training sets of a landscape of degree five, in exact fractions."

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.erratum-batch-size",
        statement="Gradient descent ends lr^2 T (1 - 1/N)/4 grad tr C from one-at-a-time SGD after equally "
        "many steps, whole passes; submission and thesis print it without the factor T.",
        source="tenka2020, corollary on batch size, corrected",
        how=f"{_RUNS} N = 2, T = 4.",
        check=_batch_displacement,
    ),
    _claim(
        id="diagrams.erratum-epochs",
        statement="E epochs at lr/E end lr^2 N (E - 1)/(4 E) grad(tr C + |G|^2) from one epoch at lr; "
        "printed without |G|^2, which the proposition behind it has.",
        source="tenka2020, corollary on epochs, corrected",
        how=f"{_RUNS} N = 2, E = 3.",
        check=_epochs_displacement,
    ),
    _claim(
        id="diagrams.erratum-gap",
        statement="Descent from a minimum ends with a gap of C (1 - e^(-lr T H))/(N H); the shorter paper "
        "displays half of it, and the right limit in its next sentence.",
        source="tenka2020, corollary on overfitting, corrected",
        how="Every training set of three examples on a parabola, gradient flow solved exactly.",
        check=_gap,
    ),
    _claim(
        id="diagrams.erratum-force-early",
        statement="After few steps the push toward C-flat minima is a nested time integral; the shorter "
        "paper prints a product, 2 T/(T - 1) times as large.",
        source="tenka2020, corollary on the entropic force, corrected",
        how="Moments of the weight carried exactly over 40 steps at lr H = 0.001.",
        check=_early_force,
    ),
    _claim(
        id="diagrams.erratum-force-late",
        statement="The stationary displacement by the cubic part is of first order in the rate, not of "
        "second as submission and thesis print.",
        source="tenka2020, corollary on the entropic force, corrected",
        how="Moments of the weight carried exactly over 2000 steps at lr H = 0.02.",
        check=_late_force,
    ),
    _claim(
        id="diagrams.erratum-diffusion",
        statement="SGD ends above the diffusion with its noise by -lr^2 T G H G/2 alone: at second order the "
        "noise of both does the same.",
        source="tenka2020, corollary on discretization and noise, corrected",
        how=f"{_RUNS} T = 3, against the generator of the diffusion.",
        check=_above_diffusion,
    ),
    _published(
        id="diagrams.published-diffusion",
        statement="As printed in three versions: noise raises the test loss of SGD above the diffusion's by "
        "lr^2 T C:H/2.",
        source="tenka2020, corollary on discretization and noise",
        how=f"{_RUNS} T = 3, against the generator of the diffusion, the part without noise taken off.",
        check=_published_above_diffusion,
    ),
    _claim(
        id="diagrams.erratum-skewness",
        statement="After many steps skewed noise adds +lr^2 S J/(12 (H + H + H)): a second diagram of the "
        "same size turns the sign.",
        source="tenka2020, remark on T to infinity after the first example, corrected",
        how="Moments of the weight carried exactly over 2000 steps at lr H = 0.02.",
        check=_late_skewness,
    ),
    _published(
        id="diagrams.published-skewness",
        statement="As the remark of submission and thesis has it: after many steps skewed noise adds "
        "-lr^2 S J/(6 (H + H + H)).",
        source="tenka2020, remark on T to infinity after the first example",
        how="Moments of the weight carried exactly over 2000 steps at lr H = 0.02.",
        check=_published_late_skewness,
    ),
    _claim(
        id="diagrams.erratum-skewness-sign",
        statement="For few steps skewed noise adds -lr^3 T S J/6, as the main texts have it; the proofs end "
        "with a plus.",
        source="tenka2020, proof of the corollary on skewness, corrected",
        how="One step from zero, by hand.",
        check=_early_skewness,
    ),
)
