"""The sum over diagrams is what brute force finds, coefficient by coefficient, as equal rationals."""

from fractions import Fraction as Fr

import pytest

from lrtheory.diagrams.counting.coefficients import coefficients
from lrtheory.diagrams.counting.edge_kernels import (
    AveragedSteps,
    HeavyBallSteps,
    NesterovSteps,
    PlainSteps,
    ScheduledSteps,
)
from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    WithReplacement,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, set_partitions
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.values.rational import exact_values

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

L1, HALF = two_quintics()
L2, CORNER = three_quintics()
SEEN = Cells(3, ((0, 2), (1,), (0, 1, 2), (2,)))
SCHEDULES = [
    one_epoch(3),
    full_batch(2, 3),
    Epochs(2, 1, 2),
    Epochs(2, 1, 2, "reshuffled"),
    Epochs(4, 2, 2),
    Epochs(4, 2, 2, "reshuffled"),
    WithReplacement(2, 1, 3),
    WithReplacement(3, 2, 2),
    SEEN,
]
KERNELS = [
    HeavyBallSteps(Fr(9, 10)),
    NesterovSteps(Fr(1, 2)),
    ScheduledSteps((1, Fr(1, 2), Fr(-1, 3), 2)),
    AveragedSteps(3),
]


def diagram_sum(diagrams, schedule, values, kernel=PlainSteps()):  # noqa: B008
    """Sum of (-1)^e / |Aut| times coefficient times value."""
    counted = coefficients(diagrams, schedule, kernel=kernel)
    terms = zip(diagrams, counted, values, strict=True)
    return sum((-1) ** d.order * c * v / d.aut for d, c, v in terms)


def test_the_sum_over_diagrams_is_the_enumeration_in_one_weight():
    for schedule in SCHEDULES:
        for observable in ("test", "train"):
            found = exact_enumeration(L1, HALF, schedule, observable=observable, order=4)
            for order, coefficient in enumerate(found):
                diagrams = enumerate_diagrams(order, observable)
                values = exact_values(diagrams, L1, HALF)
                assert diagram_sum(diagrams, schedule, values) == coefficient, (schedule, order)


@pytest.mark.parametrize("schedule", SCHEDULES[:7:2])
def test_the_sum_over_diagrams_is_the_enumeration_in_two_weights(schedule):
    options = {"lr_matrix": [[Fr(5, 4), 1], [1, 4]]}
    gap = exact_enumeration(L2, CORNER, schedule, observable="gap", order=3, **options)
    test = exact_enumeration(L2, CORNER, schedule, order=3, **options)
    for order in range(1, 4):
        for observable, sign, known in (("test", 1, test), ("gap", -1, gap)):
            diagrams = enumerate_diagrams(order, observable)
            values = exact_values(diagrams, L2, CORNER, **options)
            assert sign * diagram_sum(diagrams, schedule, values) == known[order]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("schedule", [one_epoch(4), Epochs(2, 1, 2), SEEN])
def test_rules_with_memory_agree_with_their_own_recursions(schedule, kernel):
    found = exact_enumeration(L1, HALF, schedule, observable="train", kernel=kernel)
    for order in range(4):
        diagrams = enumerate_diagrams(order, "train")
        assert diagram_sum(diagrams, schedule, exact_values(diagrams, L1, HALF), kernel) == found[order]


@pytest.mark.parametrize("schedule", [GradientFlow(3), Diffusion(3), Diffusion(Fr(5, 2))])
def test_continuous_limits_agree_with_their_generators(schedule):
    for landscape, theta in ((L1, HALF), (L2, CORNER)):
        found = exact_enumeration(landscape, theta, schedule)
        for order in range(4):
            diagrams = enumerate_diagrams(order)
            assert diagram_sum(diagrams, schedule, exact_values(diagrams, landscape, theta)) == found[order]


@pytest.mark.parametrize("schedule", [one_epoch(3), Epochs(2, 1, 2, "reshuffled"), WithReplacement(2, 2, 2)])
def test_moments_of_the_weights_agree_with_the_enumeration(schedule):
    u, v = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    for s, kind in ((v - CORNER[1], "displacement"), ((u - CORNER[0]) * (v - CORNER[1]), "second moment")):
        found = exact_enumeration(L2, CORNER, schedule, observable=s)
        for order in range(4):
            diagrams = enumerate_diagrams(order, kind)
            values = exact_values(diagrams, L2, CORNER, observable=s)
            assert diagram_sum(diagrams, schedule, values) == found[order]


def with_fresh_parts(diagram):
    """The diagram with every choice of its ties turned into ties by fresh noise, each drawing once."""
    ties = [part for part in range(1, max(diagram.parts) + 1) if diagram.parts.count(part) > 1]
    for chosen in range(2 ** len(ties)):
        fresh = [part for bit, part in enumerate(ties) if chosen >> bit & 1]
        yield Diagram.of(diagram.parents, diagram.parts, fresh=fresh)


@pytest.mark.parametrize("schedule", [one_epoch(2), Epochs(2, 1, 2), full_batch(2, 2)])
def test_fresh_noise_agrees_with_the_enumeration(schedule):
    t = Polynomial.coordinate(1, 0)
    field = Fr(1, 2) * t + Fr(1, 3) * t**2 - Fr(1, 5) * t**3
    noise = PolynomialLandscape((Fr(1, 3), Fr(2, 3)), (2 * field, -field))
    found = exact_enumeration(L1, HALF, schedule, noise=noise)
    for order in range(4):
        plain = enumerate_diagrams(order)
        diagrams = sorted({typed for diagram in plain for typed in with_fresh_parts(diagram)}, key=str)
        values = exact_values(diagrams, L1, HALF, noise=noise)
        assert diagram_sum(diagrams, schedule, values) == found[order]


def test_partitions_of_the_parts_are_complete():
    assert [len(set_partitions(size)) for size in range(1, 7)] == [1, 2, 5, 15, 52, 203]
