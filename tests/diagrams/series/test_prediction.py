"""The error that a prediction states: how it scales, where it is refused, and that it covers the true one."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from lrtheory.diagrams import (
    Epochs,
    Prediction,
    Term,
    enumerate_diagrams,
    means_over_every_run,
    one_epoch,
    predict,
    random_polynomials,
    two_quintics,
)
from lrtheory.diagrams.series.majorant import majorant


def _series(*coefficients: float) -> Prediction:
    """A prediction with one diagram an order, two where a coefficient is a pair."""
    terms = []
    for order, number in enumerate(coefficients):
        for diagram, part in zip(enumerate_diagrams(order), np.atleast_1d(number), strict=False):
            terms.append(Term(diagram, Fraction(diagram.aut * (-1) ** order), float(part)))
    return Prediction(tuple(terms), len(coefficients) - 1)


def _first_sizes_grow_evenly(seed: int) -> tuple[float, ...]:
    draw = np.random.default_rng(seed)
    return tuple(draw.normal(size=6) * 3.0 ** np.arange(6))


def test_the_error_of_a_geometric_series_is_its_tail_times_the_safety_factor():
    told = _series(1.0, -2.0, 4.0, -8.0, 16.0).at(0.1)
    assert told.reliable and told.value == told.sums[-1]
    assert told.next_term == pytest.approx(0.5 * 0.2**5, rel=1e-12)
    assert told.error == pytest.approx(0.5 * 0.2**5 / (1 - 0.2), rel=1e-9)
    three, two = _series(1.0, -2.0, 4.0, -8.0).at(0.1), _series(1.0, -2.0, 4.0).at(0.1)
    assert (three.next_term, two.next_term) == pytest.approx((0.2**4, 6 * 0.2**3), rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_estimate_does_not_know_the_units_of_the_rate(seed):
    numbers = _first_sizes_grow_evenly(seed)
    for lr in (1e-6, 0.05, 0.2):
        told = _series(*numbers).at(lr)
        again = _series(*(c * 7.0**k for k, c in enumerate(numbers))).at(lr / 7)
        assert again.reliable == told.reliable
        assert (again.error, again.next_term) == pytest.approx((told.error, told.next_term), nan_ok=True)


@pytest.mark.parametrize("seed", range(20))
def test_the_error_goes_with_the_unit_of_the_observable_and_not_with_signs_all_over(seed):
    numbers = _first_sizes_grow_evenly(seed)
    told = _series(*numbers).at(0.05)
    for factor in (1000.0, -1.0):
        again = _series(*(factor * c for c in numbers)).at(0.05)
        assert again.reliable == told.reliable
        assert again.error == pytest.approx(abs(factor) * told.error)
    turned = _series(*(c * (-1) ** k for k, c in enumerate(numbers))).at(0.05)
    assert turned.error == pytest.approx(told.error)  # alternating or not: the sizes are the same


def test_what_cancels_within_an_order_counts_in_full():
    quiet, loud = _series(1, -1.0, 1.0, 0.5), _series(1, -1.0, 1.0, (20.5, -20.0))
    assert quiet.coefficients == loud.coefficients
    assert loud.at(0.1).error > 10 * quiet.at(0.1).error


def test_an_order_that_vanishes_is_no_evidence_of_convergence():
    told = _series(1.0, -2.0, 0.0, -8.0, 0.0).at(0.1)
    assert told.reliable
    assert told.next_term == pytest.approx(6 * 0.2**5, rel=1e-12)
    even = _series(1.0, 0.0, -4.0, 0.0, 16.0, 0.0).at(0.1)
    assert even.next_term == pytest.approx(6 * 0.2**6, rel=1e-12)


@pytest.mark.parametrize("numbers", [(), (1.0,), (1.0, 2.0), (1.0, 0.0, 0.0), (1.0, 0.0, 3.0)])
def test_fewer_than_two_orders_say_nothing_of_the_next(numbers):
    told = _series(*numbers or (0.0,)).at(0.1)
    assert not told.reliable and told.error == math.inf and math.isnan(told.value)
    assert "one term alone says nothing of the next" in told.reason
    start = _series(*numbers or (0.0,)).at(0)
    assert start.reliable and start.error == 0 and start.value == start.sums[0]


def test_a_series_whose_last_order_is_the_largest_is_refused():
    told = _series(1.0, -2.0, 4.0, -8.0).at(0.6)
    assert not told.reliable and math.isnan(told.value) and told.error == math.inf
    assert "the orders do not shrink, their sizes are 1.2, 1.4, 1.7;" in told.reason
    assert not _series(0.0, 1.0, 2.0, 4.0, 0.1).at(1.0).reliable


def test_an_error_above_the_change_is_stated_and_refused():
    told = _series(1.0, -2.0, 4.0, -8.0).at(0.45)
    assert not told.reliable and math.isnan(told.value)
    assert told.error == pytest.approx(0.9**4 / (1 - 0.9))  # through order 2 it would be more
    assert "may be more than the change" in told.reason


@pytest.mark.parametrize("lr", [math.inf, math.nan, -0.1, -math.inf])
def test_rates_that_are_none_are_refused(lr):
    with pytest.raises(ValueError, match="lr must not be negative and must be finite, got"):
        _series(1.0, 2.0, 3.0).at(lr)


@pytest.mark.parametrize("lr", [1e300, np.float64(1e200), 1e155])
def test_enormous_rates_are_unreliable_and_do_not_overflow(lr):
    told = _series(1.0, -2.0, 4.0, -8.0).at(lr)
    assert not told.reliable and told.error == math.inf and math.isnan(told.value)
    assert "outside the perturbative regime" in told.reason


@pytest.mark.parametrize("lr", [5e-324, 1e-300, 1e-20])
def test_tiny_rates_are_reliable_up_to_rounding(lr):
    told = _series(1.0, -2.0, 4.0, -8.0).at(lr)
    assert told.reliable and told.value == 1.0
    assert told.error == pytest.approx(2.0**-52)


def test_the_smallest_geometric_series_above_the_sizes_is_taken():
    above = majorant([0.0, math.log(0.5), math.log(0.09), -math.inf])
    assert above is not None and (above.first, above.growth) == (2, pytest.approx(0.18))
    assert above.next_term == pytest.approx(6 * 0.5 * 0.18**3)
    through_the_first = majorant([0.0, math.log(0.4), math.log(0.3), math.log(0.12)])
    assert through_the_first is not None and through_the_first.first == 1
    assert through_the_first.next_term == pytest.approx(0.5 * 0.3**2)
    assert majorant([]) is None and majorant([-math.inf] * 3) is None and majorant([0.0, 0.0]) is None


def test_a_first_order_that_is_small_by_accident_is_no_false_alarm():
    told = _series(1.0, -0.07, 1.1, -3.0).at(0.04)  # near a minimum: little slope, much noise
    assert told.reliable
    assert told.next_term == pytest.approx(6 * 3.0**2 / 1.1 * 0.04**4, rel=1e-12)


def test_a_series_that_fooled_a_ratio_of_two_terms_is_seen_through():
    landscape, start = random_polynomials(76)  # at rate 0.5 its last term is the smaller one by far
    told = predict(landscape, start, Epochs(2, epochs=2))
    theta = torch.tensor([float(weight) for weight in start], dtype=torch.float64)
    lrs = torch.tensor([0.03, 0.1, 0.5], dtype=torch.float64)
    truth = means_over_every_run(landscape.population(), theta, Epochs(2, epochs=2), lrs).test.tolist()
    small, middle, large = (told.at(lr) for lr in lrs.tolist())
    assert small.reliable and abs(small.value - truth[0]) < 3 * small.error
    assert abs(middle.sums[-1] - truth[1]) < 3 * middle.error and not middle.reliable
    assert abs(large.sums[-1] - truth[2]) > 1e9 and not large.reliable


def test_a_prediction_shows_itself_in_a_line_and_its_error_in_the_table():
    landscape, start = two_quintics()
    told = predict(landscape, start, one_epoch(3))
    line = repr(told)
    assert line.startswith("Prediction(order=3, terms=23, coefficients=(0.229018, -3.05381")
    assert len(line) < 120 and "Term(" not in line
    assert str(told).startswith("Prediction through lr^3: coefficients 513/2240, ") and "\n" not in str(told)
    floating = predict(landscape.population(), torch.tensor([0.5]).double(), one_epoch(3), order=1)
    assert str(floating) == "Prediction through lr^1: coefficients 0.229018, -3.05381"
    assert f"{told.at(0.02).error:.2g}" in told.table(0.02).splitlines()[-1]
