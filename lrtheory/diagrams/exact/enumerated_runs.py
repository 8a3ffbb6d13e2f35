"""Brute force: every training set, order and draw, each run exactly in powers of the rate; no diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import takewhile
from typing import Literal

from lrtheory.diagrams.counting.edge_kernels import EdgeKernel, PlainSteps
from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    Schedule,
    WithReplacement,
)
from lrtheory.diagrams.exact.limits import limit_coefficients
from lrtheory.diagrams.exact.power_series import Path, Series, at_rest, combined, composed
from lrtheory.diagrams.exact.runs import State, at_start, check_rule, observed, stepped
from lrtheory.diagrams.exact.visits import Batch, VisitLaw, Visits, number_of_runs, visit_law, with_noise
from lrtheory.diagrams.models.polynomials import (
    Exact,
    Polynomial,
    PolynomialLandscape,
    checked_point,
    weighted_sum,
)
from lrtheory.diagrams.values.rational import Matrix, check_noise, checked_metric

Observed = Literal["test", "train", "gap"] | Polynomial


def exact_enumeration(
    landscape: PolynomialLandscape,
    theta: Sequence[Exact],
    schedule: Schedule,
    *,
    observable: Observed = "test",
    order: int = 3,
    kernel: EdgeKernel = PlainSteps(),  # noqa: B008  frozen, without state
    lr_matrix: Matrix | None = None,
    noise: PolynomialLandscape | None = None,
    limit: int = 20_000,
) -> tuple[Fraction, ...]:
    """Exact coefficients of lr^0 to lr^order of what a run ends with, by running it in every possible way.

    The weights are series in lr, cut off at ``order``; training sets, orders and draws are gone through
    one by one, and those that visit the same batches are run once. The oracle for the diagrams.

    Example:
        >>> from lrtheory.diagrams import valley_floor
        >>> f = valley_floor(2, 0, noise=[1, -1], probabilities=[Fraction(1, 2)] * 2)
        >>> [str(each) for each in exact_enumeration(f, [1], Epochs(3), order=1)]  # l, then -T G^2
        ['1', '-12']

    Args:
        landscape: the population; each training set is drawn from it.
        theta: where every run starts, d exact numbers.
        schedule: which examples each step sees; `GradientFlow` and `Diffusion` use their generators.
        observable: test loss, train loss, their difference (the generalization gap), or any polynomial of
            the last weights.
        order: highest power of lr, >= 0.
        kernel: the rule of descent; its own recursion is run. Exact numbers only.
        lr_matrix: relative rate of the directions, symmetric, exact; None for the identity.
        noise: zero-mean fields of which each visit of an example draws one afresh, added to its loss.
        limit: most runs that may be started.

    Raises:
        ValueError: more runs than the limit, an unknown observable, numbers that are not exact, or an
            observable of a training set where a limit of infinitely many steps has none.

    Source: tenka2020 (what is expanded); the enumeration is ours.
    """
    if not isinstance(order, int) or order < 0:
        raise ValueError(f"order must be a whole number of at least 0, got {order}")
    if not isinstance(observable, Polynomial) and observable not in ("test", "train", "gap"):
        raise ValueError(
            f"observable must be test, train, gap or a polynomial of the weights, got {observable!r}"
        )
    metric = checked_metric(lr_matrix, landscape.dim)
    if isinstance(schedule, GradientFlow | Diffusion):
        s = _observable_of_a_limit(landscape, observable, kernel, noise)
        return limit_coefficients(landscape, theta, schedule, observable=s, order=order, lr_matrix=metric)
    check_rule(kernel, schedule.steps)
    start = at_rest(checked_point(theta, landscape.dim), order)
    law = _checked_law(landscape, schedule, noise, limit)
    gradients = _Gradients(landscape, noise, metric)
    total = [Fraction(0)] * (order + 1)
    for visits, end in _ends(law, start, kernel, gradients):
        series = _measured(observable, landscape, end, law.chances[visits], law.shares[visits])
        total = [a + b for a, b in zip(total, series, strict=True)]
    return tuple(total)


def _ends(
    law: VisitLaw, start: Path, kernel: EdgeKernel, gradients: _Gradients
) -> Iterator[tuple[Visits, Path]]:
    """Last weights of every sequence of batches; what two sequences share at their start is run once."""
    states: list[State] = [at_start(start)]
    before: Visits = ()
    for visits in sorted(law.chances):
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(before, visits, strict=False))))
        del states[same + 1 :]
        for step in range(same, len(visits)):
            slopes = partial(gradients.along, visits[step])
            states.append(stepped(kernel, states[-1], slopes, step))
        before = visits
        yield visits, observed(kernel, states[-1])


class _Gradients:
    """Gradients of batches, raised by the metric, along paths of weights."""

    def __init__(
        self,
        landscape: PolynomialLandscape,
        noise: PolynomialLandscape | None,
        metric: tuple[tuple[Fraction, ...], ...] | None,
    ) -> None:
        self._landscape, self._noise, self._metric = landscape, noise, metric
        self._batch_loss = cache(self._mean_loss)

    def along(self, batch: Batch, path: Path) -> Path:
        slopes = tuple(composed(slope, path) for slope in self._batch_loss(batch).gradient)
        if self._metric is None:
            return slopes
        return tuple(combined(row, [(slope,) for slope in slopes])[0] for row in self._metric)

    def _mean_loss(self, batch: Batch) -> Polynomial:
        losses = []
        for label in batch:
            example, drawn = label if isinstance(label, tuple) else (label, None)
            losses.append(self._landscape.losses[example])
            if drawn is not None and self._noise is not None:
                losses.append(self._noise.losses[drawn])
        return weighted_sum([Fraction(1, len(batch))] * len(losses), losses)


def _measured(
    observable: Observed,
    landscape: PolynomialLandscape,
    end: Path,
    chance: Fraction,
    shares: tuple[Fraction, ...],
) -> Series:
    """Probability times observable at the end of a run, as a series in lr."""
    if isinstance(observable, Polynomial):
        return tuple(chance * c for c in composed(observable, end))
    test = weighted_sum([chance], [landscape.mean])
    train = weighted_sum(shares, landscape.losses)
    return composed({"test": test, "train": train, "gap": test - train}[observable], end)


def _checked_law(
    landscape: PolynomialLandscape, schedule: Schedule, noise: PolynomialLandscape | None, limit: int
) -> VisitLaw:
    assert not isinstance(schedule, GradientFlow | Diffusion)
    runs = number_of_runs(schedule, len(landscape.losses))
    if noise is not None:
        check_noise(noise, landscape.dim)
        runs *= len(noise.losses) ** _visits(schedule)
    if runs > limit:
        raise ValueError(
            f"this enumeration would take about {runs:,} runs, the limit is {limit:,}: take fewer examples, "
            "steps or losses, or raise the limit"
        )
    law = visit_law(landscape.probabilities, schedule)
    return law if noise is None else with_noise(law, noise.probabilities)


def _visits(schedule: Schedule) -> int:
    """Number of active cells."""
    if isinstance(schedule, Cells):
        return sum(len(batch) for batch in schedule.seen)
    assert isinstance(schedule, Epochs | WithReplacement)
    return schedule.steps * schedule.batch_size


def _observable_of_a_limit(
    landscape: PolynomialLandscape,
    observable: Observed,
    kernel: EdgeKernel,
    noise: PolynomialLandscape | None,
) -> Polynomial:
    """Observable as a polynomial; the continuous limits know no training set, no memory and no visits."""
    if observable in ("train", "gap"):
        raise ValueError(f"the {observable} needs a training set, a continuous limit has none: use 'test'")
    if not isinstance(kernel, PlainSteps) or noise is not None:
        raise ValueError("a continuous limit is taken of plain descent without fresh noise: leave both out")
    return observable if isinstance(observable, Polynomial) else landscape.mean
