"""The test loss after SGD to second order in the rate for any schedule, and to third for one epoch.

Corollaries about batches, minima and noise live beside it; nothing here runs a descent or counts diagrams.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from lrtheory.diagrams.counting.schedules import Diffusion, Epochs, GradientFlow, Schedule, WithReplacement
from lrtheory.diagrams.models.moments import LocalMoments
from lrtheory.doors import sensible


@dataclass(frozen=True)
class PairCounts:
    """How often a schedule pairs visits: all that second order in the rate sees of it.

    Attributes:
        steps: steps T (visits, each weighted by one over its batch's size).
        ordered: pairs of visits, one strictly before the other, of any two examples.
        tied: pairs of visits of the same example, in any order, a visit with itself among them.
        tied_ordered: pairs of visits of the same example, one strictly before the other.

    Source: tenka2020, the embedding numbers of the diagrams with two edges.
    """

    steps: Fraction
    ordered: Fraction
    tied: Fraction
    tied_ordered: Fraction


def pair_counts(schedule: Schedule) -> PairCounts:
    """Pairs of visits of a schedule, exactly; averages over its draws where it draws.

    Example:
        >>> from lrtheory.diagrams import one_epoch
        >>> counts = pair_counts(one_epoch(3))
        >>> int(counts.ordered), int(counts.tied)
        (3, 3)

    Args:
        schedule: passes, independent draws, any cells, or a limit of infinitely small steps.

    Source: tenka2020 (corrected; the limits, independent draws and unequal batches are ours).
    """
    if isinstance(schedule, GradientFlow | Diffusion):
        time = Fraction(schedule.steps)
        return PairCounts(time, time**2 / 2, time * isinstance(schedule, Diffusion), Fraction(0))
    steps, examples = Fraction(schedule.steps), schedule.examples
    ordered = steps * (steps - 1) / 2
    if isinstance(schedule, WithReplacement):
        size = schedule.batch_size
        tied = steps * (size * steps + examples - 1) / (size * examples)
        return PairCounts(steps, ordered, tied, ordered / examples)
    if isinstance(schedule, Epochs):
        share = Fraction(examples, schedule.batch_size**2)
        passes = schedule.epochs
        return PairCounts(steps, ordered, passes**2 * share, passes * (passes - 1) * share / 2)
    weight: dict[int, Fraction] = {}
    for batch in schedule.seen:
        for example in batch:
            weight[example] = weight.get(example, Fraction(0)) + Fraction(1, len(batch))
    tied = sum((each**2 for each in weight.values()), Fraction(0))
    with_itself = sum((Fraction(1, len(batch)) for batch in schedule.seen), Fraction(0))
    return PairCounts(steps, ordered, tied, (tied - with_itself) / 2)


def second_order_series(moments: LocalMoments, schedule: Schedule) -> tuple[float, float, float]:
    """Coefficients of 1, lr and lr^2 in the expected test loss after a run, for any schedule.

    For passes over N examples in batches of B, T = M N steps in all:
    l - lr T G.G + lr^2 [T (T - 1/2) G H G + T M C:H / 2 + T (M - 1/B) G.grad(tr C) / 4].

    Example:
        >>> from lrtheory.diagrams import one_epoch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(second_order_series(moments, one_epoch(5))[2], 6)  # T C H / 2
        10.0

    Args:
        moments: at the start of the run.
        schedule: which examples each step sees.

    Returns:
        Three numbers; the loss is their sum with powers of lr, for lr T times the curvature below one.

    See also: one_epoch_series, one order further for fresh examples.

    Source: tenka2020, the loss to second order; every schedule but one-at-a-time passes is ours.
    """
    pairs, slope, hessian = pair_counts(schedule), moments.gradient, moments.hessian
    bent = float(slope @ hessian @ slope)
    noisy = float((moments.covariance * hessian).sum())
    drift = float(slope @ moments.trace_slope) / 2
    all_pairs = float(pairs.steps**2 / 2 + pairs.ordered)
    second = all_pairs * bent + float(pairs.tied) * noisy / 2 + float(pairs.tied_ordered) * drift
    return float(moments.loss), -float(pairs.steps) * float(slope @ slope), second


@sensible()
def one_epoch_series(moments: LocalMoments, steps: int) -> tuple[float, float, float, float]:
    """Coefficients of 1, lr, lr^2 and lr^3 in the expected test loss after steps on fresh examples.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> [round(each, 6) for each in one_epoch_series(moments, 5)[2:]]  # T C H / 2, and the cubic term
        [10.0, -85.0]

    Args:
        moments: at the start of the run.
        steps: T, each on one example not seen before (one epoch, one at a time).

    Returns:
        Four numbers; the loss is their sum with powers of lr, for lr T times the curvature below one.

    Source: tenka2020 (the embedding numbers; the collected closed form is ours).
    """
    g, h, jerk, c = moments.gradient, moments.hessian, moments.jerk, moments.covariance
    pulled = h @ g
    skew = torch.einsum("abc,abc->", moments.skewness, jerk)
    noise = torch.einsum("ab,abc,c->", c, jerk, g)
    cubic = torch.einsum("abc,a,b,c->", jerk, g, g, g)
    mixed = torch.einsum("acb,ab,c->", moments.coupling, h, g)
    t = steps
    third = (
        t / 6 * skew
        + (3 * t**2 - t) / 4 * noise
        + (4 * t**3 - 3 * t**2 + t) / 12 * cubic
        + t * (t - 1) * (2 * t - 1) / 3 * (pulled @ pulled)
        + t * (t - 1) / 2 * (torch.einsum("ab,bc,ca->", c, h, h) + mixed)
    )
    return (*second_order_series(moments, Epochs(steps)), -float(third))


def summed_series(coefficients: tuple[float, ...], lr: float) -> float:
    """Value of a series in the rate: the sum of its coefficients times lr^k, k = 0, 1, ...

    Example:
        >>> round(summed_series((1.0, 2.0, 3.0), 0.1), 9)
        1.23

    Source: the definition (our code).
    """
    if not coefficients:
        raise ValueError("coefficients must hold at least one number, got none; see one_epoch_series")
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * lr + coefficient
    return total


@sensible()
def first_gap(moments: LocalMoments, schedule: Epochs | WithReplacement, *, lr: float) -> float:
    """Generalization gap after a run, test minus training loss, to first order: lr T tr C / N.

    Example:
        >>> from lrtheory.diagrams import full_batch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(first_gap(moments, full_batch(10, 5), lr=0.1), 6)  # lr T C / N, C = 2
        0.1

    Args:
        moments: at the start of the run.
        schedule: passes over, or independent draws from, N examples; T steps.
        lr: learning rate, > 0.

    See also: minimum_gap, to all orders in lr at a minimum.

    Source: tenka2020, the gap; roberts2021 for full batches.
    """
    return lr * schedule.steps / schedule.examples * float(moments.covariance.trace())


def gauss_loss_after_a_step(lr: float, *, start: float = 0.0) -> float:
    """Expected test loss of the Gauss landscape after one step on one example, exactly.

    From 0 it is exp(lr / 2) / (2 sqrt(1 + lr)) = 1/2 + lr^2 / 8 - lr^3 / 12 + ...

    Example:
        >>> round(gauss_loss_after_a_step(0.1), 4)
        0.5012

    Args:
        lr: learning rate, > -1 exp(start) so that the mean exists.
        start: h before the step.

    Raises:
        ValueError: lr is so negative that the mean is infinite.

    Source: tenka2020 (the landscape); the closed form is ours.
    """
    start = float(start)
    shrink = torch.exp(-torch.tensor(start, dtype=torch.float64))
    if not 1 + lr * shrink > 0:
        raise ValueError(f"lr must lie above {-1 / float(shrink):.4g}, got {lr}: the mean loss is infinite")
    moved: Tensor = torch.exp(lr / 2 - torch.tensor(start, dtype=torch.float64)) / torch.sqrt(1 + lr * shrink)
    return float(start - lr * (1 - shrink) / 2 + moved) / 2
