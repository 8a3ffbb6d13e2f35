"""Claims about the two patterns themselves: how many examples each needs, and which models can have it."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.models.pq import PQDistribution, PQExamples, q_points
from lrtheory.learning_order.theory.samples import examples_needed, mean_direction_accuracy
from lrtheory.seeds import generator

_RATIOS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _p_accuracy(dim: int, count: int, repeats: int, *, test: int = 2000) -> float:
    """Accuracy of the mean of y x1, averaged over draws."""
    data, found = PQDistribution(dim, p_only=1.0, q_only=0.0, r=0.1), []
    for k in range(repeats):
        drawn = data.sample(count + test, generator=generator(k, "P", dim, count))
        direction = (drawn.labels[:count, None] * drawn.x1[:count]).mean(0)
        right = drawn.labels[count:] * (drawn.x1[count:] @ direction) > 0
        found.append(float(right.double().mean()))
    return float(np.mean(found))


def _p_law(scale: str) -> Verdict:
    """Largest difference of simulated and predicted accuracy, d = 200."""
    ratios, repeats, most = (_RATIOS[:3], 12, 0.03) if scale == "smoke" else (_RATIOS, 40, 0.015)
    gaps = [_p_accuracy(200, round(200 * c), repeats) - float(mean_direction_accuracy(c)) for c in ratios]
    return Verdict.at_most(float(np.abs(gaps).max()), most, limits="mean direction, d = 200")


def _p_needs_d(scale: str) -> Verdict:
    """Slope of the examples for an accuracy of 0.9 with d, on logarithmic scales."""
    dims, repeats = ((30, 120), 12) if scale == "smoke" else ((50, 100, 200, 400), 30)
    needed = []
    for dim in dims:
        counts = [round(examples_needed(0.9, dim) * c) for c in (0.6, 0.8, 1.0, 1.25, 1.6)]
        accuracies = [_p_accuracy(dim, count, repeats, test=500) for count in counts]
        needed.append(np.interp(0.9, accuracies, np.log(counts)))
    slope = np.polyfit(np.log(dims), needed, 1)[0]
    return Verdict.inside(float(slope), (0.85, 1.15), predicted=1.0)


def _p_is_linear(scale: str) -> Verdict:
    """Least margin y <w, x1> over that of the signal, of drawn examples."""
    count = 2000 if scale == "smoke" else 20_000
    data = PQDistribution(100, p_only=1.0, q_only=0.0, r=0.1)
    drawn = data.sample(count, generator=generator(0, "P is linear"))
    margin = (drawn.labels * drawn.x1[:, 0]).min() / data.gamma
    return Verdict.at_least(float(margin), 1.0)


def _q_examples(count: int, r: float, *stream: str | int) -> PQExamples:
    data = PQDistribution(2, p_only=0.0, q_only=1.0, r=r)
    return data.sample(count, generator=generator(0, "Q", *stream))


def _q_three(scale: str) -> Verdict:
    """Least accuracy, over draws of one example of each kind, of the nearest of their directions."""
    found = []
    for k in range(20 if scale == "smoke" else 200):
        drawn = _q_examples(4000, 0.07, k)
        shown = torch.stack([(drawn.patterns == kind).nonzero()[0, 0] for kind in range(3)])
        train, test = drawn.x2_plane[shown], drawn.x2_plane
        unit = [each / each.norm(dim=-1, keepdim=True) for each in (train, test)]
        nearest = torch.cdist(unit[1], unit[0]).argmin(-1)
        found.append(float((drawn.labels[shown][nearest] == drawn.labels).double().mean()))
    return Verdict.at_least(min(found), 1.0)


def _q_linear_loss(scale: str) -> Verdict:
    """Least logistic loss of functions a z + b zeta + c on the population, over a grid of them."""
    steps = 21 if scale == "smoke" else 61
    grid = torch.cat([-torch.logspace(1, -2, steps // 2), torch.zeros(1), torch.logspace(-2, 1, steps // 2)])
    a, b, c = (each.double()[..., None] for each in torch.meshgrid(grid, grid, grid, indexing="ij"))
    alpha = torch.linspace(0.05, 1, 8, dtype=torch.float64)
    loss = torch.zeros_like(a[..., 0])
    for label, share, (x, y) in zip((1, -1, -1), (0.5, 0.25, 0.25), q_points(0.5).tolist(), strict=True):
        outputs = alpha * (a * x + b * y) + c
        loss += share * torch.nn.functional.softplus(-label * outputs).mean(-1)
    return Verdict.near(float(loss.min()), math.log(2), stderr=0.0, tolerance=1e-12)


def _q_linear_accuracy(scale: str) -> Verdict:
    """Best accuracy of half planes on drawn examples; on the population 3/4 is the most."""
    lines, count = (2000, 4000) if scale == "smoke" else (20_000, 4000)
    drawn = _q_examples(count, 0.5, "half planes")
    x, y = drawn.x2_plane.float(), drawn.labels.float()
    draw, best = generator(0, "half planes"), 0.0
    for _ in range(lines // 500):
        direction, offset = torch.randn(2, 500, generator=draw), 0.5 * torch.randn(500, generator=draw)
        right = ((x @ direction + offset) * y[:, None] > 0).float().mean(0)
        best = max(best, float(right.max()))
    return Verdict.at_most(best, 0.75 + 4 * math.sqrt(0.75 * 0.25 / count))


def _q_two_relus(scale: str) -> Verdict:
    """Accuracy on drawn examples of a small constant less two ReLUs."""
    count, r = (1000, 0.07) if scale == "smoke" else (20_000, 0.07)
    drawn = _q_examples(count, r, "two ReLUs")
    right = drawn.labels * two_relus(drawn.x2_plane, r, float(drawn.alpha.min())) > 0
    return Verdict.at_least(float(right.double().mean()), 1.0)


def two_relus(x2: Tensor, r: float, least_alpha: float) -> Tensor:
    """A network of two units that has the pattern by heart: one shuts at z from either side.

    Args:
        x2: by coordinates along z and zeta / r, shape (n, 2).
        r: length of zeta.
        least_alpha: length of the shortest example that must come out right.
    """
    units = torch.tensor([[-r / 2, 1.0], [-r / 2, -1.0]], dtype=x2.dtype)
    return least_alpha * r / 4 - (x2 @ units.mT).relu().sum(-1)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="learning_order.p-sample-law",
        theory="learning_order",
        kind="our finding",
        statement="The mean of y x1 over n examples has accuracy E Phi(1.798 (1 + |g|) sqrt(n / d)) on P.",
        source="ours; the distribution of li2019order as we reconstruct it",
        how="simulated at six ratios n / d from 0.02 to 1, d = 200; largest difference",
        states=HOLDS_WITHIN_LIMITS,
        check=_p_law,
        page="learning_order/two_things_to_learn",
    ),
    Claim(
        id="learning_order.p-needs-d-examples",
        theory="learning_order",
        kind="rebuttal answer",
        statement="P is inherently noisy: the number of examples that it needs grows in proportion to d.",
        source="li2019reply, on what inherently noisy means",
        how="examples for an accuracy of 0.9 by simulation, slope with d on logarithmic scales",
        states=HOLDS,
        check=_p_needs_d,
        page="learning_order/two_things_to_learn",
    ),
    Claim(
        id="learning_order.p-is-linear",
        theory="learning_order",
        kind="rebuttal answer",
        statement="P can be fit by a linear model: w separates every example with the margin of the signal.",
        source="li2019reply, on generalizable patterns",
        how="least margin of drawn examples over that of the signal",
        states=HOLDS,
        check=_p_is_linear,
        page="learning_order/two_things_to_learn",
    ),
    Claim(
        id="learning_order.q-three-examples",
        theory="learning_order",
        kind="rebuttal answer",
        statement="Q needs few examples: one of each of its three kinds gives every further example away.",
        source="li2019reply, on memorizable patterns",
        how="nearest of three directions on 4,000 examples, least accuracy over draws of the three",
        states=HOLDS,
        check=_q_three,
        page="learning_order/two_things_to_learn",
    ),
    Claim(
        id="learning_order.q-linear-loss",
        theory="learning_order",
        kind="our finding",
        statement="No linear function, with or without a constant, has a logistic loss below log 2 on Q.",
        source="ours, by convexity",
        how="least loss over a grid of three coefficients",
        states=HOLDS,
        check=_q_linear_loss,
        page="learning_order/two_things_to_learn",
    ),
    Claim(
        id="learning_order.q-linear-accuracy",
        theory="learning_order",
        kind="our finding",
        statement="No half plane classifies more than three quarters of Q rightly.",
        source="ours",
        how="best of drawn half planes on 4,000 examples, within four standard errors of 3/4",
        states=HOLDS,
        check=_q_linear_accuracy,
        page="learning_order/two_things_to_learn",
    ),
    Claim(
        id="learning_order.q-two-relus",
        theory="learning_order",
        kind="rebuttal answer",
        statement="A model that is complex enough, two ReLUs and a small constant, has Q by heart.",
        source="li2019reply, on memorizable patterns; the network is ours",
        how="accuracy on 20,000 drawn examples",
        states=HOLDS,
        check=_q_two_relus,
        page="learning_order/two_things_to_learn",
    ),
)
