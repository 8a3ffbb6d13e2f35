"""The re-summed series: linkless diagrams whose edges carry (1 - lr H)^(steps between), for one run's cells.

The sum over embeddings is done while walking the tree, with time as an axis of every message: a covector is
carried from step to step by one Hessian-vector product. The limit of a long run is in stationary.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import torch
from torch import Tensor

from lrtheory.diagrams.counting.schedules import Cells, Epochs, Schedule, cells_of
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.values.algebra import Derivatives, Place, Root, along, check_metric, checked_root
from lrtheory.diagrams.values.contraction import contract
from lrtheory.doors import check_choice, check_positive

_LARGEST_MESSAGE = 200_000_000  # numbers in one message: 1.6 GB in double precision
_OBSERVABLES = ("test", "train", "gap", "displacement", "second moment")


@dataclass(frozen=True)
class ResummedTerm:
    """What one linkless diagram adds to the observable.

    Attributes:
        diagram: the diagram.
        contribution: its term, sign and symmetry included.
    """

    diagram: Diagram
    contribution: float


def resummed_terms(
    derivatives: Derivatives,
    schedule: Schedule,
    *,
    lr: float,
    order: int,
    observable: Literal["test", "train", "gap", "displacement", "second moment"] = "test",
    root: Root | None = None,
    lr_matrix: Tensor | None = None,
) -> tuple[ResummedTerm, ...]:
    """Terms of the re-summed series, one for each linkless diagram with up to ``order`` edges.

    Their sum is the observable at the end of the run: through lr^order always, to all orders of lr when
    every loss is quadratic with one Hessian, and with an error that stays bounded over long runs near a
    minimum. Memory: (training examples x K)^ties x steps x d numbers for diagrams with that many
    ties open at once; time: steps Hessian-vector products for each of them.

    Example:
        >>> from lrtheory.diagrams import derivatives_of, minimum, one_epoch
        >>> f = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5])
        >>> here = derivatives_of(f, torch.zeros(1, dtype=torch.float64))
        >>> terms = resummed_terms(here, one_epoch(2), lr=0.1, order=2)
        >>> round(sum(term.contribution for term in terms), 9)  # lr^2 C H / 2 (1 + (1 - lr H)^2)
        0.0164

    Args:
        derivatives: of the population, at the start of the run.
        schedule: passes in fixed order, or explicit cells. One epoch of single examples is
            ``one_epoch(N)``.
        lr: learning rate, > 0.
        order: largest number of edges.
        observable: what is measured; ``"gap"`` is test minus train loss.
        root: directional derivative of an observable that is not a loss (``"displacement"``,
            ``"second moment"``); None for losses.
        lr_matrix: relative rate of the directions, shape (d, d); None for the identity.

    Returns:
        Terms in order of the diagrams.

    Raises:
        ValueError: lr not positive, a schedule without one set of cells, an unknown observable, one that is
            no loss without its root, or more memory than 1.6 GB for a message.

    Source: tenka2020 (re-summation, with links as corrected); the walk through time is ours.
    """
    check_positive(lr=lr)
    check_choice("observable", observable, _OBSERVABLES)
    check_root(observable, root)
    root, cells = checked_root(root), _one_grid(schedule)
    algebra = TimedAlgebra(derivatives, cells, lr, lr_matrix=lr_matrix, observable=root)
    memory: dict[object, Tensor] = {}
    terms = []
    for edges in range(order + 1):
        for diagram in enumerate_diagrams(edges, observable):
            if diagram.linkless and _fits(diagram, algebra):
                sign = (-1) ** edges * (-1 if observable == "gap" else 1)
                value = float(contract(diagram, algebra, memory))
                terms.append(ResummedTerm(diagram, sign * value / diagram.aut))
    return tuple(terms)


def check_root(observable: str, root: Root | None) -> None:
    """Refuse an observable that is no loss without the derivative that stands at its root.

    Raises:
        ValueError: it has none.
    """
    if root is None and observable in ("displacement", "second moment"):
        name = "Displacement" if observable == "displacement" else "SecondMoment"
        raise ValueError(f"{observable} needs root=, what is differentiated: {name}(...).along")


@dataclass(frozen=True, eq=False)
class TimedAlgebra:
    """Worth of nodes and edges when every node has a time: messages have axes (*parts, steps, d).

    A part has an axis for its row of space-time, and one for each example of the population that enters
    its cumulant.

    Attributes:
        derivatives: of the population.
        cells: active cells of the run.
        lr: learning rate.
        lr_matrix: relative rate of the directions, shape (d, d), or None.
        observable: directional derivative of the observable at the root; None for a loss.
    """

    derivatives: Derivatives
    cells: Cells
    lr: float
    lr_matrix: Tensor | None = None
    observable: Root | None = None

    def __post_init__(self) -> None:
        """Check the metric.

        Raises:
            ValueError: as `check_metric`.
        """
        check_metric(self.lr_matrix, self.derivatives.dim)

    @property
    def has_rows(self) -> bool:
        """Yes: tied nodes lie in one row, a training example."""
        return True

    def node(self, directions: Sequence[Tensor], place: Place | None, axes: int) -> Tensor:
        """Message of a node at every step: centered and only where its row is active, if it is tied."""
        mean = self.derivatives.mean(directions)
        if mean.ndim == 1:
            mean = mean.expand(*[1] * axes, self.cells.steps, -1)
        if place is None:
            return mean
        examples = along(self._examples, place.example, axes)[..., None]
        centered = self.derivatives.example(directions, examples) - mean
        return centered * along(self._activity, cast(int, place.row), axes)[..., None]

    def carried(self, message: Tensor, *, to_root: bool) -> Tensor:
        """Sum of a message over all earlier steps, each carried on by one factor 1 - lr H a step between.

        To the root it arrives once, after the last step; to a node it arrives at every step.
        """
        arrived = torch.zeros_like(message[..., 0, :])
        seen = []
        for step in range(self.cells.steps):
            seen.append(arrived)
            if step > 0:  # at step 0 nothing is under way
                arrived = arrived - self._raised(self.derivatives.mean([arrived]))
            arrived = arrived + self._raised(message[..., step, :])
        return arrived[..., None, :] if to_root else torch.stack(seen, dim=-2)

    def close(self, message: Tensor, axis: int, *, rows: bool) -> Tensor:
        """Sum over rows, or mean over the population's examples."""
        if rows:
            return message.sum(dim=axis)
        return torch.einsum("k,k...->...", self.derivatives.probabilities, message.movedim(axis, 0))

    def root(self, directions: Sequence[Tensor], place: Place | None, axes: int) -> Tensor:
        """Number at the root; a tied root is the loss of one of the N training examples."""
        arrived = [direction[..., 0, :] for direction in directions]
        if self.observable is not None:
            return self.observable(arrived)
        mean = self.derivatives.mean_number(arrived)
        if place is None:
            return mean
        own = self.derivatives.example_number(arrived, along(self._examples, place.example, axes))
        return (own - mean).expand(*self._sizes(place, axes)) / self.cells.examples

    def _sizes(self, place: Place, axes: int) -> list[int]:
        """Sizes of the leading axes to expand to, so that the root's row has one entry a row."""
        return [self.cells.examples if axis == place.row else -1 for axis in range(axes)]

    def _raised(self, message: Tensor) -> Tensor:
        return self.lr * (message if self.lr_matrix is None else message @ self.lr_matrix)

    @cached_property
    def _examples(self) -> Tensor:
        """Every example of the population, shape (K,)."""
        return torch.arange(len(self.derivatives.probabilities))

    @cached_property
    def _activity(self) -> Tensor:
        """Share of each step's batch that a row is, shape (N, steps)."""
        rows = torch.zeros(self.cells.examples, self.cells.steps).to(self.derivatives.probabilities)
        for step, batch in enumerate(self.cells.seen):
            rows[list(batch), step] = 1 / len(batch)
        return rows


def _one_grid(schedule: Schedule) -> Cells:
    if isinstance(schedule, Cells):
        return schedule
    if isinstance(schedule, Epochs):
        return cells_of(schedule)
    raise ValueError(
        f"the re-summed series needs one set of cells, got {type(schedule).__name__}; "
        "use Epochs in fixed order, Cells, or the plain series"
    )


def _fits(diagram: Diagram, algebra: TimedAlgebra) -> bool:
    """Refuse a message too large to hold; True otherwise."""
    pairs = algebra.cells.examples * len(algebra.derivatives.probabilities)
    numbers = pairs ** len(diagram.ties) * algebra.cells.steps * algebra.derivatives.dim
    if numbers > _LARGEST_MESSAGE:
        raise ValueError(
            f"diagram {diagram.name} needs messages of about {numbers:.1e} numbers, above "
            f"{_LARGEST_MESSAGE:.0e}; lower the order, or use fewer training examples or population examples"
        )
    return True
