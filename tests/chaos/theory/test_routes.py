"""Routes to chaos, cycles, horseshoes, escapes and the transfer operator, against the tabulated oracles."""

import math

import numpy as np
import pytest
import torch

from lrtheory import chaos

TURNED = chaos.periodic(0.1, amplitude=-1.0)


def test_the_thresholds_of_the_turned_parabola_are_the_tabulated_ones():
    assert chaos.flip_rate(1 + 1 / 0.1) == pytest.approx(0.1818181818, abs=1e-10)
    assert chaos.pitchfork_rate(0.1) == pytest.approx(0.2875805912, abs=1e-10)
    assert chaos.escape_rate(0.1) == pytest.approx(0.434984094, abs=1e-9)
    assert chaos.limiting_escape_stretch() == pytest.approx(4.603339, abs=1e-6)
    assert chaos.escape_rate(1e-5) / 1e-5 == pytest.approx(chaos.limiting_escape_stretch(), rel=1e-4)


def test_period_doublings_are_the_tabulated_ones():
    found = chaos.period_doublings(TURNED, 2, near=(0.17, 0.3164), born=chaos.pitchfork_rate(0.1), count=5)
    rates = np.array([doubling.lr for doubling in found])
    assert [doubling.period for doubling in found] == [2, 4, 8, 16, 32]
    expected = [0.316407925, 0.322867571, 0.324266147, 0.324566337, 0.324630660]
    assert np.allclose(rates, expected, atol=1e-8)
    ratios = np.diff(rates)[:-1] / np.diff(rates)[1:]
    assert ratios == pytest.approx([4.619, 4.659, 4.667], abs=1e-3)


def test_period_three_is_born_in_the_central_well_where_it_is_tabulated():
    birth = chaos.bifurcation_point(TURNED, 3, multiplier=1.0, near=(-0.28, 0.3723))
    assert birth.lr == pytest.approx(0.372299, abs=1e-5)
    assert chaos.find_cycles(TURNED, birth.lr - 1e-4, 3, box=(-0.34, 0.34)) == []
    assert len(chaos.find_cycles(TURNED, birth.lr + 1e-4, 3, box=(-0.34, 0.34))) >= 2


def test_the_cubic_map_doubles_where_it_is_tabulated():
    wells = chaos.DoubleWell()
    assert chaos.bifurcation_point(wells, 1, multiplier=-1.0, near=(0.98, 1.02)).lr == pytest.approx(
        1, abs=1e-12
    )
    rates = [d.lr for d in chaos.period_doublings(wells, 2, near=(1.2, 1.236), born=1.0, count=4)]
    assert rates == pytest.approx([math.sqrt(5) - 1, 1.28803175, 1.29922794, 1.30162891], abs=1e-8)


@pytest.mark.parametrize(
    ("derivatives", "stable"), [((2, 6, 6), True), ((2, 0, 6), False), ((11, 0, -1000), True)]
)
def test_flips_are_supercritical_by_the_sign_of_the_schwarzian(derivatives, stable):
    assert chaos.flip_is_supercritical(*derivatives) is stable


@pytest.mark.parametrize(
    ("f", "lr", "points", "multiplier"),
    [
        (chaos.periodic(0.1), 0.5, (-0.12333249624479, -0.67676658553568, -3.46976092537107), -101.689),
        (TURNED, 0.4, (-0.30462400814396, 1.01696365633535, -2.79188171639377), 21.0747),
        (chaos.periodic(0.01), 0.1, (-0.02954699656290, -0.32201927230084, -3.45464417291152), -974.77),
    ],
)
def test_the_tabulated_unstable_three_cycles_are_found(f, lr, points, multiplier):
    cycles = chaos.find_cycles(f, lr, 3, box=(-0.5, 0.5))
    wanted = np.roll(points, -int(np.argmin(points))) * f.eps
    nearest = min(cycles, key=lambda cycle: float(np.abs(cycle.points - wanted).max()))
    assert np.abs(nearest.points - wanted).max() / f.eps < 1e-9
    assert nearest.multiplier == pytest.approx(multiplier, rel=1e-4)
    assert nearest.residual < 1e-9


def test_cycles_of_least_period_two_leave_out_fixed_points():
    found = chaos.find_cycles(TURNED, 0.25, 2, box=(-0.34, 0.34))
    symmetric = [cycle for cycle in found if abs(cycle.multiplier) < 1]
    assert len(symmetric) == 1
    assert symmetric[0].points[0] == pytest.approx(-symmetric[0].points[1], abs=1e-12)


@pytest.mark.parametrize(
    ("eps", "amplitude", "count"), [(0.1, -1, 5), (0.1, 1, 7), (0.01, -1, 65), (0.01, 1, 63)]
)
def test_critical_points_are_as_many_as_tabulated(eps, amplitude, count):
    assert len(chaos.critical_points(chaos.periodic(eps, amplitude=amplitude), box=(-2, 2))) == count


@pytest.mark.parametrize("lr", [0.2, 0.3])
def test_a_horseshoe_has_the_cycles_that_its_branches_promise(lr):
    """Every word of branches has its fixed point: at least branches^n points of period n in the interval."""
    eps = 0.01
    branches = chaos.horseshoe_branches(lr, eps)
    assert branches >= 3
    periods = (branches + 1) // 2
    reach = math.pi * eps * periods
    fixed = chaos.find_cycles(chaos.periodic(eps), lr, 1, box=(-reach, reach))
    pairs = chaos.find_cycles(chaos.periodic(eps), lr, 2, box=(-reach, reach))
    assert len(fixed) >= branches
    assert len(fixed) + 2 * len(pairs) >= branches**2
    assert chaos.entropy_bound(lr, eps) == pytest.approx(math.log(branches))


def test_the_horseshoe_rate_is_where_three_branches_begin():
    rate = chaos.horseshoe_rate(0.01)
    assert chaos.horseshoe_branches(rate * 1.0001, 0.01) == 3
    assert chaos.horseshoe_branches(rate * 0.9999, 0.01) == 0
    assert rate / 0.01 == pytest.approx(4 * math.pi * (1 + rate / 2), rel=1e-12)
    assert chaos.entropy_bound(rate * 0.9, 0.01) == 0
    assert chaos.entropy_bound(0.1, 1e-3) < chaos.large_stretch_entropy(100.0)


def test_the_entropy_exceeds_the_exponent_by_the_logarithm_of_four_over_pi():
    gap = chaos.large_stretch_entropy(1e4) - chaos.limiting_lyapunov_exponent(chaos.periodic(1e-5), 0.1)
    assert gap == pytest.approx(math.log(4 / math.pi), abs=1e-12)


def test_the_length_of_an_interval_grows_by_the_entropy():
    """The variation of f^n over an interval grows like exp(n h): two steps over one, at large K."""
    f, lr = chaos.periodic(1e-2), 0.3
    x = torch.linspace(0, 0.1, 2_000_001, dtype=torch.float64)[:, None]
    once = x - lr * f.gradient(x)
    twice = once - lr * f.gradient(once)
    growth = math.log(float(twice.diff(dim=0).abs().sum() / once.diff(dim=0).abs().sum()))
    assert growth == pytest.approx(chaos.large_stretch_entropy(lr / 1e-2), abs=0.05)


def wells(amplitude, tilt=0.0):
    return chaos.double_well(1e-5, amplitude=amplitude, tilt=tilt)


def test_bad_routes_are_refused_by_name():
    parabola, plane = chaos.periodic(1e-2), chaos.matyas(1e-2)
    operator = chaos.transfer_operator(parabola, 0.1, points=501)
    for make, message in [
        (lambda: chaos.flip_rate(-1.0), "curvature must be positive and finite, got -1"),
        (lambda: chaos.bifurcation_point(plane, 1, multiplier=-1, near=(0, 1)), "one weight and a period"),
        (
            lambda: chaos.bifurcation_point(TURNED, 2, multiplier=50.0, near=(0.0, 0.01)),
            "give a closer guess",
        ),
        (lambda: chaos.pitchfork_rate(1.5), r"eps must lie in \(0, 1\), got 1.5"),
        (lambda: chaos.escape_rate(0.5), r"eps must lie in \(0, 0.2\), got 0.5"),
        (lambda: chaos.find_cycles(parabola, 0.1, 0, box=(-1, 1)), "period must be at least 1, got 0"),
        (
            lambda: chaos.find_cycles(parabola, 0.1, 1, box=(-1, 1), points=100),
            r"misses ripples of eps = 0\.01",
        ),
        (lambda: chaos.critical_points(plane, box=(-1, 1)), "one weight expected, the loss has 2"),
        (lambda: chaos.critical_points(parabola, box=(1, -1)), "box must be an interval"),
        (lambda: chaos.orbit_diagram(parabola, [0.1], torch.zeros(1, 1), burn=1, keep=1), "must be float64"),
        (lambda: chaos.horseshoe_branches(0.1, -1.0), "eps must be positive and finite, got -1"),
        (lambda: chaos.horseshoe_branches(0.1, 1.0, curvature=-1), "curvature must be at least 0"),
        (
            lambda: chaos.horseshoe_rate(0.5),
            "eps must be below slope / .period . curvature. = 0.1592, got 0.5",
        ),
        (lambda: chaos.large_stretch_entropy(1.0), "the stretch K must be above pi / 2 and finite, got 1"),
        (lambda: chaos.largest_kick(plane), "needs one weight, the loss has 2"),
        (lambda: chaos.transfer_operator(plane, 0.1), "needs one weight, the loss has 2"),
        (lambda: chaos.transfer_operator(parabola, 0.0), "lr must be positive and finite, got 0"),
        (
            lambda: chaos.transfer_operator(parabola, 0.01, points=501),
            "the grid is too coarse: .* take points=1",
        ),
        (lambda: chaos.transfer_operator(parabola, 1.9), "the map leaves the box"),
        (
            lambda: chaos.stationary_weights(chaos.transfer_operator(wells(0.3), 0.1)),
            "has 2 stationary states",
        ),
        (
            lambda: chaos.mean_exit_steps(operator, 0.7, interval=(-0.5, 0.5)),
            "start must lie inside the interval",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
