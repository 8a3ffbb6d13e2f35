"""Claims about kernels of gates: what each holds of Q, what noise does to it, and how many gates flip."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.measures.gates import pattern_flip_rate
from lrtheory.learning_order.models.noise import stationary_noise
from lrtheory.learning_order.models.pq import PQDistribution, q_points
from lrtheory.learning_order.theory.flips import gate_flip_rate
from lrtheory.learning_order.theory.gates import (
    averaged_kernel,
    averaged_smode,
    cross_time_kernel,
    cross_time_smode,
    frozen_kernel,
    frozen_smode,
)
from lrtheory.learning_order.theory.smoothing import smoothed_smode
from lrtheory.seeds import generator

_PAGE = "learning_order/gates_that_flicker"
_S = torch.tensor([1.0, -0.5, -0.5], dtype=torch.float64)


def _drawn_ratio(seen: Callable[[Any, Any], Any], law: float, scale: str, *stream: str | int) -> Verdict:
    """Mean square of what units see of the second difference, over the law; 24 batches of drawn units."""
    count = 20_000 if scale == "smoke" else 100_000
    points, ratios = q_points(0.2), []
    for batch in range(24):
        draw = generator(batch, "drawn units", *stream)
        hidden = torch.randn(count, 2, generator=draw, dtype=torch.float64) @ points.mT
        ratios.append(float(seen(hidden, draw)) / law)
    error = np.std(ratios, ddof=1) / math.sqrt(len(ratios))
    return Verdict.near(float(np.mean(ratios)), 1.0, stderr=float(error), sigmas=3.5)


def _frozen(scale: str) -> Verdict:
    def seen(hidden: Any, draw: Any) -> Any:
        return (((hidden > 0) * _S) @ q_points(0.2)).square().sum(-1).mean()

    return _drawn_ratio(seen, float(frozen_smode(0.2)), scale, "frozen")


def _crossed(scale: str) -> Verdict:
    rho = 0.99

    def seen(hidden: Any, draw: Any) -> Any:
        fresh = torch.randn(len(hidden), 2, generator=draw, dtype=torch.float64) @ q_points(0.2).mT
        later = rho * hidden + math.sqrt(1 - rho**2) * fresh
        one, other = (((each > 0) * _S) @ q_points(0.2) for each in (hidden, later))
        return (one * other).sum(-1).mean()

    return _drawn_ratio(seen, float(cross_time_smode(0.2, rho)), scale, "crossed")


def _averaged(scale: str) -> Verdict:
    def seen(hidden: Any, draw: Any) -> Any:
        bent = hidden.relu() @ _S
        return bent.square().mean() - bent.mean() ** 2

    return _drawn_ratio(seen, float(averaged_smode(0.2)), scale, "averaged")


def _smoothed(scale: str) -> Verdict:
    sigma = 0.2

    def seen(hidden: Any, draw: Any) -> Any:
        noise = sigma * torch.randn(2, *hidden.shape, generator=draw, dtype=torch.float64)
        one, other = ((((hidden + each) > 0) * _S) @ q_points(0.2) for each in noise)
        return (one * other).sum(-1).mean()

    return _drawn_ratio(seen, float(smoothed_smode(0.2, sigma)), scale, "smoothed")


def _identity(scale: str) -> Verdict:
    """Largest difference of an entry of the averaged kernel and the mean over correlations."""
    nodes = 20_000 if scale == "smoke" else 200_000
    rho = (torch.arange(nodes, dtype=torch.float64) + 0.5) / nodes
    mean = torch.stack([cross_time_kernel(q_points(0.07), some).mean(0) for some in rho.reshape(4, -1)])
    gap = (mean.mean(0) - averaged_kernel(q_points(0.07))).abs().max()
    return Verdict.at_most(float(gap), 2e-6 * (200_000 / nodes) ** 1.5)


def _factor(scale: str) -> Verdict:
    """Averaged over frozen, in units of (2/3) r^2, at a small r."""
    r = 0.02
    return Verdict.near(
        float(averaged_smode(r) / frozen_smode(r) / (2 / 3 * r**2)), 1.0, stderr=0.0, tolerance=0.01
    )


def _flip_law(lr: float, scale: str) -> Verdict:
    """Largest difference of drawn and predicted flips at five times; the noise is that of the large rate."""
    count, steps = (4000, (10, 50, 200)) if scale == "smoke" else (30_000, (200, 400, 1000, 2000, 4000))
    decay, noise = 8e-4, stationary_noise(1.0, 0.3, 8e-4)
    draw = generator(0, "flip law", round(1000 * lr))
    start = torch.randn(count, 2, generator=draw)
    now, gaps = start.clone(), []
    for step in range(1, max(steps) + 1):
        now.mul_(1 - lr * decay).add_(torch.randn(count, 2, generator=draw), alpha=-lr * noise)
        if step in steps:
            law = float(gate_flip_rate(step, lr, decay, noise_ratio=noise))
            gaps.append(abs(float(pattern_flip_rate(start, now, 0.07)) - law))
    bound = 4 * 0.5 / math.sqrt(count) if lr > 0.1 else 4 * 0.14 / math.sqrt(count)
    return Verdict.at_most(max(gaps), bound, note="four standard errors")


def _same_classifier(scale: str) -> Verdict:
    """Slope of the averaged kernel with the frozen one, over pairs of P examples: both near <x, x'> / 4."""
    count, dim = (60, 400) if scale == "smoke" else (120, 1000)
    drawn = PQDistribution(dim, p_only=1.0, q_only=0.0, r=0.1).sample(count, generator=generator(0, "pairs"))
    pairs = ~torch.eye(count, dtype=torch.bool)
    frozen, averaged = (kernel(drawn.x1)[pairs] for kernel in (frozen_kernel, averaged_kernel))
    slope = (frozen * averaged).sum() / frozen.square().sum()
    return Verdict.inside(float(slope), (0.97, 1.03), predicted=1.0, limits="examples nearly at right angles")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="learning_order.frozen-kernel",
        theory="learning_order",
        kind="our finding",
        statement="With gates held, the kernel holds (1 + r^2) arctan(r) / (2 pi) of the second difference.",
        source="ours; the patterns of li2019order as we reconstruct them",
        how="24 batches of drawn units at r = 0.2, over the formula",
        states=HOLDS,
        check=_frozen,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.crossed-kernel",
        theory="learning_order",
        kind="our finding",
        statement="What gates of two times, correlated by 0.99, share of Q follows the closed form.",
        source="ours",
        how="24 batches of drawn pairs of weights at r = 0.2, over the formula",
        states=HOLDS,
        check=_crossed,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.averaged-kernel",
        theory="learning_order",
        kind="our finding",
        statement="The averaged kernel, covariance of the ReLUs themselves, holds about r^3 / (3 pi) of Q.",
        source="ours",
        how="24 batches of drawn units at r = 0.2, over the formula",
        states=HOLDS,
        check=_averaged,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.smoothed-kernel",
        theory="learning_order",
        kind="our finding",
        statement="Noise on pre-activations blurs the gates; what the kernel then holds has a closed form.",
        source="ours; the noise is that of li2019order",
        how="24 batches of drawn units and noises at r = 0.2, sigma = 0.2, over the formula",
        states=HOLDS,
        check=_smoothed,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.averaged-identity",
        theory="learning_order",
        kind="our finding",
        statement="The cross-time kernels have the centered arc-cosine kernel of degree 1 as their mean.",
        source="ours",
        how="midpoint rule, largest difference of an entry, r = 0.07",
        states=HOLDS,
        check=_identity,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.averaged-factor",
        theory="learning_order",
        kind="our finding",
        statement="Refreshing the gates leaves about (2/3) r^2 of what the kernel holds of Q.",
        source="ours",
        how="closed forms at r = 0.02",
        states=HOLDS,
        check=_factor,
        page=_PAGE,
    ),
    Claim(
        id="learning_order.flip-law-large",
        theory="learning_order",
        kind="our finding",
        statement="A large rate has flipped a share arccos((1 - lr lambda)^t) / pi of the gates by step t.",
        source="ours, from assumption 3.1 of li2019order as we reconstruct it",
        how="30,000 drawn units, rate 0.3, five times up to 4000",
        states=HOLDS,
        check=partial(_flip_law, 0.3),
        page=_PAGE,
    ),
    Claim(
        id="learning_order.flip-law-small",
        theory="learning_order",
        kind="our finding",
        statement="A rate 25 times smaller, with the same noise, flips two gates in a hundred in 4000 steps.",
        source="ours",
        how="30,000 drawn units, rate 0.012, five times up to 4000",
        states=HOLDS,
        check=partial(_flip_law, 0.012),
        page=_PAGE,
    ),
    Claim(
        id="learning_order.common-classifier",
        theory="learning_order",
        kind="rebuttal answer",
        statement="For P both kernels are nearly <x, x'> / 4: refreshed gates learn it as frozen ones do.",
        source="li2019reply, a sequence of kernels that share an optimal classifier (Theorem C.2)",
        how="slope of one kernel with the other over pairs of P examples, d = 1000",
        states=HOLDS_WITHIN_LIMITS,
        check=_same_classifier,
        page=_PAGE,
    ),
)
