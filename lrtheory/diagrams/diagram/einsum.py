"""A diagram's value written out: a tensor a part, an index an edge. values/ has faster walks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from math import factorial, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import set_partitions
from lrtheory.diagrams.models.polynomials import Exact, Polynomial, PolynomialLandscape, checked_point

_ALONE = {0: "l", 1: "G", 2: "H", 3: "J"}  # letters of a node tied to nothing, by its number of edges
_TIED_SLOPES = {2: "C", 3: "S"}  # of nodes with one edge each that are tied to one another
_IN_A_TIE = {0: "l", 1: "g", 2: "h", 3: "j"}  # of the other nodes of a tie
_LETTERS = "abcdefghi"

Array = NDArray[Any]


def value_formula(diagram: Diagram) -> str:
    """A diagram's value as a product of tensors, summed over every letter that stands twice.

    G, H, J are the first, second, third derivative of the test loss, C and S the covariance and third
    cumulant of the slope of an example, and <g_a h_ab> is the joint cumulant of a slope g and a Hessian h
    of one example. D4, D5, .. and d4, d5, .. are derivatives of higher order.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams
        >>> value_formula(enumerate_diagrams(1)[0])
        'G_a G_a'

    Args:
        diagram: of order 0 to 9.

    Source: tenka2020 (values of diagrams).
    """
    return " ".join(_tensor_name(diagram, part) for part in diagram.members)


def einsum_string(diagram: Diagram) -> str:
    """The subscripts with which ``numpy.einsum`` makes a diagram's value of its `cumulant_tensors`.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams
        >>> einsum_string(enumerate_diagrams(1)[0])
        'a,a->'

    Source: ours.
    """
    indices = _indices(diagram)
    return ",".join("".join(indices[node] for node in part) for part in diagram.members) + "->"


def cumulant_tensors(
    diagram: Diagram, landscape: PolynomialLandscape, theta: Sequence[Exact]
) -> tuple[Array, ...]:
    """Joint cumulants of the derivatives that each part of a diagram ties, as exact tensors.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, valley_floor
        >>> f = valley_floor(2, 0, noise=[1, -1], probabilities=[Fraction(1, 2)] * 2)
        >>> tied = enumerate_diagrams(2)[0]  # H_ab C_ab
        >>> [str(tensor[0, 0]) for tensor in cumulant_tensors(tied, f, [1])]
        ['2', '1']

    Args:
        diagram: without ties by fresh noise.
        landscape: the population of d weights.
        theta: where the derivatives are taken, d exact numbers.

    Returns:
        One array of Fractions a part, with an axis of length d for each edge that meets the part.

    Raises:
        ValueError: ties by fresh noise, or numbers that are not exact.

    Source: tenka2020 (values of diagrams); as tensors, ours.
    """
    if diagram.fresh:
        raise ValueError(f"{diagram.name} has ties by fresh noise; a tensor here is one of ties by example")
    point = checked_point(theta, landscape.dim)
    degrees = [len(indices) for indices in _indices(diagram)]
    return tuple(_cumulant(landscape, point, [degrees[node] for node in part]) for part in diagram.members)


def _indices(diagram: Diagram) -> list[str]:
    """Letters of the edges at each node: the one above it, if any, and those below. An edge is its child."""
    above = ["" if node == 0 else _LETTERS[node - 1] for node in range(diagram.order + 1)]
    return [
        above[node] + "".join(above[child] for child in diagram.children[node]) for node in range(len(above))
    ]


def _tensor_name(diagram: Diagram, part: tuple[int, ...]) -> str:
    indices = [_indices(diagram)[node] for node in part]
    if len(part) == 1:
        return _with_indices(_ALONE.get(len(indices[0]), f"D{len(indices[0])}"), indices[0])
    if len(part) in _TIED_SLOPES and all(len(each) == 1 for each in indices):
        return _with_indices(_TIED_SLOPES[len(part)], "".join(indices))
    names = [_with_indices(_IN_A_TIE.get(len(each), f"d{len(each)}"), each) for each in indices]
    return f"<{' '.join(names)}>"


def _with_indices(name: str, indices: str) -> str:
    return f"{name}_{indices}" if indices else name


def _cumulant(landscape: PolynomialLandscape, point: tuple[Fraction, ...], degrees: list[int]) -> Array:
    """Joint cumulant of derivatives of one example's loss, of given degrees: a sum of moments.

    A partition comes with the sign and factorial of Moebius inversion.
    """
    examples = [[_derivative(loss, point, degree) for degree in degrees] for loss in landscape.losses]
    axes = np.split(np.arange(sum(degrees)), np.cumsum(degrees)[:-1])
    total = np.full((landscape.dim,) * sum(degrees), Fraction(0), dtype=object)
    for labels in set_partitions(len(degrees)).tolist():
        blocks = [[i for i, label in enumerate(labels) if label == name] for name in range(max(labels) + 1)]
        moments = [_moment(landscape, examples, block) for block in blocks]
        order = [int(axis) for block in blocks for i in block for axis in axes[i]]
        joint = np.transpose(_outer(moments), np.argsort(order)) if order else _outer(moments)
        total = total + (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1) * joint
    return np.asarray(total, dtype=object)


def _moment(landscape: PolynomialLandscape, examples: list[list[Array]], block: list[int]) -> Array:
    """Mean over the examples of the outer product of some of their derivatives."""
    weighed = zip(landscape.probabilities, examples, strict=True)
    parts = [chance * _outer([tensors[i] for i in block]) for chance, tensors in weighed]
    return np.asarray(reduce(np.add, parts), dtype=object)


def _outer(tensors: list[Array]) -> Array:
    return np.asarray(reduce(np.multiply.outer, tensors), dtype=object)


def _derivative(loss: Polynomial, point: tuple[Fraction, ...], degree: int) -> Array:
    """All partial derivatives of a degree at a point, shape (d,) * degree."""
    dim = len(point)
    found = np.empty((dim,) * degree, dtype=object)
    for flat in range(prod((dim,) * degree)):
        place = np.unravel_index(flat, found.shape) if degree else ()
        partial = loss
        for index in place:
            partial = partial.derivative(int(index))
        found[place] = partial(point)
    return found
