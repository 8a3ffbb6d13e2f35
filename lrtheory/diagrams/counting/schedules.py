"""Schedules: which training examples each step sees, as cells of space-time. Counting is in coefficients.py.

Space-time has a row for every training example and a column for every step; a cell is active when the step
sees the example.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from lrtheory.arguments.checked import checked
from lrtheory.doors import check_choice, whole

ORDERS = ("fixed", "reshuffled")


@checked
@dataclass(frozen=True)
class Epochs:
    """Passes over the training set in batches without replacement.

    Attributes:
        examples: training examples N, >= 1.
        batch_size: examples in a batch B; B divides N.
        epochs: passes E, >= 1.
        order: ``"fixed"`` (every pass has the same batches in the same order) or ``"reshuffled"`` (each
            pass draws a new order).

    Source: tenka2020.
    """

    examples: int
    batch_size: int = 1
    epochs: int = 1
    order: Literal["fixed", "reshuffled"] = "fixed"

    def __post_init__(self) -> None:
        """Check that the batches tile the training set.

        Raises:
            ValueError: a number below 1, a batch size that does not divide, an unknown order.
        """
        _at_least_one(examples=self.examples, batch_size=self.batch_size, epochs=self.epochs)
        if self.examples % self.batch_size:
            raise ValueError(
                f"batch_size must divide the number of examples, got {self.batch_size} for {self.examples}; "
                "choose a divisor, or WithReplacement"
            )
        check_choice("order", self.order, ORDERS)

    @property
    def steps(self) -> int:
        """Number of steps T = E N / B."""
        return self.epochs * (self.examples // self.batch_size)


@checked
@dataclass(frozen=True)
class WithReplacement:
    """Batches drawn independently from the training set, repeats allowed, even within a batch.

    Attributes:
        examples: training examples N, >= 1.
        batch_size: draws in a batch B, >= 1.
        steps: steps T, >= 1.
    """

    examples: int
    batch_size: int = 1
    steps: int = 1

    def __post_init__(self) -> None:
        """Check the three numbers.

        Raises:
            ValueError: a number below 1.
        """
        _at_least_one(examples=self.examples, batch_size=self.batch_size, steps=self.steps)


@checked
@dataclass(frozen=True)
class Cells:
    """Any set of active cells: for each step, the training examples that it sees.

    Attributes:
        examples: training examples N, >= 1.
        seen: for every step, the examples of its batch, each at most once, at least one.
    """

    examples: int
    seen: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        """Check the cells.

        Raises:
            ValueError: no step, an empty batch, or an example that does not exist or comes twice in a batch.
        """
        _at_least_one(examples=self.examples, steps=len(self.seen))
        for step, batch in enumerate(self.seen):
            inside = all(0 <= example < self.examples for example in batch)
            if not batch or not inside or len(set(batch)) < len(batch):
                raise ValueError(
                    f"each step must see at least one of the examples 0 to {self.examples - 1}, each once; "
                    f"step {step} sees {batch}"
                )

    @property
    def steps(self) -> int:
        """Number of steps T."""
        return len(self.seen)


@checked
@dataclass(frozen=True)
class GradientFlow:
    """Gradient flow on the test loss for time ``lr * steps``: what SGD becomes for infinitely small steps.

    Attributes:
        steps: length of the run in steps of the rate, T >= 0; need not be whole.
    """

    steps: Fraction | int


@checked
@dataclass(frozen=True)
class Diffusion:
    """The stochastic differential equation d theta = -grad l dt + sqrt(lr C) dW for time ``lr * steps``.

    C is the gradient covariance where theta is.

    Attributes:
        steps: length of the run in steps of the rate, T >= 0; need not be whole.
    """

    steps: Fraction | int


Schedule = Epochs | WithReplacement | Cells | GradientFlow | Diffusion


def one_epoch(examples: int) -> Epochs:
    """One pass over ``examples`` training examples, one at a time.

    Example:
        >>> one_epoch(3)
        Epochs(examples=3, batch_size=1, epochs=1, order='fixed')
    """
    return Epochs(examples)


def full_batch(examples: int, steps: int) -> Epochs:
    """Gradient descent: ``steps`` steps, each over all ``examples`` training examples.

    Example:
        >>> full_batch(10, 5)
        Epochs(examples=10, batch_size=10, epochs=5, order='fixed')
    """
    return Epochs(examples, batch_size=examples, epochs=steps)


def cells_of(schedule: Epochs) -> Cells:
    """Active cells of passes in fixed order: batch k holds the examples k B to k B + B - 1.

    Example:
        >>> cells_of(one_epoch(3))
        Cells(examples=3, seen=((0,), (1,), (2,)))

    Raises:
        ValueError: the order is drawn anew each pass, so there is no one set of cells.
    """
    if schedule.epochs > 1 and schedule.order == "reshuffled" and schedule.batch_size < schedule.examples:
        raise ValueError("a reshuffled schedule has no one set of cells; use order='fixed' or drawn_cells")
    size = schedule.batch_size
    one_pass = [tuple(range(start, start + size)) for start in range(0, schedule.examples, size)]
    return Cells(schedule.examples, tuple(one_pass * schedule.epochs))


def drawn_cells(examples: int, orders: Iterable[Iterable[int]], *, batch_size: int = 1) -> Cells:
    """Active cells of passes whose orders were drawn: each order is a permutation of the examples.

    Example:
        >>> drawn_cells(2, [[0, 1], [1, 0]])
        Cells(examples=2, seen=((0,), (1,), (1,), (0,)))

    Raises:
        ValueError: an order that is no permutation of 0, ..., examples - 1.
    """
    _at_least_one(examples=examples, batch_size=batch_size)
    if batch_size > examples:
        raise ValueError(f"batch_size must be at most the {examples} examples, got {batch_size}")
    rows = [tuple(order) if isinstance(order, Iterable) else (order,) for order in _listed(orders)]
    for row in rows:
        if not all(isinstance(each, int) for each in row) or sorted(row) != list(range(examples)):
            raise ValueError(f"each order must be a permutation of 0 to {examples - 1}, got {list(row)}")
    starts = range(0, examples, batch_size)
    return Cells(examples, tuple(row[start : start + batch_size] for row in rows for start in starts))


def required_schedule(schedule: Schedule | None) -> Schedule:
    """The schedule, where a function has a default before it.

    Raises:
        ValueError: there is none.
    """
    if schedule is None:
        raise ValueError(
            "schedule must be given: which examples each step sees; for example one_epoch(10), or "
            "Epochs(examples, batch_size, epochs)"
        )
    return schedule


def _listed(orders: Any) -> Iterable[Any]:
    """Orders as nested lists, also those of a tensor or an array."""
    listed = orders.tolist() if hasattr(orders, "tolist") else orders
    rows = listed if isinstance(listed, Iterable) else [listed]
    return [row.tolist() if hasattr(row, "tolist") else row for row in rows]


def _at_least_one(**numbers: int) -> None:
    for name, number in numbers.items():
        whole(name, number, least=1)
