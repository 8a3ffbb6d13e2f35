"""Exact values of diagrams on polynomial landscapes. By automatic differentiation: diagram_values.py."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Literal

from lrtheory.arguments.remedies import described
from lrtheory.diagrams.diagram.crossing import value_key
from lrtheory.diagrams.diagram.cumulants import Node, labeled_tree, moments
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.models.polynomials import (
    Exact,
    Exponents,
    Polynomial,
    PolynomialLandscape,
    check_exact,
    checked_point,
)

Vector = tuple[Fraction, ...]
Matrix = Sequence[Sequence[Exact]]
_MEAN, _ROOT = "mean", "root"  # labels of nodes; ("data", k) and ("noise", k) are losses of one example


def exact_value(
    diagram: Diagram,
    landscape: PolynomialLandscape,
    theta: Sequence[Exact],
    *,
    observable: Polynomial | Literal["test"] = "test",
    lr_matrix: Matrix | None = None,
    noise: PolynomialLandscape | None = None,
) -> Fraction:
    """Exact value of a diagram: see `exact_values`, which is faster for many.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, valley_floor
        >>> f = valley_floor(2, 0, noise=[1, -1], probabilities=[Fraction(1, 2)] * 2)
        >>> print(exact_value(enumerate_diagrams(1)[0], f, [Fraction(1, 3)]))  # G^2
        4/9

    See also: diagram_value, for any population in floating point.
    """
    return exact_values([diagram], landscape, theta, observable=observable, lr_matrix=lr_matrix, noise=noise)[
        0
    ]


def exact_values(
    diagrams: Sequence[Diagram],
    landscape: PolynomialLandscape,
    theta: Sequence[Exact],
    *,
    observable: Polynomial | Literal["test"] = "test",
    lr_matrix: Matrix | None = None,
    noise: PolynomialLandscape | None = None,
) -> tuple[Fraction, ...]:
    """Exact values of diagrams on a polynomial landscape.

    A node with k edges is the k-th derivative of the loss of its example at theta, a part is the joint
    cumulant of its nodes over the population, an edge contracts two indices with the metric of the rate.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, valley_floor
        >>> f = valley_floor(2, 0, noise=[1, -1], probabilities=[Fraction(1, 2)] * 2)
        >>> [str(value) for value in exact_values(enumerate_diagrams(2), f, [1])]  # H C, G H G, 0, G H G
        ['2', '8', '0', '8']

    Args:
        diagrams: of any orders; the root may be tied (then it is the loss of a training example).
        landscape: the population of d weights.
        theta: where the run starts, d exact numbers.
        observable: what stands at the root: the test loss, or a polynomial of the weights.
        lr_matrix: relative rate of the directions, symmetric, d rows of d exact numbers; None for the
            identity.
        noise: zero-mean fields of which one, drawn afresh, is added to the loss at each visit; needed by
            diagrams with parts of fresh noise.

    Returns:
        One exact number for each diagram, without sign, |Aut| and lr.

    Raises:
        ValueError: a tied root with an observable of its own, fresh noise that is missing or has a mean,
            a metric that is not symmetric or not exact.

    Cost: one walk through the tree for each choice of an example for each tie, so K^ties of them, with equal
    subtrees shared; the fractions grow with the order.

    See also: diagram_values, for any population in floating point.

    Source: tenka2020 (values of diagrams); fresh noise and exact arithmetic are ours.
    """
    walk = _Walk(landscape, theta, observable, lr_matrix, noise)
    found: dict[Diagram, Fraction] = {}
    values = []
    for diagram in diagrams:
        key = value_key(diagram) if observable == "test" else diagram
        if key not in found:
            found[key] = walk.value(key)
        values.append(found[key])
    return tuple(values)


class _Walk:
    """Contracts trees whose nodes stand for known examples, remembering every subtree."""

    def __init__(
        self,
        landscape: PolynomialLandscape,
        theta: Sequence[Exact],
        observable: Polynomial | Literal["test"],
        lr_matrix: Matrix | None,
        noise: PolynomialLandscape | None,
    ) -> None:
        at = checked_point(theta, landscape.dim)
        self._dim = landscape.dim
        self._metric = checked_metric(lr_matrix, landscape.dim) or _identity(landscape.dim)
        self._laws = {"data": landscape.probabilities}
        tables: dict[object, Polynomial] = {_MEAN: landscape.mean}
        tables |= {("data", k): loss for k, loss in enumerate(landscape.losses)}
        if noise is not None:
            check_noise(noise, landscape.dim)
            self._laws["noise"] = noise.probabilities
            tables |= {("noise", k): loss for k, loss in enumerate(noise.losses)}
        self._own_root = isinstance(observable, Polynomial)
        if isinstance(observable, Polynomial):
            tables[_ROOT] = observable
        elif observable != "test":
            raise ValueError(f"observable must be 'test' or a polynomial of the weights, got {observable!r}")
        self._derivatives = {label: _derivatives(loss.shifted(at)) for label, loss in tables.items()}
        self._arrived: dict[Node, Vector] = {}
        self._numbers: dict[Node, Fraction] = {}

    def value(self, diagram: Diagram) -> Fraction:
        if diagram.root_tied and self._own_root:
            raise ValueError(f"a tied root is an example's loss, not an observable of its own: {diagram}")
        if diagram.fresh and "noise" not in self._laws:
            raise ValueError(f"diagram {diagram} has parts of fresh noise: give the noise that is added")
        total = Fraction(0)
        for weight, labels in self._labelings(diagram):
            if self._own_root:
                labels[0] = _ROOT
            total += weight * self._number(labeled_tree(diagram, labels))
        return total

    def _labelings(self, diagram: Diagram) -> Iterator[tuple[Fraction, list[object]]]:
        """Weighted ways to give each node an example: cumulants as signed sums of moments."""
        for sign, blocks in moments(diagram):
            kinds = ["noise" if diagram.parts[block[0]] in diagram.fresh else "data" for block in blocks]
            if any(kind == "noise" and len(block) == 1 for kind, block in zip(kinds, blocks, strict=True)):
                continue  # fresh noise has no mean
            tied = [(block, kind) for block, kind in zip(blocks, kinds, strict=True) if len(block) > 1]
            for choice in product(*(enumerate(self._laws[kind]) for _, kind in tied)):
                labels: list[object] = [_MEAN] * len(diagram.parts)
                for (block, kind), (example, _) in zip(tied, choice, strict=True):
                    for node in block:
                        labels[node] = (kind, example)
                yield math.prod((p for _, p in choice), start=Fraction(sign)), labels

    def _number(self, tree: Node) -> Fraction:
        if tree not in self._numbers:
            label, children = tree
            table, mixture = self._derivatives[label], self._mixture(children)
            self._numbers[tree] = sum((c * table.get(e, 0) for e, c in mixture.items()), Fraction(0))
        return self._numbers[tree]

    def _direction(self, tree: Node) -> Vector:
        """What a subtree sends up its edge: a covector with its index raised."""
        if tree not in self._arrived:
            label, children = tree
            table, mixture = self._derivatives[label], self._mixture(children)
            covector = [
                sum((c * table.get(_raised(e, index), 0) for e, c in mixture.items()), Fraction(0))
                for index in range(self._dim)
            ]
            self._arrived[tree] = tuple(
                sum((a * b for a, b in zip(row, covector, strict=True)), Fraction(0)) for row in self._metric
            )
        return self._arrived[tree]

    def _mixture(self, children: tuple[Node, ...]) -> dict[Exponents, Fraction]:
        """Product of the directions that arrive: how often each weight is to be taken, and how much of it."""
        mixture: dict[Exponents, Fraction] = {(0,) * self._dim: Fraction(1)}
        for direction in map(self._direction, children):
            grown: dict[Exponents, Fraction] = {}
            for exponents, c in mixture.items():
                for index, part in enumerate(direction):
                    up = _raised(exponents, index)
                    grown[up] = grown.get(up, Fraction(0)) + c * part
            mixture = grown
        return mixture


def checked_metric(lr_matrix: Matrix | None, dim: int) -> tuple[Vector, ...] | None:
    """Metric of the rate as exact rows, after a check.

    Raises:
        ValueError: not d rows of d exact numbers, or not symmetric.
    """
    if lr_matrix is None:
        return None
    if not isinstance(lr_matrix, Sequence) or not all(isinstance(row, Sequence) for row in lr_matrix):
        raise ValueError(
            f"lr_matrix must be {dim} rows of {dim} exact numbers, got {described(lr_matrix)}; for example "
            "((1, 0), (0, Fraction(1, 2)))"
        )
    rows = tuple(tuple(row) for row in lr_matrix)
    if len(rows) != dim or any(len(row) != dim for row in rows):
        raise ValueError(f"lr_matrix must have {dim} rows of {dim} numbers, got {[len(row) for row in rows]}")
    for entry in (entry for row in rows for entry in row):
        check_exact(entry, "an entry of lr_matrix")
    if any(rows[i][j] != rows[j][i] for i in range(dim) for j in range(i)):
        raise ValueError("lr_matrix must be symmetric: it is the inverse of a metric")
    return tuple(tuple(Fraction(entry) for entry in row) for row in rows)


def check_noise(noise: PolynomialLandscape, dim: int) -> None:
    """Refuse noise of other weights, or with a mean.

    Raises:
        ValueError: one of these.
    """
    if noise.dim != dim:
        raise ValueError(f"noise must be a field over the landscape's {dim} weights, got {noise.dim}")
    if noise.mean.terms:
        raise ValueError("fresh noise must have mean zero everywhere: move its mean into the losses")


def _derivatives(shifted: Polynomial) -> dict[Exponents, Fraction]:
    """Derivatives at the point about which a polynomial is written, by how often each weight is taken."""
    return {e: c * math.prod(math.factorial(power) for power in e) for e, c in shifted.terms}


def _raised(exponents: Exponents, index: int) -> Exponents:
    return (*exponents[:index], exponents[index] + 1, *exponents[index + 1 :])


def _identity(dim: int) -> tuple[Vector, ...]:
    return tuple(tuple(Fraction(int(i == j)) for j in range(dim)) for i in range(dim))
