"""Claims about the values of diagrams: cumulants, crossing and trees. Their sum is in histories.py."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache, partial, reduce
from itertools import product
from math import prod

import numpy as np

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.exact import exact_zero
from lrtheory.diagrams.counting.coefficients import coefficient
from lrtheory.diagrams.counting.schedules import Epochs, GradientFlow, cells_of
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.einsum import cumulant_tensors, einsum_string
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.polynomials import PolynomialLandscape


def _moments_and_rows(scale: str) -> Verdict:
    """Moments with different parts in different rows: how one would count at first, without cumulants."""
    landscape, start = two_quintics()
    schedule = Epochs(2, epochs=2)
    truth = exact_enumeration(landscape, start, schedule, order=3)[3]
    seen = cells_of(schedule).seen
    cells = [(row, step) for step, batch in enumerate(seen) for row in batch]
    total = Fraction(0)
    for diagram in enumerate_diagrams(3):
        maps = sum(_strict(diagram, place) for place in product(cells, repeat=3))
        total -= Fraction(maps, diagram.aut) * prod(_moment(diagram, part) for part in diagram.members)
    return exact_zero(abs(truth - total))


def _strict(diagram: Diagram, places: Sequence[tuple[int, int]]) -> bool:
    """Whether times rise to the root, tied nodes share a row and all others do not."""
    for node in range(1, diagram.order + 1):
        parent = diagram.parents[node]
        if parent and places[node - 1][1] >= places[parent - 1][1]:
            return False
        for other in range(1, node):
            tied = diagram.parts[node] == diagram.parts[other]
            if tied != (places[node - 1][0] == places[other - 1][0]):
                return False
    return True


def _moment(diagram: Diagram, part: tuple[int, ...]) -> Fraction:
    """Mean over the examples of the product of the derivatives that a part holds."""
    degrees = tuple(len(diagram.children[node]) + (node > 0) for node in part)
    return _mean_product(degrees)


@cache
def _mean_product(degrees: tuple[int, ...]) -> Fraction:
    landscape, start = two_quintics()
    total = Fraction(0)
    for chance, loss in zip(landscape.probabilities, landscape.losses, strict=True):
        slopes = (reduce(lambda f, _: f.derivative(0), range(degree), loss) for degree in degrees)
        total += chance * prod(slope(start) for slope in slopes)
    return total


def _crossing(scale: str) -> Verdict:
    """Values from tensors and indices, which know nothing of the symmetry."""
    order, expected = (3, 12) if scale == "smoke" else (4, 62)
    landscape, start = three_quintics()
    found = enumerate_diagrams(order)
    values = {_einsum(diagram, landscape, start) for diagram in found}
    note = f"order {order}: {len(found)} diagrams"
    return Verdict.inside(len(values), (expected, expected), predicted=expected, note=note)


def _einsum(diagram: Diagram, landscape: PolynomialLandscape, start: tuple[Fraction, ...]) -> Fraction:
    return Fraction(np.einsum(einsum_string(diagram), *cumulant_tensors(diagram, landscape, start)))


def _butcher(scale: str) -> Verdict:
    """Trees without ties, in the limit of gradient flow, against their factorials."""
    trees = [each for order in range(7) for each in enumerate_diagrams(order) if not each.ties]
    flow = [Fraction(coefficient(tree, GradientFlow(1))) * _tree_factorial(tree) for tree in trees]
    return exact_zero(max(abs(1 - each) for each in flow), note=f"{len(trees)} trees of up to six edges")


def _tree_factorial(tree: Diagram) -> int:
    """Product over the nodes below the root of the number of nodes that hang from each, itself included."""

    def size(node: int) -> int:
        return 1 + sum(map(size, tree.children[node]))

    return prod(size(node) for node in range(1, len(tree.parents)))


_claim = partial(Claim, theory="diagrams", kind="theorem", page="diagrams/histories", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.cumulants-free-the-rows",
        statement="Moments with different parts in different rows, and cumulants with parts anywhere, sum to "
        "the same.",
        source="tenka2020, cumulant convention",
        how="Every placement tried one by one and moments of two losses of degree five, against all runs.",
        check=_moments_and_rows,
    ),
    _claim(
        id="diagrams.crossing",
        statement="A value does not depend on which untied node is the root: 17 diagrams of third order have "
        "12 values, 101 of fourth 62.",
        source="tenka2020, crossing symmetry; the numbers are ours",
        how="Tensors contracted by einsum, losses of degree five in two weights; distinct fractions counted.",
        check=_crossing,
    ),
    _claim(
        id="diagrams.butcher-series",
        statement="Without noise and in small steps, the sum is Butcher's series: a tree counts T^e over its "
        "factorial.",
        source="butcher2016, elementary weights of the exact flow",
        how="Counts in the limit of gradient flow times the factorial of each tree, minus one.",
        check=_butcher,
    ),
)
