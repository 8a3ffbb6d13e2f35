"""How often diagrams embed, as formulas in N, B, E and T. Numbers are in coefficients.py."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from math import factorial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Mul, Rational
from sympy.polys.domains import QQ
from sympy.polys.rings import PolyElement, ring

from lrtheory.diagrams.counting.epochs import order_tables, part_count
from lrtheory.diagrams.counting.layers import layer_tables
from lrtheory.diagrams.counting.rules import Drawn
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.doors import check_choice

ScheduleName = Literal["epochs", "reshuffled", "with replacement", "full batch", "one epoch"]

_RING, N, B, E, T = ring("N, B, E, T", QQ)


@lru_cache(maxsize=65536)
def symbolic_coefficient(diagram: Diagram, schedule_name: ScheduleName = "epochs") -> Expr:
    """Formula of a diagram's coefficient: number of maps over B^order, with 1 / N for a tied root.

    N is the number of training examples, B the batch size, E the number of passes, T the number of steps.
    It holds for all whole numbers of which B divides N (any B with replacement). Where a drawn schedule's
    formula is a ratio with factors N - 1, N - 2, .., it needs N above them.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams
        >>> symbolic_coefficient(enumerate_diagrams(1)[0])
        E*N/B

    Args:
        diagram: any diagram of order 0 to 5, beyond which formulas get slow.
        schedule_name: ``"epochs"``: passes in fixed order, in N, B, E; ``"reshuffled"``: each pass in a new
            order, in N, B, E; ``"with replacement"``: in N, B, T; ``"full batch"``: in N, T; ``"one epoch"``:
            one example at a time, in N.

    Returns:
        A factored sympy expression in symbols of these names, without assumptions.

    Raises:
        ValueError: an unknown name.

    Source: tenka2020 (what is counted); the formulas are ours.
    """
    check_choice("schedule_name", schedule_name, get_args(ScheduleName))
    if diagram.order == 0:
        return Integer(1)
    root = N if diagram.root_tied else _RING.one
    if schedule_name == "full batch":
        # one slot a pass, so B = N and a pass is a step
        total = _sum([number * _choose(T, j) for j, number in enumerate(_table(diagram)[1])])
        return _ratio(total * N ** part_count(diagram), [(N, diagram.order), (root, 1)])
    if schedule_name == "one epoch":
        return _ratio(_sum([row[1] * _choose(N, m) for m, row in enumerate(_table(diagram))]), [(root, 1)])
    if schedule_name == "epochs":
        return _ratio(_fixed_order(diagram), [(B, diagram.order), (root, 1)])
    return _drawn(diagram, "reshuffled" if schedule_name == "reshuffled" else "with replacement", root)


def _table(diagram: Diagram) -> list[list[int]]:
    table: list[list[int]] = order_tables((diagram,))[0].tolist()
    return table


def _fixed_order(diagram: Diagram) -> PolyElement:
    """Number of maps in passes of fixed order, a polynomial in N, B and E."""
    slots = _slot_polynomials(part_count(diagram))
    rows = zip(slots, _table(diagram), strict=False)  # no more slots than parts
    return _sum(
        [number * slot * _choose(E, j) for slot, row in rows for j, number in enumerate(row) if number]
    )


@cache
def _slot_polynomials(parts: int) -> list[PolyElement]:
    """B^parts C(N / B, m) for m = 0 to parts."""
    found = []
    for m in range(parts + 1):
        product = B ** (parts - m) / QQ(factorial(m))
        for taken in range(m):
            product *= N - taken * B
        found.append(product)
    return found


def _drawn(diagram: Diagram, drawn: Drawn, root: PolyElement) -> Expr:
    """Formula for batches drawn at random, found from numbers: of what degree it is in N and B is known.

    Times its denominator, a coefficient of C(layers, m) is a polynomial in N and B, of degree at most order
    in B and order more than the denominator in N; so it is known when it is on a grid of as many points.
    """
    order = diagram.order
    below = _denominator(order, drawn)
    degree = order + sum(power for _, power in below)
    grid = [
        [layer_tables((diagram,), drawn, n, b)[0] for b in range(order + 1)] for n in _rows(order, degree)
    ]
    numbers = np.array(grid, dtype=object)  # (degree + 1, order + 1, order + 1): N, B, m
    if drawn == "reshuffled" and (numbers == _on_grid(diagram, degree)).all():
        return symbolic_coefficient(diagram, "epochs")
    scale = [_value(below, n) for n in _rows(order, degree)]
    numbers = numbers * np.array(scale, dtype=object)[:, None, None]
    layers = E if drawn == "reshuffled" else T
    total = _sum([_interpolated(numbers[..., m], order) * _choose(layers, m) for m in range(1, order + 1)])
    return _ratio(total, [*below, (B, order), (root, 1)])


def _rows(order: int, degree: int) -> range:
    """Numbers of examples that settle a polynomial in N; below ``order`` some ratios have no value."""
    return range(order, order + degree + 1)


def _denominator(order: int, drawn: Drawn) -> list[tuple[PolyElement, int]]:
    """Factors and their powers that no coefficient of the order has more of below the line.

    A pass with q of the nodes' examples in it brings (N - 1) .. (N - q + 1), draws bring N each.
    """
    if drawn == "with replacement":
        return [(N, order)]
    return [(N - i, order // (i + 1)) for i in range(1, order)]


def _value(factors: list[tuple[PolyElement, int]], examples: int) -> Fraction:
    total = Fraction(1)
    for factor, power in factors:
        total *= Fraction(str(factor.evaluate([(N, examples)]))) ** power
    return total


def _on_grid(diagram: Diagram, degree: int) -> NDArray[Any]:
    """Coefficients of C(E, m) for passes in fixed order, on the grid where drawn ones are known."""
    order, parts = diagram.order, part_count(diagram)
    found = np.zeros((degree + 1, order + 1, order + 1), dtype=object)
    for m, row in enumerate(_table(diagram)[: parts + 1]):
        for i, examples in enumerate(_rows(order, degree)):
            for batch_size in range(order + 1):
                slots = Fraction(batch_size ** (parts - m), factorial(m))
                for taken in range(m):
                    slots *= examples - taken * batch_size
                found[i, batch_size] += np.array([number * slots for number in row], dtype=object)
    return found


def _interpolated(numbers: NDArray[Any], order: int) -> PolyElement:
    """Polynomial in N and B with given values at N = order, order + 1, .. and B = 0, 1, ..: Newton's."""
    differences = _newton(_newton(numbers).T).T
    return _sum(
        [
            _choose(N - order, i) * _choose(B, j) * QQ(number.numerator, number.denominator)
            for (i, j), number in np.ndenumerate(differences)
            if number
        ]
    )


def _newton(numbers: NDArray[Any]) -> NDArray[Any]:
    """Forward differences along the first axis: coefficients of C(x, i)."""
    found, left = [], numbers
    for _ in range(len(numbers)):
        found.append(left[0])
        left = left[1:] - left[:-1]
    return np.array(found, dtype=object)


@cache
def _choose(x: PolyElement, count: int) -> PolyElement:
    """Binomial coefficient of a polynomial."""
    product = _RING.one / QQ(factorial(count))
    for taken in range(count):
        product *= x - taken
    return product


def _sum(polynomials: list[PolyElement]) -> PolyElement:
    total = _RING.zero
    for each in polynomials:
        total += each
    return total


def _ratio(total: PolyElement, below: list[tuple[PolyElement, int]]) -> Expr:
    """A ratio of polynomials in lowest terms, factored; what stands below is linear or one."""
    left = []
    for factor, power in below:
        while power and factor != 1:
            quotient, rest = divmod(total, factor)
            if rest:
                left.append(factor.as_expr() ** -power)
                break
            total, power = quotient, power - 1
    number, factors = total.factor_list()
    written = (factor.as_expr() ** power for factor, power in factors)
    return Mul(Rational(int(number.numerator), int(number.denominator)), *written, *left)
