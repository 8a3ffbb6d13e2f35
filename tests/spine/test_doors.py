"""Checks at the doors of functions."""

import math

import numpy as np
import pytest
import torch

from lrtheory.doors import check_choice, check_positive, sensible


def test_positive_numbers_pass():
    check_positive(lr=1e-300, eps=1, curvature=1e300)


@pytest.mark.parametrize("number", [0, 0.0, -1e-300, math.inf, -math.inf, math.nan])
def test_the_number_that_is_not_positive_and_finite_is_named(number):
    with pytest.raises(ValueError, match=f"^eps must be positive and finite, got {number}$"):
        check_positive(lr=0.1, eps=number, curvature=1.0)


@pytest.mark.parametrize("known", [("fixed", "reshuffled"), {"fixed": 1, "reshuffled": 2}], ids=str)
def test_an_unknown_choice_is_shown_the_known_ones(known):
    check_choice("order", "fixed", known)
    for value in ("Fixed", "", None, ["fixed"]):
        with pytest.raises(ValueError) as caught:
            check_choice("order", value, known)
        assert str(caught.value) == f"order must be one of fixed, reshuffled; got {value!r}"


@sensible()
def formula(lr, steps, examples=6, batch_size=3):
    return lr, steps, examples, batch_size


@sensible(real=("steps",), signed=("lr",), divides=False)
def continued(lr, steps, *, examples=6, batch_size=3):
    return lr, steps, examples, batch_size


def test_a_formula_passes_what_is_sensible_and_hands_on_its_answer():
    assert formula(0, 0) == (0, 0, 6, 3)
    assert formula(0.5, 3.0, 4, batch_size=4) == (0.5, 3.0, 4, 4)
    assert formula(1e300, np.int64(2), 1, 1) == (1e300, 2, 1, 1)
    rates = np.array([[0.0, 0.1], [2.0, 0.3]])
    assert formula(rates, torch.tensor([1.0, 2.0]))[0] is rates
    assert continued(-0.1, 0.5, examples=7, batch_size=2) == (-0.1, 0.5, 7, 2)
    assert formula.__name__ == "formula"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"lr": -1e-9}, "lr must be a finite number of at least 0, got -1e-09"),
        ({"lr": math.inf}, "lr must be a finite number of at least 0, got inf"),
        ({"lr": math.nan}, "lr must be a finite number of at least 0, got nan"),
        ({"lr": True}, "lr must be a finite number of at least 0, got True"),
        ({"lr": np.array([0.1, -0.2])}, "lr must be a finite number of at least 0, got -0.2"),
        ({"steps": 0.5}, "steps must be a whole number of at least 0, got 0.5"),
        ({"steps": -1}, "steps must be a whole number of at least 0, got -1"),
        ({"steps": torch.tensor([1.0, 2.5])}, "steps must be a whole number of at least 0, got 2.5"),
        ({"steps": "2"}, "steps must be a whole number of at least 0, got '2'"),
        ({"examples": 0}, "examples must be a whole number of at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"batch_size": 7}, "batch_size must lie between 1 and the 6 examples, got 7"),
        ({"batch_size": 4}, "batch_size must divide the number of examples, got 4 of 6; choose a divisor"),
    ],
)
def test_a_formula_says_what_was_not_sensible(given, words):
    with pytest.raises(ValueError) as caught:
        formula(**{"lr": 0.1, "steps": 2} | given)
    assert str(caught.value) == words


@pytest.mark.parametrize("given", [{"lr": -math.inf}, {"lr": 1j}, {"steps": -0.5}, {"batch_size": 7}])
def test_a_continued_formula_refuses_less(given):
    with pytest.raises(ValueError, match=f"{next(iter(given))} must "):
        continued(**{"lr": 0.1, "steps": 2} | given)
