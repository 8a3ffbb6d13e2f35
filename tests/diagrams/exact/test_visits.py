"""Which examples runs visit: laws that add up, counts made beforehand, and cells of schedules."""

import pytest

from lrtheory.diagrams.counting.schedules import (
    Cells,
    Epochs,
    WithReplacement,
    cells_of,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.exact.visits import number_of_runs, visit_law
from lrtheory.diagrams.models.examples import three_quintics, two_quintics

L1, HALF = two_quintics()
L2, _ = three_quintics()
TWICE, RESHUFFLED = Epochs(2, 1, 2), Epochs(2, 1, 2, "reshuffled")
SEEN = ((0, 2), (1,), (0, 1, 2), (2,))


@pytest.mark.parametrize(
    "schedule",
    [one_epoch(3), TWICE, Epochs(4, 2, 2), RESHUFFLED, Epochs(4, 2, 2, "reshuffled"), Cells(4, SEEN)],
)
def test_the_number_of_runs_is_counted_before_they_are_made(schedule):
    law = visit_law(L2.probabilities, schedule)
    assert number_of_runs(schedule, 3) == len(law.chances)
    assert sum(law.chances.values()) == 1
    assert all(sum(law.shares[visits]) == chance for visits, chance in law.chances.items())


@pytest.mark.parametrize("schedule", [WithReplacement(2, 1, 3), WithReplacement(3, 2, 2)])
def test_draws_with_replacement_meet_at_most_the_counted_runs(schedule):
    law = visit_law(L2.probabilities, schedule)
    assert number_of_runs(schedule, 3) >= len(law.chances)
    assert sum(law.chances.values()) == 1


def test_cells_of_a_schedule_give_what_the_schedule_gives():
    for schedule in (TWICE, Epochs(4, 2, 2), full_batch(2, 3)):
        for observable in ("test", "train"):
            inside = exact_enumeration(L1, HALF, schedule, observable=observable)
            assert exact_enumeration(L1, HALF, cells_of(schedule), observable=observable) == inside


def test_an_example_that_is_never_seen_has_the_test_loss():
    """Three examples of which one is seen: the gap is a third of what it is for that one alone."""
    alone = exact_enumeration(L1, HALF, Cells(1, ((0,), (0,))), observable="gap")
    among = exact_enumeration(L1, HALF, Cells(3, ((1,), (1,))), observable="gap")
    assert among == tuple(c / 3 for c in alone)
