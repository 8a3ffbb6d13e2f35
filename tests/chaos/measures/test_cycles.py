"""Every cycle in a box is found once, those that touch and those at the ends too, and none is invented."""

import math

import numpy as np
import pytest
import torch

from lrtheory import chaos


class Logistic:
    """At rate 1 descent is the logistic map; written with a loss alone, scaled and shifted."""

    dim = 1

    def __init__(self, r, scale=1.0, shift=0.0):
        self.r, self.scale, self.shift = r, scale, shift

    def loss(self, theta, samples=None):
        x = (theta[..., 0] - self.shift) / self.scale
        return self.scale**2 * (x**2 / 2 - self.r * (x**2 / 2 - x**3 / 3))


class WithDerivatives(Logistic):
    def gradient(self, theta, samples=None):
        x = (theta - self.shift) / self.scale
        return self.scale * (x - self.r * x * (1 - x))

    def hessian(self, theta):
        x = (theta - self.shift) / self.scale
        return (1 - self.r * (1 - 2 * x))[..., None]


# Parameters at which cycles are born at a tangency: f^n(x) = x and (f^n)'(x) = 1, by Newton's method in 40
# digits; 1 + sqrt 8 is the first.
BIRTHS = [
    (3, 1 + math.sqrt(8)),
    (4, 3.960101882689952),
    (5, 3.7381723752659624),
    (5, 3.9055718701724998),
    (5, 3.9902573074133836),
]
# Cycles of least period n of the logistic map at r = 4: the number of binary necklaces without a period.
NECKLACES = {1: 2, 2: 1, 3: 2, 4: 3, 5: 6, 6: 9, 7: 18}


def touching(cycles):
    """Those among them that are just being born."""
    return [cycle for cycle in cycles if abs(cycle.multiplier - 1) < 1e-4]


@pytest.mark.parametrize("kind", [Logistic, WithDerivatives])
@pytest.mark.parametrize(("period", "r"), BIRTHS)
def test_a_cycle_born_at_a_tangency_is_found(kind, period, r):
    (born,) = touching(chaos.find_cycles(kind(r), 1.0, period, box=(0, 1), points=4001))
    x = born.points[0]
    for _ in range(period):
        x = r * x * (1 - x)
    assert x == pytest.approx(born.points[0], abs=1e-13)


@pytest.mark.parametrize(("period", "r"), BIRTHS)
@pytest.mark.parametrize("before", [1e-3, 1e-6, 1e-9, 1e-12])
def test_a_displacement_that_does_not_touch_is_no_cycle(period, r, before):
    found = chaos.find_cycles(WithDerivatives(r - before), 1.0, period, box=(0, 1), points=4001)
    assert touching(found) == []


@pytest.mark.parametrize(("period", "r"), BIRTHS)
@pytest.mark.parametrize("after", [1e-10, 1e-7])
def test_two_newborn_cycles_between_two_points_of_the_grid_are_told_apart(period, r, after):
    found = chaos.find_cycles(WithDerivatives(r + after), 1.0, period, box=(0, 1), points=2001)
    pair = [cycle for cycle in found if abs(cycle.multiplier - 1) < 0.2]
    assert len(pair) == 2
    assert min(c.multiplier for c in pair) < 1 < max(c.multiplier for c in pair)


@pytest.mark.parametrize(("period", "count"), NECKLACES.items())
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-9, 0.0), (1e6, 0.0), (1.0, 5.0)])
def test_cycles_are_as_many_as_necklaces_at_any_scale(period, count, scale, shift):
    box = (shift, shift + scale)
    found = chaos.find_cycles(WithDerivatives(4.0, scale, shift), 1.0, period, box=box, points=6001)
    assert len(found) == count
    points = np.sort((np.concatenate([cycle.points for cycle in found]) - shift) / scale)
    n, orders = 2**period, np.arange(2**period)
    exact = [*np.sin(np.pi * orders / (n - 1)) ** 2, *np.sin(np.pi * orders / (n + 1)) ** 2]
    assert max(np.abs(np.array(exact) - each).min() for each in points) < 1e-6


def test_points_at_the_ends_of_the_box_are_found():
    wells = chaos.DoubleWell()
    for box in [(-1.0, 0.5), (-0.5, 1.0), (-1.0, 1.0), (-1.0, 0.0), (0.0, 1.0)]:
        found = [float(cycle.points[0]) for cycle in chaos.find_cycles(wells, 0.3, 1, box=box, points=1001)]
        assert found == pytest.approx([x for x in (-1.0, 0.0, 1.0) if box[0] <= x <= box[1]], abs=1e-12)
        assert chaos.critical_points(wells, box=box, points=1001) == pytest.approx(found, abs=1e-12)
    assert [c.points[0] for c in chaos.find_cycles(Logistic(3.7), 1.0, 1, box=(0, 0.5), points=101)] == [0]


@pytest.mark.parametrize("eps", [0.1, 1e-3, 1e-7])
def test_a_cycle_of_any_size_is_found_beside_its_neighbors(eps):
    """Cycles closer than 1e-8 were one cycle before."""
    f, reach, like = chaos.periodic(eps, amplitude=-1.0), 9 * eps, chaos.periodic(0.1, amplitude=-1.0)
    count = len(chaos.critical_points(f, box=(-reach, reach), points=3001))
    found = chaos.find_cycles(f, 0.5 * eps, 1, box=(-reach, reach), points=3001)
    assert len(found) == count == len(chaos.critical_points(like, box=(-0.9, 0.9)))


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_a_jump_of_the_slope_is_no_cycle(period):
    """Descent is x -> b x + lr sign(sin(x / eps)): cycles are linear equations, branch by branch."""
    eps, lr = 0.1, 0.3
    found = chaos.find_cycles(chaos.square_wave(eps), lr, period, box=(-1.2, 1.2))
    expected = 0
    for word in range(2**period):
        signs = [1 if word >> k & 1 else -1 for k in range(period)]
        x = sum(lr * s * (1 - lr) ** (period - 1 - k) for k, s in enumerate(signs)) / (1 - (1 - lr) ** period)
        path = [x]
        for s in signs:
            path.append((1 - lr) * path[-1] + lr * s)
        follows = all((1 if math.sin(y / eps) >= 0 else -1) == s for y, s in zip(path, signs, strict=False))
        least = all(abs(path[d] - path[0]) > 1e-9 for d in range(1, period) if period % d == 0)
        expected += follows and least
    assert len(found) == expected / period


class Kink:
    dim = 1

    def loss(self, theta, samples=None):
        return theta[..., 0].abs()


def test_cycles_that_fill_an_interval_are_refused():
    bowl = chaos.Quadratic(torch.tensor([[2.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match=r"is zero to rounding on 100\.0% of the box"):
        chaos.find_cycles(bowl, 1.0, 2, box=(-1, 1))
    with pytest.raises(ValueError, match="cycles fill an interval"):  # |x| at the foot: x, x - lr, x
        chaos.find_cycles(Kink(), 0.1, 2, box=(-2, 2.1))
    assert len(chaos.find_cycles(bowl, 1.0, 1, box=(-1, 1.5))) == 1
    assert chaos.find_cycles(bowl, 0.9, 2, box=(-1, 1.5)) == []


def test_what_diverges_crosses_nothing():
    found = chaos.find_cycles(chaos.DoubleWell(), 1.9, 6, box=(-40.0, 40.0), points=40_001)
    assert all(np.isfinite(cycle.points).all() and cycle.residual < 1e-6 for cycle in found)
    assert np.abs(np.concatenate([cycle.points for cycle in found])).max() < 2


@pytest.mark.parametrize("r", [3.1, 3.5, 3.9])
def test_a_loss_alone_has_the_cycles_of_the_one_with_derivatives(r):
    for period in (1, 3):
        ours, theirs = (
            chaos.find_cycles(kind(r), 1.0, period, box=(0, 1), points=2001)
            for kind in (Logistic, WithDerivatives)
        )
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert np.allclose(one.points, other.points, rtol=1e-10, atol=1e-10)
            assert one.multiplier == pytest.approx(other.multiplier, rel=1e-9)


def test_grids_and_boxes_that_are_none_are_refused():
    wells = chaos.DoubleWell()
    for make, words in [
        (lambda: chaos.find_cycles(wells, 0.1, 1, box=(1, -1)), "box must be an interval"),
        (lambda: chaos.find_cycles(wells, 0.1, 1, box=(-math.inf, 1)), "box must be an interval"),
        (lambda: chaos.critical_points(wells, box=(0, math.nan)), "box must be an interval"),
        (lambda: chaos.find_cycles(wells, 0.1, 1, box=(-1, 1), points=2), "points must be at least 3, got 2"),
        (lambda: chaos.critical_points(wells, box=(-1, 1), points=100.5), "points must be a whole number"),
        (lambda: chaos.find_cycles(wells, 0.1, 1.5, box=(-1, 1)), "period must be a whole number"),
    ]:
        with pytest.raises(ValueError, match=words):
            make()


class Scaled:
    """A slope as small or large as you like, with zeros at -1, 0.25 and 2."""

    dim = 1

    def __init__(self, scale):
        self.scale = scale

    def loss(self, theta, samples=None):
        x = theta[..., 0]
        return self.scale * (x**4 / 4 - 1.25 * x**3 / 3 - 1.75 * x**2 / 2 + 0.5 * x)


@pytest.mark.parametrize("scale", [1e-20, 1.0, -1e20])
@pytest.mark.parametrize("box", [(-1.0, 2.0), (-1.5, 0.25), (-0.5, 1.5)])
def test_critical_points_do_not_depend_on_the_scale_of_the_loss(scale, box):
    found = chaos.critical_points(Scaled(scale), box=box, points=999)
    assert found == pytest.approx([x for x in (-1.0, 0.25, 2.0) if box[0] <= x <= box[1]], abs=1e-12)


@pytest.mark.parametrize("off", [-1e-9, 0.0, 1e-9])
def test_a_pitchfork_has_one_cycle_up_to_it_and_three_from_it_on(off):
    f = chaos.periodic(0.1, amplitude=-1.0)
    lr = chaos.pitchfork_rate(0.1) * (1 + off)
    assert len(chaos.find_cycles(f, lr, 2, box=(-0.34, 0.34), points=3001)) == (3 if off > 0 else 1)


@pytest.mark.parametrize("near", [(-0.28, 0.3723), (0.6437, 0.31216)])
def test_a_birth_that_was_solved_for_is_found_by_the_search(near):
    f = chaos.periodic(0.1, amplitude=-1.0)
    birth = chaos.bifurcation_point(f, 3, multiplier=1.0, near=near)
    for off, count in [(-1e-10, 0), (0.0, 2), (1e-10, 4)]:  # the loss is even: cycles come with their mirrors
        found = chaos.find_cycles(f, birth.lr * (1 + off), 3, box=(-1, 1), points=20_001)
        assert sum(abs(cycle.multiplier - 1) < 0.01 for cycle in found) == count
