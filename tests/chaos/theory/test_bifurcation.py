"""Bifurcations are found and true, or refused: closed forms, and a sweep of guesses."""

import math

import numpy as np
import pytest
import torch

from lrtheory import chaos

TURNED = chaos.periodic(0.1, amplitude=-1.0)


class Logistic:
    """Descent at rate lr is x -> x - lr (x - r x (1 - x)): at rate 1 the logistic map."""

    dim = 1

    def __init__(self, r, scale=1.0, shift=0.0):
        self.r, self.scale, self.shift = r, scale, shift

    def loss(self, theta, samples=None):
        x = (theta[..., 0] - self.shift) / self.scale
        return self.scale**2 * (x**2 / 2 - self.r * (x**2 / 2 - x**3 / 3))


class Cubic:
    """x^2/2 - x^3/3: descent is conjugate to the logistic map with r = 1 + lr."""

    dim = 1

    def loss(self, theta, samples=None):
        x = theta[..., 0]
        return x**3 / 3 - x**2 / 2


CUBIC = Cubic()  # x -> x + lr x (1 - x), so that r = 1 + lr; x = r/(r - 1) times the logistic coordinate
LOGISTIC_DOUBLINGS = [3.0, 1 + math.sqrt(6), 3.544090359551923, 3.564407266095434, 3.568759419543827]


def turned(found, f, multiplier):
    """Worst relative miss of an answer: closing and multiplier, from the definition."""
    theta, stretch, path = torch.tensor([found.point], dtype=torch.float64), 1.0, [found.point]
    for _ in range(found.period):
        stretch *= 1 - found.lr * float(f.hessian(theta))
        theta = theta - found.lr * f.gradient(theta)
        path.append(float(theta))
    path = np.array(path)
    scale = max(np.abs(np.diff(path)).max(), 1e-12) if found.period > 1 else 1.0
    repeats = [d for d in range(1, found.period) if found.period % d == 0]
    least = all(np.abs(path[d:] - path[:-d]).max() > 1e-6 * np.abs(path).max() for d in repeats)
    return max(abs(path[-1] - path[0]) / scale, abs(stretch - multiplier)) if least else math.inf


def answers(f, period, multiplier, points, rates):
    for point in points:
        for lr in rates:
            try:
                yield chaos.bifurcation_point(f, period, multiplier=multiplier, near=(point, lr))
            except ValueError:
                continue


@pytest.mark.parametrize("period", [1, 2, 4])
@pytest.mark.parametrize("multiplier", [-1.0, 1.0])
@pytest.mark.parametrize("f", [TURNED, chaos.DoubleWell(), chaos.square_wave(0.1)])
def test_from_any_guess_what_is_found_is_true_or_nothing_is(f, period, multiplier):
    """The guess itself came back from up to 96 of 496 such guesses, negative rates among them."""
    for found in answers(f, period, multiplier, (-1.9, 0.3), (1e-3, 0.37, 4.0)):
        assert found.lr > 0 and turned(found, f, multiplier) < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("period", [2, 3, 6])
@pytest.mark.parametrize("multiplier", [-1.0, 0.0, -7.5])
@pytest.mark.parametrize("f", [TURNED, chaos.DoubleWell(), chaos.square_wave(0.1), chaos.aperiodic(0.1)])
def test_from_many_guesses_what_is_found_is_true_or_nothing_is(f, period, multiplier):
    """Where rounding blurs the multiplier of a long unstable cycle, to what is left of its digits."""
    rates = (1e-3, 0.15, 0.37, 0.6, 1.1, 4.0)
    for found in answers(f, period, multiplier, np.linspace(-1.9, 1.7, 5), rates):
        assert found.lr > 0 and turned(found, f, multiplier) < 1e-4


@pytest.mark.parametrize("point", [1e200, -3e5, 1e4])
@pytest.mark.parametrize("lr", [1e6, 5.0])
def test_a_guess_from_which_descent_overflows_is_not_handed_back(point, lr):
    with pytest.raises(ValueError, match="found near point"):
        chaos.bifurcation_point(chaos.DoubleWell(), 8, multiplier=-1.0, near=(point, lr))


@pytest.mark.parametrize("eps", [0.3, 1e-3, 1e-8])
@pytest.mark.parametrize("off", [0.98, 1.01])
def test_a_pitchfork_is_found_to_all_digits_although_three_cycles_meet(eps, off):
    f, rate = chaos.periodic(eps, amplitude=-1.0), chaos.pitchfork_rate(eps)
    found = chaos.bifurcation_point(f, 2, multiplier=1.0, near=(off * eps * math.acos(-eps), off * rate))
    assert found.lr == pytest.approx(rate, rel=1e-12)
    assert found.point == pytest.approx(eps * math.acos(-eps), rel=1e-7)


@pytest.mark.parametrize("curvature", [1e-3, 1.0, 70.0])
@pytest.mark.parametrize("well", [-1, 1])
def test_a_minimum_flips_at_two_over_its_curvature(curvature, well):
    found = chaos.bifurcation_point(chaos.DoubleWell(), 1, multiplier=-1.0, near=(0.97 * well, 1.1))
    assert (found.lr, found.point) == (pytest.approx(1.0, rel=1e-14), pytest.approx(well, rel=1e-14))
    smooth = chaos.periodic(1.0, curvature=curvature, amplitude=-1e-9)
    found = chaos.bifurcation_point(smooth, 1, multiplier=-1.0, near=(0.0, 1.9 / curvature))
    assert found.lr == pytest.approx(2 / (curvature + 1e-9), rel=1e-12)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-7, 0.0), (1e5, 0.0), (1.0, 3.0)])
def test_a_three_cycle_is_born_at_one_plus_the_root_of_eight(scale, shift):
    """R = 1 + sqrt 8 of the logistic map: with r fixed at 4 the rate takes its place, r = 1 + 3 lr."""
    rate = math.sqrt(8) / 3
    place = scale * 0.5144 * (1 + 3 * rate) / (3 * rate) * 0.75 + shift
    found = chaos.bifurcation_point(Logistic(4.0, scale, shift), 3, multiplier=1.0, near=(place, 0.9425))
    assert found.lr == pytest.approx(rate, rel=1e-12)


def test_the_cascade_of_the_logistic_map_is_the_tabulated_one():
    found = chaos.period_doublings(CUBIC, 1, near=(0.99, 1.9), born=0.0, count=5)
    assert [1 + each.lr for each in found] == pytest.approx(LOGISTIC_DOUBLINGS, abs=1e-12)


@pytest.mark.slow
def test_a_cascade_reaches_what_float64_resolves_and_says_where_it_ends():
    found = chaos.period_doublings(chaos.DoubleWell(), 2, near=(1.2, 1.236), born=1.0, count=13)
    rates = np.array([each.lr for each in found])
    assert [each.period for each in found] == [2**n for n in range(1, 14)]
    ratios = np.diff(rates)[:-1] / np.diff(rates)[1:]
    assert ratios[6:] == pytest.approx([4.669201609] * len(ratios[6:]), rel=1e-5)


def test_a_cascade_that_ends_early_hands_over_what_it_found(monkeypatch):
    from lrtheory.chaos.theory import bifurcation

    monkeypatch.setattr(bifurcation, "_LEAST_GAP", 3e-3)
    words = r"doubling 4 of 12, of period 16, was not found: the next gap, .* The 3 before it are in \.found"
    with pytest.raises(chaos.CascadeEnd, match=words) as end:
        chaos.period_doublings(chaos.DoubleWell(), 2, near=(1.2, 1.236), born=1.0, count=12)
    assert [each.period for each in end.value.found] == [2, 4, 8]
    assert end.value.found[0].lr == pytest.approx(math.sqrt(5) - 1, abs=1e-12)


@pytest.mark.parametrize("period", [2, 4, 6])
def test_a_point_of_a_shorter_cycle_is_no_answer(period):
    """The flip of the minimum has multiplier 1 over any even number of steps."""
    with pytest.raises(ValueError, match=f"no {period}-cycle of multiplier 1 found"):
        chaos.bifurcation_point(chaos.DoubleWell(), period, multiplier=1.0, near=(1.0, 1.0))


def test_a_point_of_a_shorter_cycle_is_named():
    with pytest.raises(ValueError, match=r"no 3-cycle of multiplier -1 found .* but one of period 1"):
        chaos.bifurcation_point(chaos.DoubleWell(), 3, multiplier=-1.0, near=(1.0, 1.0))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused_before_any_search(bad):
    wells = chaos.DoubleWell()
    near, born = (1.2, 1.236), 1.0
    for make, words in [
        (lambda: chaos.bifurcation_point(wells, 2, multiplier=bad, near=near), "multiplier must be one"),
        (lambda: chaos.bifurcation_point(wells, 2, multiplier=-1, near=(bad, 1.2)), r"near\[0\], the point"),
        (lambda: chaos.bifurcation_point(wells, 2, multiplier=-1, near=(1.2, bad)), r"near\[1\], the rate"),
        (lambda: chaos.period_doublings(wells, 2, near=near, born=bad, count=1), "born must be one finite"),
        (lambda: chaos.period_doublings(wells, 2, near=near, born=born, count=bad), "count must be a whole"),
        (lambda: chaos.bifurcation_point(wells, bad, multiplier=-1, near=near), "period"),
        (lambda: chaos.find_cycles(wells, bad, 1, box=(-2, 2)), "lr must be positive and finite"),
        (lambda: chaos.find_cycles(wells, 0.1, 1, box=(-2, bad)), "box must be an interval"),
    ]:
        with pytest.raises(ValueError, match=words):
            make()


@pytest.mark.parametrize("lr", [0.0, -1.0, True, "1"])
def test_rates_that_are_none_are_refused(lr):
    with pytest.raises(ValueError, match="the rate, must be positive and finite, got"):
        chaos.bifurcation_point(chaos.DoubleWell(), 2, multiplier=-1, near=(1.2, lr))
    with pytest.raises(ValueError, match="lr must be positive and finite, got"):
        chaos.find_cycles(chaos.DoubleWell(), lr, 1, box=(-2, 2))


def test_a_fixed_point_is_never_born_by_a_rate():
    with pytest.raises(ValueError, match="multiplier must not be 1 for period 1"):
        chaos.bifurcation_point(chaos.DoubleWell(), 1, multiplier=1.0, near=(1.0, 0.1))
