"""Claims about noise at a minimum: the entropic force, skewed noise, diffusions. The helix is in helix.py."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import numpy as np
import torch

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.diagrams.counting.schedules import Epochs, full_batch
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.experiments.noise import gauss_diffusion, skew_flip
from lrtheory.diagrams.models.examples import three_quintics
from lrtheory.diagrams.models.minima import Minimum, minimum
from lrtheory.diagrams.models.moments import LocalMoments
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.theory.cubic_moments import CubicResponse, cubic_response
from lrtheory.diagrams.theory.entropic_force import (
    entropic_displacement,
    flow_entropic_displacement,
    stationary_entropic_displacement,
)
from lrtheory.diagrams.theory.skewness import skew_loss, stationary_skew_loss


def _entropic_force_is_exact(scale: str) -> Verdict:
    here = _twisted()
    worst = 0.0
    for steps in (1, 3, 11, 60):
        exact = _response(here, 0.1, steps).displacement
        ours = entropic_displacement(here, steps=steps, lr=0.1).numpy()
        worst = max(worst, float(np.abs(exact - ours).max()) / 1e-3)
    return Verdict.at_most(worst, 1e-10)


def _displacement_is_of_first_order(scale: str) -> Verdict:
    here, rates, ratios = _twisted(), (0.02, 0.04), []
    limit = float(stationary_entropic_displacement(here, lr=1.0, finite_steps=False)[1])
    for lr in rates:
        exact = _response(here, lr, round(16 / (0.4 * lr))).displacement[1] / lr
        ratios.append(float(exact) / limit)
    return Verdict.near(2 * ratios[0] - ratios[1], 1.0, stderr=0.0, tolerance=2 * rates[1] ** 2)


def _integrals_for_sums(scale: str) -> Verdict:
    here, off = _twisted(), []
    for lr in (0.01, 0.02):
        steps = round(2 / lr)
        exact = _response(here, lr, steps).displacement[1]
        off.append(abs(float(flow_entropic_displacement(here, steps=steps, lr=lr)[1]) / float(exact) - 1))
    return Verdict.near(math.log2(off[1] / off[0]), 1.0, stderr=0.0, tolerance=0.1)


def _sign_of_the_skewness(scale: str) -> Verdict:
    lr, time = 0.2, 8.0
    run = run_at(scale, skew_flip, {"trials": 20_000, "time": time, "rates": (lr,)})
    number = int(np.abs(run["lr"] - lr).argmin())
    here = minimum(1.0, 1.0, (1.0, -3.0), (0.75, 0.25)).here
    predicted = skew_loss(here, steps=round(time / lr), lr=lr)
    value, stderr = float(run[f"effect_{number}"][-1]), float(run[f"stderr_{number}"][-1])
    # Third order in j is left out by half differences: (j theta / h)^2 of the effect, theta^2 = lr c / 2.
    return Verdict.near(value, predicted, stderr=stderr, tolerance=abs(predicted) * 0.1**2 * 0.3)


def _skewness_is_exact(scale: str) -> Verdict:
    here, worst = _twisted(), 0.0
    for steps in (3, 8, 60):
        exact = _response(here, 0.1, steps).loss
        worst = max(worst, abs(skew_loss(here, steps=steps, lr=0.1) / exact - 1))
    return Verdict.at_most(worst, 1e-10)


def _stationary_skewness(scale: str) -> Verdict:
    here, ratios = minimum(1.0, 1.0, (1.0, -3.0), (0.75, 0.25)).here, []
    rates = (0.02, 0.04)
    for lr in rates:
        exact = _response(here, lr, round(12 / lr)).loss
        ratios.append(exact / stationary_skew_loss(here, lr=lr))
    at_zero = 2 * ratios[0] - ratios[1]
    return Verdict.inside(at_zero, (1 - 2 * rates[1] ** 2, 1 + 2 * rates[1] ** 2), predicted=1.0)


def _diffusion_is_close(scale: str) -> Verdict:
    lr = 0.1
    run = run_at(scale, gauss_diffusion, {"trials": 400_000, "rates": (lr,), "refinement": 8})
    place = int(np.abs(run["lr"] - lr).argmin())
    sgd, _, diffusion = run["loss"][:, place]
    stderr = math.hypot(sgd[1], diffusion[1])
    predicted = -(lr**3) / 48 - lr**4 / 12
    integrator = lr**3 / 16 / float(run["refinement"])
    return Verdict.near(
        sgd[0] - diffusion[0], predicted, stderr=stderr, tolerance=integrator + lr**5,
        note=f"the published difference is {lr**2 / 8:.2e}",
    )


def _gradient_descent_moves(scale: str) -> Verdict:
    landscape, start = three_quintics()
    drifts = (Fraction(6481, 7200), Fraction(467, 43200))
    off = Fraction(0)
    for axis, drift in enumerate(drifts):
        place = Polynomial.coordinate(2, axis)
        whole, single = (
            exact_enumeration(landscape, start, schedule, observable=place, order=2)[2]
            for schedule in (full_batch(2, 2), Epochs(2))
        )
        off = max(off, abs(whole - single - drift / 4))
    return Verdict.at_most(float(off), 0.0)


def _twisted() -> LocalMoments:
    """A minimum in two weights with three atoms of noise and every third derivative."""
    atoms = torch.tensor([[1.0, 0.5], [-1.0, 0.2], [0.3, -0.9]], dtype=torch.float64)
    chances = torch.tensor([0.3, 0.4, 0.3], dtype=torch.float64)
    jerk = torch.tensor([[[-0.7, 1.3], [1.3, 0.9]], [[1.3, 0.9], [0.9, 0.5]]], dtype=torch.float64)
    hessian = torch.diag(torch.tensor([1.0, 0.4], dtype=torch.float64))
    return Minimum(hessian, atoms - chances @ atoms, chances, jerk).here


def _response(here: LocalMoments, lr: float, steps: int) -> CubicResponse:
    tensors = (here.hessian, here.jerk, here.covariance, here.skewness)
    return cubic_response(*(one.numpy() for one in tensors), lr=lr, steps=steps)


_claim = partial(Claim, theory="diagrams", page="diagrams/noise", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.entropic-force",
        kind="theorem",
        statement="The entropic displacement from a minimum is one nested time sum, to all orders in lr.",
        source="tenka2020 (corrected: nested; the discrete form is ours)",
        how="Largest difference to a recursion of exact moments for 1 to 60 steps in two weights, over 1e-3.",
        check=_entropic_force_is_exact,
    ),
    _claim(
        id="diagrams.entropic-first-order",
        kind="our finding",
        statement="After many steps the entropic displacement is of order lr, not lr^2.",
        source="ours; the published limit lacks the factor 1 / lr of its time sum",
        how="Exact displacement over lr at two rates, extrapolated to 0, over the formula without lr.",
        check=_displacement_is_of_first_order,
    ),
    _claim(
        id="diagrams.entropic-integrals",
        kind="theorem",
        statement="Integrals in place of the sums over steps cost a relative error of order lr.",
        source="tenka2020, the rule of thumb for integrals",
        how="Order of the error between rates 0.01 and 0.02 at lr T = 2.",
        check=_integrals_for_sums,
    ),
    _claim(
        id="diagrams.skew-exact",
        kind="our finding",
        statement="Two diagrams, of three and of four edges, give the effect of skewed noise exactly.",
        source="ours; tenka2020 has the first",
        how="Largest relative difference to a recursion of exact moments, 3 to 60 steps, two weights.",
        check=_skewness_is_exact,
    ),
    _claim(
        id="diagrams.skew-sign",
        kind="our finding",
        statement="In long runs skewed noise changes the loss with the sign opposite to the first diagram's.",
        source="ours; corrects the corollary of tenka2020",
        how="Twin runs of SGD with j and -j at rate 0.2 for lr T = 8, against the formula.",
        check=_sign_of_the_skewness,
    ),
    _claim(
        id="diagrams.skew-limit",
        kind="our finding",
        statement="For long runs and small rates the effect is (lr^2 / 12) sum S J / (h + h + h).",
        source="ours",
        how="Exact moments at rates 0.02 and 0.04, over the formula, extrapolated to rate 0.",
        check=_stationary_skewness,
    ),
    _claim(
        id="diagrams.gauss-diffusion",
        kind="experiment",
        statement="On the Gauss landscape SGD lies below its diffusion by lr^3 / 48: skewed noise and finite "
        "steps oppose each other.",
        source="tenka2020, SGD against stochastic differential equations, in the style of; order 4 ours",
        how="Mean losses after one step at rate 0.1, against orders 3 and 4.",
        check=_diffusion_is_close,
    ),
    _claim(
        id="diagrams.small-batches",
        kind="theorem",
        statement="Gradient descent ends at lr^2 T (1/B - 1/N) / 4 grad tr C from where SGD ends.",
        source="tenka2020, batch size (with its factor T)",
        how="Exact rationals over every training set of two examples in two weights; largest difference.",
        check=_gradient_descent_moves,
    ),
)
