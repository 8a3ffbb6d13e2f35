"""Roots on a grid: of functions whose roots are known, with their widths; and how many zeros are too many."""

import math

import numpy as np
import pytest

from lrtheory import chaos
from lrtheory.chaos.measures.line_roots import _distinct, cycle_roots, sign_changes


@pytest.mark.parametrize("scale", [1.0, 1e-6, -1e6])
def test_places_where_a_sine_changes_sign_are_its_roots(scale):
    grid = np.linspace(-10.1, 9.7, 200)
    roots = sign_changes(lambda x: scale * np.sin(2 * x), grid)
    assert roots == pytest.approx(np.arange(-6, 7) * math.pi / 2, abs=1e-12)
    assert sign_changes(lambda x: np.sin(x) ** 2 + 0.1, grid).size == 0


def test_what_is_not_finite_has_no_sign_and_a_jump_is_a_change():
    grid = np.linspace(-1, 1, 12)
    assert sign_changes(lambda x: np.where(x < 0, np.nan, 1.0), grid).size == 0
    assert sign_changes(lambda x: np.where(x < 0, -np.inf, 1.0), grid).size == 0
    assert sign_changes(lambda x: np.where(x < 0.3, -1.0, 2.0), grid) == pytest.approx([0.3], abs=1e-12)


@pytest.mark.parametrize("side", [1, -1])
def test_a_root_is_as_wide_as_the_function_is_small_on_both_sides_of_it(side):
    def lame(x):  # zero on one side alone
        return np.maximum(side * (x - 1), 0.0)

    roots, widths = _distinct(lame, np.array([1.0]), np.array([1e-9]))
    assert roots.tolist() == [1.0] and 0.5e-9 < widths[0] < 4e-9
    roots, widths = _distinct(np.abs, np.array([2.0**-30]), np.array([2.0**-20]))
    assert 2.0**-21 < widths[0] <= 2.0**-19


def test_roots_that_rounding_does_not_tell_apart_are_one_and_others_are_not():
    roots = np.array([-1.0, 1.0, 1.0 + 1e-12, 1.0 + 1e-6])
    found, widths = _distinct(lambda x: x - 1, roots, np.full(4, 1e-11))
    assert found.tolist() == [-1.0, 1.0, 1.0 + 1e-6]
    assert (widths > 0).all() and len(widths) == 3
    assert _distinct(lambda x: x, np.zeros(0), np.zeros(0))[0].size == 0


class Kink:
    """|x|: every point of (-lr, lr) but 0 comes back after two steps, and no other."""

    dim = 1

    def loss(self, theta, samples=None):
        return theta[..., 0].abs()


@pytest.mark.parametrize(("inside", "refused"), [(2, False), (3, False), (4, True), (5, True)])
def test_four_points_of_the_grid_on_end_fill_an_interval(inside, refused):
    lr, step = 0.25, 0.5 / (inside + 0.5)
    grid = -lr + step * (np.arange(20) - 8 + 0.7)
    assert (np.abs(grid) < lr).sum() == inside
    if refused:
        with pytest.raises(ValueError, match=rf"after 2 step\(s\) is zero to rounding on {inside / 20:.1%}"):
            cycle_roots(Kink(), lr, 2, grid)
    else:
        cycle_roots(Kink(), lr, 2, grid)


@pytest.mark.parametrize("tilt", [0.0, 0.2])
@pytest.mark.parametrize("lr", [0.1, 0.7])
def test_points_that_one_step_brings_back_are_where_the_slope_vanishes(lr, tilt):
    exact = np.sort(np.roots([1.0, 0.0, -1.0, tilt]).real)
    roots, widths = cycle_roots(chaos.DoubleWell(tilt), lr, 1, np.linspace(-1.7, 1.9, 60))
    assert roots == pytest.approx(exact, abs=1e-12)
    assert (widths > 0).all() and (widths < 1e-12).all()
