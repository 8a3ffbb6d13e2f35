"""The shared doors: what is one positive, finite or whole number, and what is an interval."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrtheory.doors import finite, interval, positive, whole, within

NO_NUMBERS = [math.nan, True, False, None, "1", b"1", 1j, np.complex64(1), [1.0], np.array([1.0, 2.0]),
              np.array([1.0]), torch.ones(2), torch.tensor(True), np.True_, object()]  # fmt: skip


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_no_number_passes_no_door(value):
    doors = [finite, positive, whole, lambda name, value: within(name, value, -10, 10)]
    for door in doors:
        with pytest.raises(ValueError, match=r"size must .*, got"):
            door("size", value)
    with pytest.raises(ValueError, match="size must be an interval"):
        interval("size", (value, 7.0))


@given(st.floats(min_value=5e-324, max_value=1.7e308))
def test_positive_numbers_of_every_kind_pass(number):
    for value in (number, np.float64(number), np.array(number), torch.tensor(number, dtype=torch.float64)):
        assert positive("lr", value) == finite("lr", value) == number
    with pytest.raises(ValueError, match=r"lr must be positive and finite, got -.*; lower it"):
        positive("lr", -number, remedy="lower it")


@pytest.mark.parametrize("value", [0, 0.0, -0.0, math.inf, -math.inf, -1])
def test_zero_and_infinity_are_not_positive(value):
    with pytest.raises(ValueError, match=f"lr must be positive and finite, got {value}"):
        positive("lr", value)


@given(st.integers(-(10**6), 10**6), st.integers(-5, 5))
def test_whole_numbers_are_compared_with_the_least(number, least):
    for value in (number, np.int64(number)):
        if number >= least:
            assert whole("steps", value, least=least) == number
        else:
            with pytest.raises(ValueError, match=f"steps must be at least {least}, got {number}"):
                whole("steps", value, least=least)
    with pytest.raises(ValueError, match="steps must be a whole number"):
        whole("steps", number + 0.5, least=least)


PAIRS = [(1, 1), (2, 1), (0, math.inf), (0,), (0, 1, 2), 3, "01", None, (math.nan, 1)]


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_that_are_no_interval_are_refused(pair):
    with pytest.raises(ValueError, match=r"box must be an interval \(low, high\) of finite numbers, got"):
        interval("box", pair)


def test_intervals_and_ranges_pass():
    assert interval("box", [np.float64(-1), 2]) == (-1.0, 2.0)
    assert interval("box", np.array([0.0, 1.0])) == (0.0, 1.0)
    assert within("share", 0.5, 0, 1) == 0.5
    for value in (0.0, 1.0, -1, 2):
        with pytest.raises(ValueError, match=r"share must lie in \(0, 1\), got"):
            within("share", value, 0, 1)
