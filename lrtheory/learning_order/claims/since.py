"""Claims on later work: toys where the rate decides, break-even points, windows of rates, growing logits."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.descent import descend
from lrtheory.learning_order.experiments.digits import EVERY, FIRST_RATES, PHASE, digits, digits_first_phase
from lrtheory.learning_order.experiments.since import RATES, break_even
from lrtheory.learning_order.models.toys import (
    ErrorRegression,
    TwoHessians,
    random_throw_start,
    threshold_descent,
    threshold_limit,
    throw,
)
from lrtheory.rules import GradientDescent, step_decay
from lrtheory.sampling import batches
from lrtheory.seeds import generator

_START = (0.1, math.sqrt(40))
_PHASE, _LARGE, _SMALL = 300, 1.995, 0.1  # of the convex toy
_EXAMPLES, _TOP_RATE = 8, 0.97  # of the regression


def _matched_test_loss(rule: GradientDescent, target: float, since: int = 0) -> float:
    plane = TwoHessians()
    looks = {"train": plane.loss, "test": plane.test_loss}
    start = torch.ones(2, dtype=torch.float64)
    path = descend(rule, plane, start, steps=1200, every=1, observe=looks, keep_theta=False)
    first = since + int((path.observed["train"][since:] <= target).double().argmax())
    return float(path.observed["test"][first])


def _convex(scale: str) -> Verdict:
    """Largest ratio of test losses, large first rate over small, at four training losses."""
    large = GradientDescent(step_decay(_LARGE, at=_PHASE, factor=_SMALL / _LARGE))
    ratios = [
        _matched_test_loss(large, target, _PHASE) / _matched_test_loss(GradientDescent(_SMALL), target)
        for target in (4e-3, 2e-3, 1e-3, 5e-4)
    ]
    return Verdict.at_most(max(ratios), 1e-3)


def _throws(scale: str) -> Verdict:
    """Rate times kernel at the end of throws, largest over seeds and rates in (2, 4) of the first kernel."""
    ends = []
    for seed in range(8):
        f, kernel = random_throw_start(1000, generator=generator(seed, "throw"))
        for c in (2.2, 2.5, 3.0, 3.5, 3.9):
            run = throw(f, kernel, c / kernel, width=1000, steps=2000)
            ends.append(c / kernel * run.kernel[-1] if run.loss[-1] < 1e-6 else math.inf)
    return Verdict.at_most(max(ends), 2.0, note="and the loss is below 1e-6 after 2000 steps")


def _threshold(scale: str) -> Verdict:
    rates = np.array([0.02, 0.04, 0.06, 0.1])
    steps = 20_000 if scale == "smoke" else 60_000
    found, told = threshold_descent(rates, *_START, steps=steps), threshold_limit(rates, *_START)
    worst = (found / told)[np.abs(found / told - 1).argmax()]
    return Verdict.inside(float(worst), (0.99, 1.01), predicted=1.0)


def _regression() -> tuple[ErrorRegression, torch.Tensor]:
    """Eight orthogonal examples with squared norms from 2 to 1, and an error with equal parts along each."""
    numbers = generator(0, "directions")
    basis = torch.linalg.qr(torch.randn(16, _EXAMPLES, generator=numbers, dtype=torch.float64))[0].mT
    sizes = torch.linspace(2.0, 1.0, _EXAMPLES, dtype=torch.float64).sqrt()
    return ErrorRegression(sizes[:, None] * basis), basis.sum(0) / math.sqrt(_EXAMPLES)


def _cosine(lr: float, steps: int, *, single: bool) -> float:
    """Cosine with the top direction after a rate, and a tenth of it for a quarter of the steps."""
    regression, start = _regression()
    stream = batches(_EXAMPLES, 1, order="replacement", generator=generator(1, "b")) if single else None
    rule = GradientDescent(step_decay(lr, at=steps, factor=0.1))
    path = descend(rule, regression, start, steps=steps + steps // 4, batches=stream)
    return float(regression.top_cosine(path.final))


def _direction(scale: str) -> Verdict:
    plain = _cosine(_TOP_RATE, 80, single=False)
    cosine = _cosine(_TOP_RATE, 400, single=True)
    return Verdict.at_least(cosine - plain, 0.95, note=f"full batch at the same rate: {plain:.3f}")


def _only_by_noise(scale: str) -> Verdict:
    """The full batch at a rate as many times larger as there are examples."""
    return Verdict.at_most(_cosine(_TOP_RATE * _EXAMPLES, 40, single=False), 0.5)


@functools.cache
def _points(scale: str) -> Any:
    return run_at(scale, break_even, {"seeds": 1, "levels": (0.5,), "units": 1024})


def _break_even(what: str, scale: str) -> Verdict:
    """Ratio at accuracy 0.5, rate 1.25 over 0.1, largest of the seeds."""
    numbers = _points(scale)[what][:, 0]
    return Verdict.at_most(float((numbers[RATES.index(1.25)] / numbers[RATES.index(0.1)]).max()), 0.5)


def _window(scale: str) -> Verdict:
    """What a first rate of 10 loses of the test accuracy that the best one has, mean of the seeds."""
    small = {"seeds": 1, "rates": (1.0, 10.0), "units": 256, "first": 300.0, "second": 10.0}
    run = run_at(scale, digits_first_phase, small)
    accuracy = run["accuracy"][1]
    rates = (1.0, 10.0) if scale == "smoke" else FIRST_RATES
    lost = accuracy.max(0) - accuracy[rates.index(10.0)]
    return Verdict.at_least(float(lost.mean()), 0.05)


def _logits(scale: str) -> Verdict:
    """Loss on patches alone in the last 160 steps at the large rate, least of the seeds; ln 10 is chance."""
    run = run_at(scale, digits, {"seeds": 1, "units": 4096, "large_steps": PHASE, "small_steps": EVERY})
    looks = run["large_patch_loss"][:, (PHASE - 140) // EVERY : PHASE // EVERY + 1]
    return Verdict.at_least(float(looks.mean(1).min()), 1.5 * math.log(10))


_claim: Callable[..., Claim] = partial(
    Claim, theory="learning_order", page="learning_order/since_then", kind="experiment"
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.convex",
        statement="On a parabola judged by another one, a large first rate wins at equal training loss.",
        source="nakkiran2020, with curvatures of ours",
        how="Largest ratio of test losses at four training losses.",
        states=HOLDS, check=_convex,
    ),
    _claim(
        id="learning_order.catapult",
        statement="Beyond twice the inverse kernel a product is thrown to where the rate is stable.",
        source="lewkowycz2020, section 2", how="Largest rate times kernel at the end, 8 seeds, 5 rates.",
        states=HOLDS, check=_throws,
    ),
    _claim(
        id="learning_order.threshold",
        statement="Descent of sqrt(1 + x^2 y^2) ends at y^2 = min(y^2 - x^2, 2 / lr).",
        source="ahn2023", how="Worst ratio of measured to predicted, rates up to 0.1.", states=HOLDS,
        check=_threshold,
    ),
    _claim(
        id="learning_order.direction",
        statement="Annealed SGD nears the answer along the top direction, full-batch descent does not.",
        source="wu2021, in an exactly orthogonal case of ours",
        how="Difference of the cosines with the top direction.", states=HOLDS, check=_direction,
    ),
    _claim(
        id="learning_order.direction-noise", kind="our finding",
        statement="Only single examples do that: a full batch at any rate avoids the top direction.",
        source="ours, on wu2021", how="Cosine at a rate larger by the number of examples.",
        states=DOES_NOT_REPRODUCE, check=_only_by_noise,
    ),
    _claim(
        id="learning_order.break-even-noise",
        statement="At equal training accuracy a large rate has half the gradient noise, or less.",
        source="jastrzebski2020, on digits with patches",
        how="Trace of the covariance of single gradients, rate 1.25 over 0.1, largest of 3 seeds.",
        states=HOLDS,
        check=partial(_break_even, "trace"),
    ),
    _claim(
        id="learning_order.break-even-sharpness",
        statement="At equal training accuracy a large rate has half the sharpness, or less.",
        source="jastrzebski2020, on digits with patches", how="The same of the Hessian's top eigenvalue.",
        states=HOLDS, check=partial(_break_even, "sharpness"),
    ),
    _claim(
        id="learning_order.narrow-window",
        statement="A first rate of 10, twenty times what is needed, costs 5 points of accuracy on digits.",
        source="ours, on sadrtdinov2024", how="Best of eight first rates less rate 10, mean of 2 seeds.",
        states=DOES_NOT_REPRODUCE, check=_window,
    ),
    _claim(
        id="learning_order.logits", kind="our finding",
        statement="At the large rate the loss on patches alone lies far above chance, and nothing diverges.",
        source="ours, on haas2025",
        how="Least mean of the seeds against 1.5 ln 10.", states=HOLDS, check=_logits,
    ),
)
