"""Claims about passes in fixed and in reshuffled order. Other counts are in counting.py."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial
from itertools import permutations

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.exact import exact_zero
from lrtheory.diagrams.claims.counting import small_diagrams
from lrtheory.diagrams.counting.coefficients import coefficient, coefficients
from lrtheory.diagrams.counting.schedules import Cells, Epochs, Schedule, cells_of, drawn_cells
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import two_quintics
from lrtheory.diagrams.values.rational import exact_values


def _unseen(scale: str) -> Verdict:
    """Largest change that reshuffling makes through third order, over all 36 pairs of orders."""
    changed = [diagram for diagram in small_diagrams() if _reshuffling_changes(diagram)]
    return Verdict.inside(len(changed), (0, 0), predicted=0, note=f"of {len(small_diagrams())} diagrams")


def _seen(scale: str) -> Verdict:
    """How many diagrams of fourth order reshuffling changes, by the average over drawn orders."""
    changed = [diagram for diagram in enumerate_diagrams(4) if _reshuffling_changes(diagram)]
    return Verdict.inside(len(changed), (17, 17), predicted=17, note="of 101 diagrams")


def _reshuffling_changes(diagram: Diagram) -> bool:
    """Whether the mean count over the orders of a second pass over three is not that in fixed order."""
    fixed = coefficient(diagram, cells_of(Epochs(3, epochs=2)))
    drawn = [coefficient(diagram, grid) for grid in _second_passes()]
    return sum(drawn, Fraction(0)) / len(drawn) != fixed


@cache
def _second_passes() -> tuple[Cells, ...]:
    """Two passes over three examples; the first order may be fixed, for the names of rows do not matter."""
    return tuple(drawn_cells(3, [range(3), order]) for order in permutations(range(3)))


def _reshuffling_difference(scale: str) -> Verdict:
    """Fourth-order coefficient of two passes in fixed order minus that of reshuffled ones."""
    landscape, start = two_quintics()
    fixed, drawn = (exact_enumeration(landscape, start, each, order=4)[4] for each in _two_passes())
    diagrams = enumerate_diagrams(4)
    values = exact_values(diagrams, landscape, start)
    counts = [coefficients(diagrams, schedule) for schedule in _two_passes()]
    rows = zip(diagrams, values, *counts, strict=True)
    summed = sum((value * Fraction(a - b) / each.aut for each, value, a, b in rows), Fraction(0))
    note = f"{fixed - drawn} by enumeration, {summed} by diagrams; the difference is measured"
    return exact_zero(fixed - drawn - summed, note=note)


def _two_passes() -> tuple[Schedule, Schedule]:
    return Epochs(2, epochs=2), Epochs(2, epochs=2, order="reshuffled")


_claim = partial(Claim, theory="diagrams", page="diagrams/counting", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.reshuffling-unseen",
        kind="theorem",
        statement="Through third order the test loss cannot tell reshuffled passes from fixed order.",
        source="tenka2020, remark on shuffling between epochs",
        how="Counts in two passes over three, averaged over the orders of the second one.",
        check=_unseen,
    ),
    _claim(
        id="diagrams.reshuffling-seen",
        kind="our finding",
        statement="At fourth order 17 of the 101 diagrams can tell.",
        source="ours",
        how="Counts in two passes over three, averaged over the orders of the second one.",
        check=_seen,
    ),
    _claim(
        id="diagrams.reshuffling-difference",
        kind="our finding",
        statement="On two losses of degree five fixed order exceeds reshuffling by 65898239/5619712 lr^4.",
        source="ours",
        how="All training sets and orders of two passes over two, in exact fractions, against the diagrams.",
        check=_reshuffling_difference,
    ),
)
