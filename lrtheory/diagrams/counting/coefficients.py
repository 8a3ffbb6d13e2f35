"""How often diagrams embed in a schedule, exactly. Formulas in N, B, E and T are in symbolic.py.

A map puts every node but the root on an active cell, in a column before its parent's, tied nodes in one row.
All maps are counted, so a diagram adds (-lr)^order / |Aut| * coefficient * value to the observable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from lrtheory.diagrams.counting.cells import cells_coefficient, number_of_maps
from lrtheory.diagrams.counting.edge_kernels import EdgeKernel, Number, PlainSteps
from lrtheory.diagrams.counting.epochs import fixed_order_coefficients, limit_coefficient
from lrtheory.diagrams.counting.layers import drawn_coefficients
from lrtheory.diagrams.counting.patterns import weighed_draws
from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    Schedule,
    WithReplacement,
    cells_of,
)
from lrtheory.diagrams.counting.steps import EdgeWeights
from lrtheory.diagrams.diagram.diagram import Diagram


def coefficient(
    diagram: Diagram,
    schedule: Schedule,
    *,
    kernel: EdgeKernel = PlainSteps(),  # noqa: B008  frozen, without state
) -> Number:
    """Number of maps over batch_size^order, averaged over the schedule's draws: see `coefficients`.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, one_epoch
        >>> int(coefficient(enumerate_diagrams(1)[0], one_epoch(5)))  # a map for each step
        5

    See also: embedding_count, not over the batch size.

    Source: tenka2020.
    """
    return coefficients((diagram,), schedule, kernel=kernel)[0]


def coefficients(
    diagrams: Iterable[Diagram],
    schedule: Schedule,
    *,
    kernel: EdgeKernel = PlainSteps(),  # noqa: B008  frozen, without state
) -> tuple[Number, ...]:
    """Number of maps over batch_size^order, averaged over the schedule's draws, for many diagrams.

    A diagram adds ``(-lr)^order / aut * coefficient * value`` to the mean of the observable. A tied root is
    a training example that is looked at after the run: the 1 / N of the train loss is part of its
    coefficient. In cells with batches of unequal size every visit weighs one over its own batch size. A
    kernel multiplies every edge by its weight.

    Passes in fixed order have a formula, found once a diagram: any N, B and E cost the same. So do random
    batches once N and B are given. Explicit cells and kernels are walked step by step.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, one_epoch
        >>> [int(each) for each in coefficients(enumerate_diagrams(2), one_epoch(5))]
        [5, 25, 0, 10]

    Args:
        diagrams: of any orders.
        schedule: which examples each step sees; `GradientFlow` and `Diffusion` are the limits of one epoch
            in infinitely small steps.
        kernel: weights of the edges; exact numbers give exact coefficients.

    Returns:
        One number a diagram: a Fraction, or a float when the kernel's numbers are floats.

    Raises:
        ValueError: a kernel in a continuous limit, or too many steps to walk with one.

    Source: tenka2020 (embeddings and their weights); the formulas and walks are ours.
    """
    asked = tuple(diagrams)
    for each in asked:
        if not isinstance(each, Diagram):
            raise ValueError(f"diagrams must hold Diagrams, got {type(each).__name__}: enumerate_diagrams")
    if isinstance(schedule, GradientFlow | Diffusion):
        return _in_the_limit(asked, schedule, kernel)
    if isinstance(schedule, Epochs) and _is_one_set_of_cells(schedule):
        if isinstance(kernel, PlainSteps):
            passes = schedule
            return _by_order(asked, lambda group: _fixed(group, passes))
        schedule = cells_of(schedule)
    if isinstance(schedule, Cells):
        edges = EdgeWeights.of(kernel, schedule.steps)
        return tuple(cells_coefficient(diagram, schedule, edges) for diagram in asked)
    if not isinstance(kernel, PlainSteps):
        return tuple(weighed_draws(asked, schedule, EdgeWeights.of(kernel, schedule.steps)))
    drawn = schedule
    return _by_order(asked, lambda group: _drawn(group, drawn))


def embedding_count(diagram: Diagram, schedule: Schedule) -> int | Fraction:
    """Number of all maps of a diagram: a whole number for given cells, its mean over the draws otherwise.

    A tied root adds no choice: it sits in its part's row. Divided by ``diagram.aut`` it is the sum of
    1 / |Aut_f| over the embeddings f up to symmetry. With replacement the places in a batch count as cells.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, full_batch
        >>> embedding_count(enumerate_diagrams(1)[0], full_batch(3, 5))
        15

    Args:
        diagram: any diagram.
        schedule: which examples each step sees.

    Raises:
        ValueError: a continuous limit, which has no cells, or too many steps to walk.

    See also: coefficient, over the batch size to the power of the order.

    Source: tenka2020.
    """
    if isinstance(schedule, GradientFlow | Diffusion):
        raise ValueError(f"a {type(schedule).__name__} has no cells to count; ask for its coefficient")
    if isinstance(schedule, Cells):
        return number_of_maps(diagram, schedule)
    rows = schedule.examples if diagram.root_tied else 1
    number: Fraction = Fraction(coefficient(diagram, schedule)) * schedule.batch_size**diagram.order * rows
    return number.numerator if number.denominator == 1 else number


def _in_the_limit(
    diagrams: tuple[Diagram, ...], schedule: GradientFlow | Diffusion, kernel: EdgeKernel
) -> tuple[Fraction, ...]:
    if not isinstance(kernel, PlainSteps):
        raise ValueError(f"a continuous limit has no single steps to weigh, got {kernel}; use PlainSteps()")
    if schedule.steps < 0:
        raise ValueError(f"steps must be at least 0, got {schedule.steps}")
    largest = 1 if isinstance(schedule, GradientFlow) else 2
    return tuple(limit_coefficient(each, schedule.steps, largest_tie=largest) for each in diagrams)


def _is_one_set_of_cells(schedule: Epochs) -> bool:
    """Whether the cells are the same however the examples are drawn, up to the names of the examples."""
    return schedule.order == "fixed" or schedule.epochs == 1 or schedule.batch_size == schedule.examples


def _fixed(diagrams: tuple[Diagram, ...], schedule: Epochs) -> list[Fraction]:
    return fixed_order_coefficients(
        diagrams, examples=schedule.examples, batch_size=schedule.batch_size, epochs=schedule.epochs
    )


def _drawn(diagrams: tuple[Diagram, ...], schedule: Epochs | WithReplacement) -> list[Fraction]:
    if isinstance(schedule, Epochs):
        return drawn_coefficients(
            diagrams,
            "reshuffled",
            examples=schedule.examples,
            batch_size=schedule.batch_size,
            layers=schedule.epochs,
        )
    return drawn_coefficients(
        diagrams,
        "with replacement",
        examples=schedule.examples,
        batch_size=schedule.batch_size,
        layers=schedule.steps,
    )


def _by_order(
    diagrams: tuple[Diagram, ...], count: Callable[[tuple[Diagram, ...]], list[Fraction]]
) -> tuple[Fraction, ...]:
    """Counts of diagrams of mixed orders, by a function that takes one order at a time."""
    found = {}
    for order in {diagram.order for diagram in diagrams}:
        group = tuple(diagram for diagram in diagrams if diagram.order == order)
        found[order] = iter(count(group))
    return tuple(next(found[diagram.order]) for diagram in diagrams)
