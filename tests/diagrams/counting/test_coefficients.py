"""Counts of diagrams: tabulated ones, limits in which schedules agree, and what is refused."""

import json
from fractions import Fraction
from math import comb
from pathlib import Path
from random import Random

import pytest

from lrtheory.diagrams.counting.coefficients import coefficient, coefficients, embedding_count
from lrtheory.diagrams.counting.edge_kernels import HeavyBallSteps, PlainSteps, ScheduledSteps
from lrtheory.diagrams.counting.layers import drawn_coefficients
from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    WithReplacement,
    cells_of,
    drawn_cells,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, with_fresh_noise

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

ORACLE = json.loads((Path(__file__).parents[1] / "coefficients.json").read_text())
TABULATED = [Diagram.of(row["parent"], row["part"]) for row in ORACLE]
TEST = [d for order in range(5) for d in enumerate_diagrams(order)]


def value_of(formula, **numbers):
    """A tabulated formula at whole numbers, exactly."""
    exact = {name: Fraction(number) for name, number in numbers.items()}
    return Fraction(eval(formula, {"__builtins__": {}}, exact))


@pytest.mark.parametrize(("n", "b", "e"), [(6, 2, 3), (5, 5, 4), (30, 3, 1), (7, 1, 2), (1000, 10, 7)])
def test_counts_are_the_tabulated_ones(n, b, e):
    schedules = {
        "multi_epoch_fixed_order": (Epochs(n, b, e), {"N": n, "B": b, "E": e}),
        "multi_epoch_reshuffled": (Epochs(n, b, e, "reshuffled"), {"N": n, "B": b, "E": e}),
        "one_epoch_E1": (Epochs(n, b), {"B": b, "T": n // b}),
        "ebt1": (one_epoch(n), {"N": n}),
        "gd": (full_batch(n, e), {"N": n, "T": e}),
        "iid_with_replacement": (WithReplacement(n, b, e), {"N": n, "B": b, "T": e}),
    }
    for key, (schedule, numbers) in schedules.items():
        found = coefficients(TABULATED, schedule)
        for row, number in zip(ORACLE, found, strict=True):
            if key in row["count_over_BK"]:
                assert number == value_of(row["count_over_BK"][key], **numbers), (row["name"], key)


def test_formulas_and_walks_agree_on_the_same_cells():
    for schedule in (Epochs(6, 2, 2), Epochs(3, 1, 3), Epochs(4, 4, 3)):
        assert coefficients(TABULATED, schedule) == coefficients(TABULATED, cells_of(schedule))


def test_kernels_of_ones_change_nothing():
    plain = ScheduledSteps((1, 1, 1, 1, 1, 1))
    some = TABULATED[::3]
    for schedule in (Epochs(3, 1, 2), Epochs(6, 2, 2, "reshuffled"), WithReplacement(4, 2, 6)):
        assert coefficients(some, schedule, kernel=plain) == coefficients(some, schedule, kernel=PlainSteps())


def test_a_kernel_of_floats_is_that_of_fractions_nearly():
    some = TABULATED[:60]
    for schedule in (Epochs(4, 1, 2), Epochs(4, 2, 3, "reshuffled"), WithReplacement(5, 2, 6)):
        exact = coefficients(some, schedule, kernel=HeavyBallSteps(Fraction(9, 10)))
        for number, float_number in zip(
            exact, coefficients(some, schedule, kernel=HeavyBallSteps(0.9)), strict=True
        ):
            assert isinstance(float_number, float)
            assert float_number == pytest.approx(float(number), rel=1e-12, abs=1e-12)


def test_counts_on_any_cells_are_whole_numbers_and_untied_ones_do_not_care_who_is_seen():
    random = Random(3)
    seen = tuple(tuple(random.sample(range(9), random.randint(1, 9))) for _ in range(7))
    other = tuple(tuple(random.sample(range(9), len(batch))) for batch in seen)
    for diagram in TABULATED[:160]:
        number = embedding_count(diagram, Cells(9, seen))
        assert isinstance(number, int)
        assert number >= 0
        if not diagram.ties:
            assert number == embedding_count(diagram, Cells(9, other))


def test_passes_of_full_batches_are_the_same_in_any_order():
    for order in range(5):
        diagrams = enumerate_diagrams(order, "train")
        drawn = drawn_coefficients(diagrams, "reshuffled", examples=3, batch_size=3, layers=5)
        assert tuple(drawn) == coefficients(diagrams, full_batch(3, 5))


def test_a_single_pass_is_the_same_in_any_order():
    for order in range(5):
        diagrams = enumerate_diagrams(order, "train")
        drawn = drawn_coefficients(diagrams, "reshuffled", examples=8, batch_size=2, layers=1)
        assert tuple(drawn) == coefficients(diagrams, Epochs(8, 2))


def test_reshuffling_matters_from_the_fourth_order_on():
    fixed, drawn = Epochs(12, 3, 4), Epochs(12, 3, 4, "reshuffled")
    differ = {}
    for order in range(5):
        diagrams = enumerate_diagrams(order)
        pairs = zip(coefficients(diagrams, fixed), coefficients(diagrams, drawn), strict=True)
        differ[order] = sum(a != b for a, b in pairs)
    assert differ == {0: 0, 1: 0, 2: 0, 3: 0, 4: 17}


def test_the_mean_over_drawn_orders_is_approached():
    """A statistic of 400 drawn orders of six passes, each counted on its cells."""
    random, diagram = Random(1), Diagram.parse("(02-13-4)(01-14-23-34)")
    numbers = []
    for _ in range(400):
        orders = [random.sample(range(4), 4) for _ in range(6)]
        numbers.append(float(coefficient(diagram, drawn_cells(4, orders))))
    mean = sum(numbers) / len(numbers)
    stderr = (sum((x - mean) ** 2 for x in numbers) / len(numbers) ** 2) ** 0.5
    expected = coefficient(diagram, Epochs(4, 1, 6, "reshuffled"))
    assert abs(mean - float(expected)) < 4 * stderr
    assert abs(mean - float(coefficient(diagram, Epochs(4, 1, 6)))) > 10 * stderr


def test_draws_from_ever_more_examples_are_fresh_samples():
    found = coefficients(TEST, WithReplacement(10**12, 1, 9))
    for number, once in zip(found, coefficients(TEST, one_epoch(9)), strict=True):
        assert number == pytest.approx(once, abs=1e-7)


def test_few_examples_leave_no_room_for_many_parts():
    """One example: every pass sees it, so reshuffling, sampling and full batches are one."""
    for order in range(5):
        diagrams = enumerate_diagrams(order, "train")
        whole = coefficients(diagrams, full_batch(1, 4))
        assert coefficients(diagrams, WithReplacement(1, 1, 4)) == whole
        assert tuple(drawn_coefficients(diagrams, "reshuffled", examples=1, batch_size=1, layers=4)) == whole


def test_untied_counts_are_those_of_a_tree_in_time():
    """A chain of k untied nodes has C(T, k) B^k maps, a star (TB)^k, however batches are drawn."""
    chain, star = Diagram.parse("(0-1-2-3-4)(01-12-23-34)"), Diagram.parse("(0-1-2-3-4)(04-14-24-34)")
    for schedule in (Epochs(20, 4, 3), Epochs(20, 4, 3, "reshuffled"), WithReplacement(6, 4, 15)):
        assert embedding_count(chain, schedule) == comb(15, 4) * 4**4
        assert embedding_count(star, schedule) == 60**4


def test_high_orders_and_large_numbers_stay_exact():
    chain = Diagram.of(range(-1, 8), range(9))
    assert embedding_count(chain, Epochs(10**6, 10, 100)) == comb(10**7, 8) * 10**8
    wide = Cells(2, ((0, 1),) * 3000)
    assert embedding_count(Diagram.of([-1] + [0] * 6, range(7)), wide) == 6000**6
    sizes = Cells(11, tuple(tuple(range(size)) for size in (7, 11, 9, 8, 5, 3)))
    assert coefficient(Diagram.parse("(0-1-2-3-4)(01-12-23-34)"), sizes) == comb(6, 4)


def test_a_tied_root_weighs_one_over_the_training_set():
    tied, free = Diagram.parse("(03-12)(03-13-23)"), Diagram.parse("(0-12-3)(03-13-23)")
    for schedule in (Epochs(6, 2, 3), Epochs(6, 2, 3, "reshuffled"), WithReplacement(6, 2, 9)):
        assert coefficient(tied, schedule) == Fraction(1, 6) * coefficient(free, schedule)
        assert embedding_count(tied, schedule) == embedding_count(free, schedule)


def test_fresh_noise_is_counted_by_the_same_formula_as_on_cells():
    diagrams = [d for t in enumerate_diagrams(4, "train")[::5] for d in with_fresh_noise(t)]
    for schedule in (Epochs(4, 2, 2), Epochs(3, 1, 3)):
        assert coefficients(diagrams, schedule) == coefficients(diagrams, cells_of(schedule))
    once = one_epoch(7)  # each example comes once, so sharing it is sharing a visit
    rows = [Diagram.of(d.parents, d.parts) for d in diagrams]
    assert coefficients(diagrams, once) == coefficients(rows, once)


def test_what_cannot_be_counted_is_refused():
    tied = Diagram.parse("(03-12-4)(01-14-23-34)")
    for schedule in (GradientFlow(5), Diffusion(5)):
        with pytest.raises(ValueError, match="a continuous limit has no single steps to weigh"):
            coefficient(tied, schedule, kernel=HeavyBallSteps(Fraction(1, 2)))
        with pytest.raises(ValueError, match=f"a {type(schedule).__name__} has no cells to count"):
            embedding_count(tied, schedule)
        with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
            coefficient(tied, type(schedule)(-1))
    with pytest.raises(ValueError, match=r"counting needs 2\.5e\+09 numbers at once, more than 5e\+07"):
        embedding_count(Diagram.parse("(02-13-4)(01-14-23-34)"), cells_of(Epochs(500, 1, 20)))
    with pytest.raises(ValueError, match="with an edge kernel are counted up to order 5, got 6"):
        coefficient(Diagram.of(range(-1, 6), range(7)), WithReplacement(4, 1, 4), kernel=HeavyBallSteps(0.5))
    with pytest.raises(ValueError, match=r"exact edge weights need 1\.2e\+08 products of long numbers"):
        coefficient(
            Diagram.parse("(02-1-3)(01-12-23)"), Epochs(3000, 30, 2), kernel=HeavyBallSteps(Fraction(1, 3))
        )
