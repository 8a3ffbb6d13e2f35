"""Formulas for counts against the tabulated ones, and against numbers beyond them."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

from lrtheory.diagrams.counting.coefficients import coefficient
from lrtheory.diagrams.counting.schedules import Epochs, WithReplacement, full_batch, one_epoch
from lrtheory.diagrams.counting.symbolic import symbolic_coefficient
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, with_fresh_noise

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

ORACLE = json.loads((Path(__file__).parents[1] / "coefficients.json").read_text())
SYMBOLS = N, B, E, T = sympy.symbols("N B E T")
NAMES = {
    "multi_epoch_fixed_order": "epochs",
    "multi_epoch_reshuffled": "reshuffled",
    "iid_with_replacement": "with replacement",
    "gd": "full batch",
    "ebt1": "one epoch",
}
SCHEDULES = {
    "epochs": Epochs(12, 3, 5),
    "reshuffled": Epochs(12, 3, 5, "reshuffled"),
    "with replacement": WithReplacement(12, 3, 20),
    "full batch": full_batch(12, 20),
    "one epoch": one_epoch(12),
}


def assert_tabulated(rows):
    """The same rational functions: their difference cancels."""
    compared = 0
    for row in rows:
        diagram = Diagram.of(row["parent"], row["part"])
        for key, name in NAMES.items():
            if key in row["count_over_BK"]:
                formula = sympy.sympify(row["count_over_BK"][key], locals={str(s): s for s in SYMBOLS})
                found = symbolic_coefficient(diagram, name)
                assert found == formula or sympy.cancel(found - formula) == 0, (row["name"], name)
                compared += 1
    return compared


def numbers_of(schedule, name):
    steps = schedule.steps
    b = schedule.batch_size
    e = schedule.epochs if isinstance(schedule, Epochs) else 0
    return {N: 12, B: b, E: e, T: steps}


def test_formulas_are_the_tabulated_ones_through_the_third_order():
    assert assert_tabulated(row for row in ORACLE if row["order"] < 4) == 300


@pytest.mark.slow
def test_formulas_are_the_tabulated_ones_at_the_fourth_order():
    assert assert_tabulated(row for row in ORACLE if row["order"] == 4) == 987


@pytest.mark.parametrize("name", SCHEDULES)
def test_formulas_give_the_counted_numbers(name):
    """At numbers not used to find them; with fresh noise too."""
    schedule = SCHEDULES[name]
    at = numbers_of(schedule, name)
    fourth = enumerate_diagrams(4, "train")[::12]
    third = [noisy for d in enumerate_diagrams(3, "train")[::4] for noisy in with_fresh_noise(d)]
    for diagram in (*fourth, *third):
        number = sympy.Rational(symbolic_coefficient(diagram, name).subs(at))
        assert Fraction(int(number.p), int(number.q)) == coefficient(diagram, schedule), diagram.name


@pytest.mark.parametrize("name", SCHEDULES)
def test_formulas_hold_beyond_the_tabulated_orders(name):
    diagram = Diagram.parse("(02-14-3-5)(01-15-23-35-45)")
    formula = symbolic_coefficient(diagram, name)
    number = sympy.Rational(formula.subs(numbers_of(SCHEDULES[name], name)))
    assert Fraction(int(number.p), int(number.q)) == coefficient(diagram, SCHEDULES[name])


def test_formulas_are_factored_and_in_lowest_terms():
    for name, diagram, formula in [
        ("epochs", "(0-1-2)(01-12)", E * N * (E * N - B) / (2 * B**2)),
        ("with replacement", "(01-2)(02-12)", T * (B * T + N - 1) / (B * N)),
        ("full batch", "(012)(01-12)", T * (T - 1) / (2 * N**2)),
        ("one epoch", "(0-12)(01-12)", (N - 1) / 2),
        ("reshuffled", "(0)()", sympy.Integer(1)),
    ]:
        assert symbolic_coefficient(Diagram.parse(diagram), name) == formula


@pytest.mark.slow
def test_reshuffled_formulas_are_those_of_a_fixed_order_through_the_third():
    for order in range(5):
        diagrams = enumerate_diagrams(order, "test")
        differ = [
            d for d in diagrams if symbolic_coefficient(d, "epochs") != symbolic_coefficient(d, "reshuffled")
        ]
        assert len(differ) == (17 if order == 4 else 0)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match=r"schedule_name must be one of epochs, .* got 'sgd'"):
        symbolic_coefficient(Diagram.parse("(0-1)(01)"), "sgd")
