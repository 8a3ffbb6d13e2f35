"""Newton's steps, what counts as a solution, and the least period of one: where the answers are known."""

import math

import numpy as np
import pytest

from lrtheory import chaos
from lrtheory.chaos.models.line_map import Orbit
from lrtheory.chaos.theory.cycle_equations import _least_period, _polished, _solves

WELLS = chaos.DoubleWell()


@pytest.mark.parametrize(("square", "other"), [(2.0, 3.0), (7.0, -0.5), (0.01, 40.0)])
@pytest.mark.parametrize("solved", ["first", "second", "neither"])
def test_newtons_steps_end_at_the_roots_of_two_equations(square, other, solved):
    """One unknown that is right from the start must not end the search for the other."""

    def equations(at):
        value = np.array([at[0] ** 2 - square, at[1] ** 3 - other**3])
        return value, np.diag([2 * at[0], 3 * at[1] ** 2])

    roots = np.array([math.sqrt(square), other])
    start = roots * [1 if solved == "first" else 1.3, 1 if solved == "second" else 0.8]
    assert _polished(equations, start) == pytest.approx(roots, rel=1e-15)


def resting(multiplier, miss, *, by_point=0.0):
    """One step at a fixed point, 1, whose derivative misses a multiplier."""
    return Orbit(np.array([1.0, 1.0]), multiplier + miss, 0.5, 0.0, by_point, 0.0, 1e-14)


@pytest.mark.parametrize("multiplier", [-1.0, 0.9, -7.5])
@pytest.mark.parametrize("by_point", [0.0, 1e5, -3e8])
def test_a_fixed_point_may_miss_its_multiplier_by_the_tolerance_and_what_rounding_blurs(multiplier, by_point):
    blur = 8 * abs(by_point) * (1e-14 + 2.0**-53)  # eight roundings of the place
    allowed = 1e-9 * min(1, abs(multiplier - 1)) + blur
    for share, solves in ((0.99, True), (-0.99, True), (1.01, False), (-1.01, False), (math.nan, False)):
        run = resting(multiplier, share * allowed, by_point=by_point)
        assert bool(_solves(run, 0.3, multiplier, 0.0)) == solves
    assert not _solves(resting(multiplier, 0.0, by_point=1e13), 0.3, multiplier, 0.0)  # all blur


@pytest.mark.parametrize("away", [1e-5, -1e-5, 3e-6])
@pytest.mark.parametrize("period", [2, 4])
def test_near_a_flip_a_solution_of_an_even_period_is_the_fixed_point(away, period):
    """Known to a third of the digits: the minimum at 1 flips at rate 1, multiplier -1, and no other cycle."""
    assert _least_period(WELLS, period, 1.0, (1 + away, 1.0)) == 1


def test_a_cycle_away_from_shorter_ones_has_its_own_period():
    found = chaos.bifurcation_point(WELLS, 2, multiplier=-1.0, near=(1.2, 1.236))
    assert found.lr == pytest.approx(math.sqrt(5) - 1, abs=1e-12)
    assert _least_period(WELLS, 2, -1.0, (found.point, found.lr)) == 2
    assert _least_period(WELLS, 4, 1.0, (found.point, found.lr)) == 2
