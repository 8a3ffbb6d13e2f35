"""Checks of the assignment *Diagrams*: moments, every training set, and predictions held against it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from lrtheory.grading.assignments import diagrams_counting
from lrtheory.grading.assignments.checks import Array, Ask, Checks, Wrong, all_six, close

CHECKS = Checks()
Schedule = list[list[int]]
MARGIN = 0.15  # of the six landscapes: the difference over the sum of its parts' sizes


def _nature(draw: np.random.Generator, kinds: int = 3, degree: int = 4) -> tuple[Array, float]:
    """Coefficients of the losses of some kinds of examples, lowest power first, and a start."""
    return draw.uniform(-1, 1, (kinds, degree + 1)), float(draw.uniform(-0.8, 0.8))


def _passes(examples: int, batch: int, epochs: int) -> Schedule:
    rows = list(range(examples))
    return [rows[k : k + batch] for k in range(0, examples, batch)] * epochs


def _series(table: Array, theta: float, schedule: Schedule, examples: int, order: int = 2) -> Array:
    """The mean test loss as a series in the rate, by running every training set with series for weights."""
    powers = np.arange(table.shape[1])
    total = np.zeros(order + 1)

    def times(a: Array, b: Array) -> Array:
        made: Array = np.convolve(a, b)[: order + 1]
        return made

    def value(coefficients: Array, at: Array) -> Array:
        found = np.zeros(order + 1)
        for each in coefficients[::-1]:
            found = times(found, at)
            found[0] += each
        return found

    for drawn in product(range(len(table)), repeat=examples):
        weight = np.zeros(order + 1)
        weight[0] = theta
        for batch in schedule:
            slopes = [value((powers * table[drawn[row]])[1:], weight) for row in batch]
            slope = np.mean(slopes, axis=0)
            weight[1:] -= slope[:-1]
        total += value(table.mean(0), weight)
    found: Array = total / len(table) ** examples
    return found


def _run(table: Array, theta: float, schedule: Schedule, lr: float, drawn: Sequence[int]) -> float:
    losses = [np.polynomial.Polynomial(row) for row in table]
    for batch in schedule:
        theta -= lr * float(np.mean([losses[drawn[row]].deriv()(theta) for row in batch]))
    return float(np.mean([loss(theta) for loss in losses]))


@CHECKS.check("q1", points=3, public=True)
def moments_are_those_of_all_kinds(ask: Ask, draw: np.random.Generator) -> None:
    """Central moments, from derivatives by a step along the imaginary axis."""
    for kinds in (2, 5):
        table, theta = _nature(draw, kinds)
        at = [np.polynomial.Polynomial(row) for row in table]
        g = np.array([loss(theta + 1e-30j).imag / 1e-30 for loss in at])
        h = np.array([loss.deriv()(theta + 1e-30j).imag / 1e-30 for loss in at])
        right = {
            "loss": np.mean([loss(theta) for loss in at]), "G": g.mean(), "H": h.mean(),
            "C": (g**2).mean() - g.mean() ** 2, "J": (g * h).mean() - g.mean() * h.mean(),
        }  # fmt: skip
        found = ask("moments", table, theta)
        if not isinstance(found, dict) or set(found) != set(right):
            raise Wrong(f"moments: expected a dictionary of {', '.join(right)}, got {found!r:.60}")
        for name, value in right.items():
            close(found[name], value, rtol=1e-7, atol=1e-10, what=f"moments, {name}")


@CHECKS.check("q2", points=2, public=True)
def one_step_over_every_set(ask: Ask, draw: np.random.Generator) -> None:
    """One step and two, of one example and of two."""
    for schedule, examples in (([[0]], 1), ([[0], [1]], 2), ([[0, 1]], 2)):
        (table, theta), lr = _nature(draw), float(draw.uniform(0.05, 0.3))
        runs = [_run(table, theta, schedule, lr, each) for each in product(range(3), repeat=examples)]
        found = ask("exact", table, theta, schedule, examples, lr)
        close(found, np.mean(runs), rtol=1e-8, atol=1e-10, what=f"exact, schedule {schedule}")


@CHECKS.check("q2", points=2)
def passes_over_every_set(ask: Ask, draw: np.random.Generator) -> None:
    """Several passes, batches, and an example of the set that no step uses."""
    for schedule, examples, kinds in (
        (_passes(4, 2, 2), 4, 2),
        (_passes(3, 1, 2), 3, 3),
        ([[0], [2], [0]], 3, 3),
    ):
        (table, theta), lr = _nature(draw, kinds), float(draw.uniform(0.05, 0.3))
        runs = [_run(table, theta, schedule, lr, each) for each in product(range(kinds), repeat=examples)]
        found = ask("exact", table, theta, schedule, examples, lr)
        close(found, np.mean(runs), rtol=1e-8, atol=1e-10, what=f"exact, schedule {schedule}")


CHECKS.extend(diagrams_counting.CHECKS)


def _agrees(ask: Ask, table: Array, theta: float, schedule: Schedule, examples: int) -> None:
    right = _series(table, theta, schedule, examples)
    close(ask("predict", table, theta, schedule), right, rtol=1e-8, atol=1e-9, what=f"predict, {schedule}")


@CHECKS.check("q5", points=2, public=True)
def one_pass_is_predicted(ask: Ask, draw: np.random.Generator) -> None:
    """Against every training set, one example at a step."""
    for examples in (1, 3):
        _agrees(ask, *_nature(draw), _passes(examples, 1, 1), examples)


@CHECKS.check("q5", points=2)
def passes_and_batches_are_predicted(ask: Ask, draw: np.random.Generator) -> None:
    """Against every training set: several passes, batches, examples that some steps use and others not."""
    _agrees(ask, *_nature(draw), _passes(2, 1, 3), 2)
    _agrees(ask, *_nature(draw, 2), _passes(4, 2, 2), 4)
    _agrees(ask, *_nature(draw), [[0, 1], [1, 2], [0, 1]], 3)


@CHECKS.check("q5", points=1)
def equal_examples_are_plain_descent(ask: Ask, draw: np.random.Generator) -> None:
    """With one kind of example the schedule matters through its length alone."""
    table, theta = _nature(draw, 1)
    for schedule in (_passes(3, 1, 2), _passes(6, 3, 3), [[0]] * 6):
        right = _series(table, theta, [[0]] * 6, 1)
        close(
            ask("predict", table, theta, schedule), right, rtol=1e-8, atol=1e-9, what=f"predict, {schedule}"
        )


@CHECKS.check("q5", points=1, seconds=30)
def long_runs_are_predicted(ask: Ask, draw: np.random.Generator) -> None:
    """Thirty examples: too many sets to run, so from second moments of pairs of visits."""
    table, theta = _nature(draw, 4)
    schedule = [[int(row) for row in draw.choice(30, 2, replace=False)] for _ in range(20)]
    at = [np.polynomial.Polynomial(row) for row in table]
    g, h = (np.array([loss.deriv(k)(theta) for loss in at]) for k in (1, 2))
    visits = [(row, t) for t, batch in enumerate(schedule) for row in batch]
    bent = (
        sum((g**2).mean() if a[0] == b[0] else g.mean() ** 2 for a in visits for b in visits) * h.mean() / 2
    )
    pairs = [(a, b) for a in visits for b in visits if a[1] < b[1]]
    chained = sum((g * h).mean() if a[0] == b[0] else g.mean() * h.mean() for a, b in pairs) * g.mean()
    right = [np.mean([loss(theta) for loss in at]), -20 * g.mean() ** 2, (bent + chained) / 4]
    close(
        ask("predict", table, theta, schedule), right, rtol=1e-8, atol=1e-9, what="predict, 20 batches of 2"
    )


def _landscape(draw: np.random.Generator, fresh: bool) -> tuple[Array, float]:
    """A landscape on which fresh examples are better, or are not, by more than the margin."""
    for _ in range(4000):
        table, theta = _nature(draw, 2)
        again, new = _series(table, theta, [[0], [0]], 1), _series(table, theta, [[0], [1]], 2)
        gap, size = again[2] - new[2], abs(again[2]) + abs(new[2])
        if (gap > MARGIN * size) if fresh else (gap < -MARGIN * size):
            return table, theta
    raise RuntimeError("no such landscape was drawn")


def _six(ask: Ask, draw: np.random.Generator, times: int) -> None:
    seen: list[list[bool]] = []
    while len(seen) < times:
        many = int(draw.integers(2, 5))
        right = [bool(each) for each in draw.permutation(np.arange(6) < many)]
        if right in seen:
            continue
        seen.append(right)
        landscapes = [_landscape(draw, each) for each in right]
        cases = [{"table": table, "theta": theta} for table, theta in landscapes]
        found = ask("fresh_is_better", cases, int(draw.integers(2, 9)))
        all_six(found, right, "fresh_is_better")


@CHECKS.check("q6", points=2, public=True)
def six_landscapes(ask: Ask, draw: np.random.Generator) -> None:
    """Six at a time, twice."""
    _six(ask, draw, 2)


@CHECKS.check("q6", points=2)
def six_more_landscapes(ask: Ask, draw: np.random.Generator) -> None:
    """Six at a time, four times."""
    _six(ask, draw, 4)
