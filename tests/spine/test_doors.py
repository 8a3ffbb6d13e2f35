"""Checks at the doors of functions."""

import math

import pytest

from lrtheory.doors import check_choice, check_positive


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
