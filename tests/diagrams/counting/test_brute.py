"""Every way of counting against all maps into all draws, gone through one by one."""

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest

from lrtheory.diagrams.counting.coefficients import coefficients, embedding_count
from lrtheory.diagrams.counting.edge_kernels import (
    AveragedSteps,
    HeavyBallSteps,
    NesterovSteps,
    PlainSteps,
    ScheduledSteps,
)
from lrtheory.diagrams.counting.schedules import Cells, Epochs, WithReplacement, cells_of
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, with_fresh_noise

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

UNEVEN = Cells(3, ((0, 1), (2,), (0, 1, 2), (1,)))
HEAVY = HeavyBallSteps(Fraction(2, 3))
KERNELS = (PlainSteps(), HEAVY, NesterovSteps(Fraction(1, 2)), AveragedSteps(2))
slow = pytest.mark.slow


def diagrams_up_to(order):
    """All diagrams of test and train type, any of their ties by fresh noise."""
    return [
        each for k in range(order + 1) for d in enumerate_diagrams(k, "train") for each in with_fresh_noise(d)
    ]


def draws_of(schedule):
    """Every equally likely run: for each step the examples on the places of its batch."""
    if isinstance(schedule, Cells):
        return [schedule.seen]
    n, b = schedule.examples, schedule.batch_size
    if isinstance(schedule, WithReplacement):
        return [np.reshape(row, (-1, b)).tolist() for row in product(range(n), repeat=b * schedule.steps)]
    if schedule.order == "fixed":
        return [cells_of(schedule).seen]
    passes = {
        tuple(tuple(sorted(p[i : i + b])) for i in range(0, n, b)) for p in permutations(range(n))
    }  # each as often as any other
    return [sum(chosen, ()) for chosen in product(sorted(passes), repeat=schedule.epochs)]


def brute_force(diagram, schedule, kernel):
    """Mean over the runs of the sum of edge weights over batch sizes, with 1 / N for a tied root."""
    runs = draws_of(schedule)
    sizes = [len(batch) for batch in runs[0]]
    step = np.repeat(np.arange(len(sizes)), sizes)
    maps = np.array(list(product(range(len(step)), repeat=diagram.order)), dtype=int)
    weights = np.ones(len(maps), dtype=object) * Fraction(1)
    for node in range(1, diagram.order + 1):
        parent, early = diagram.parents[node], step[maps[:, node - 1]]
        late = step[maps[:, parent - 1]] if parent else np.full(len(maps), len(sizes))
        edge = [
            0 if s >= t else kernel.inner(s, t) if parent else kernel.root(s, t)
            for s, t in zip(early.tolist(), late.tolist(), strict=True)
        ]
        weights *= np.array([Fraction(e, sizes[s]) for e, s in zip(edge, early, strict=True)], dtype=object)
    for part in diagram.fresh:
        columns = maps[:, [node - 1 for node in diagram.members[part]]]
        weights *= (columns == columns[:, :1]).all(axis=1)
    maps, weights = maps[weights != 0], weights[weights != 0]
    agree = np.zeros(len(maps), dtype=int)
    for run in runs:
        rows = np.concatenate([np.array(batch) for batch in run])[maps]
        same = np.ones(len(maps), dtype=bool)
        for members in diagram.members:
            columns = rows[:, [node - 1 for node in members if node]]
            same &= (columns == columns[:, :1]).all(axis=1)
        agree += same
    total = sum((w * int(a) for w, a in zip(weights, agree, strict=True)), Fraction(0))
    return total / len(runs) / (schedule.examples if diagram.root_tied else 1)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("schedule", "order"),
    [
        (Epochs(2, 1, 2), 3),
        (Epochs(4, 2, 2), 2),
        (UNEVEN, 2),
        (Epochs(2, 1, 2, "reshuffled"), 3),
        (Epochs(3, 1, 2, "reshuffled"), 2),
        (WithReplacement(2, 1, 3), 3),
        (WithReplacement(2, 2, 2), 2),
        (WithReplacement(1, 3, 2), 2),
        pytest.param(UNEVEN, 3, marks=slow),
        pytest.param(Epochs(2, 2, 3), 3, marks=slow),
        pytest.param(Epochs(2, 1, 2), 4, marks=slow),
        pytest.param(Epochs(3, 1, 2), 3, marks=slow),
        pytest.param(Epochs(4, 2, 2, "reshuffled"), 2, marks=slow),
        pytest.param(Epochs(2, 1, 2, "reshuffled"), 4, marks=slow),
        pytest.param(Epochs(3, 1, 2, "reshuffled"), 3, marks=slow),
        pytest.param(WithReplacement(3, 2, 2), 3, marks=slow),
        pytest.param(WithReplacement(2, 1, 4), 4, marks=slow),
    ],
)
def test_coefficients_are_those_of_brute_force(schedule, order, kernel):
    diagrams = diagrams_up_to(order)
    found = coefficients(diagrams, schedule, kernel=kernel)
    for diagram, number in zip(diagrams, found, strict=True):
        assert number == brute_force(diagram, schedule, kernel), (diagram.name, number)


def test_a_schedule_of_rates_weighs_steps_and_not_pairs_of_steps():
    kernel = ScheduledSteps((Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(2)))
    for schedule in (UNEVEN, Epochs(2, 1, 2, "reshuffled"), WithReplacement(2, 1, 4)):
        for diagram, number in zip(
            diagrams_up_to(2), coefficients(diagrams_up_to(2), schedule, kernel=kernel), strict=True
        ):
            assert number == brute_force(diagram, schedule, kernel)


@pytest.mark.parametrize("schedule", [Epochs(2, 1, 2), UNEVEN])
def test_counts_are_whole_numbers_of_maps(schedule):
    """With each map counted once, whatever the sizes of the batches."""
    runs = draws_of(schedule)
    cells = [(row, step) for step, batch in enumerate(runs[0]) for row in batch]
    for diagram in diagrams_up_to(3 if len(cells) < 5 else 2):
        number = 0
        for placed in product(cells, repeat=diagram.order):
            places = ((None, len(runs[0])), *placed)
            number += (
                all(places[n][1] < places[diagram.parents[n]][1] for n in range(1, len(places)))
                and all(len({places[n][0] for n in part if n}) <= 1 for part in diagram.members)
                and all(len({places[n] for n in diagram.members[part]}) == 1 for part in diagram.fresh)
            )
        found = embedding_count(diagram, schedule)
        assert isinstance(found, int)
        assert found == number
