"""Routes to chaos, cycles, horseshoes, escapes and the transfer operator, against the tabulated oracles."""

import math

import numpy as np
import pytest
import torch

from lrtheory import chaos
from lrtheory.measure import law_distances

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
    assert chaos.bifurcation_point(wells, 1, multiplier=-1.0, near=(0.98, 1.02)).lr == pytest.approx(1, abs=1e-12)
    rates = [d.lr for d in chaos.period_doublings(wells, 2, near=(1.2, 1.236), born=1.0, count=4)]
    assert rates == pytest.approx([math.sqrt(5) - 1, 1.28803175, 1.29922794, 1.30162891], abs=1e-8)


@pytest.mark.parametrize(("derivatives", "stable"), [((2, 6, 6), True), ((2, 0, 6), False), ((11, 0, -1000), True)])
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


@pytest.mark.parametrize(("eps", "amplitude", "count"), [(0.1, -1, 5), (0.1, 1, 7), (0.01, -1, 65), (0.01, 1, 63)])
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


def test_the_barrier_of_the_quasi_potential_is_the_tabulated_one():
    f = wells(1.0)
    assert chaos.quasi_potential_barrier(f, -1.0, 0.0) == pytest.approx(1.117105, abs=1e-5)
    assert chaos.gibbs_barrier(f, -1.0, 0.0) == pytest.approx(1.0, rel=1e-12)


def test_weak_kicks_never_cross_and_stronger_ones_may():
    assert chaos.quasi_potential_barrier(wells(0.3), -1.0, 0.0) == math.inf
    assert not chaos.barrier_is_crossable(wells(0.384), -1.0, 0.0)
    assert chaos.barrier_is_crossable(wells(0.386), -1.0, 0.0)
    assert chaos.quasi_potential_slope(wells(0.3), 2.0) == math.inf
    assert chaos.quasi_potential_slope(wells(1.0), -1.0) == 0


def test_strong_kicks_make_the_quasi_potential_gibbs():
    f = wells(50.0)
    assert chaos.quasi_potential_barrier(f, -1, 0) == pytest.approx(chaos.gibbs_barrier(f, -1, 0), rel=1e-4)


@pytest.mark.parametrize("ripple", [chaos.SquareWave(0.7), chaos.two_tones(1.0).small, chaos.periodic(1.0).small])
def test_the_quasi_potential_solves_its_equation(ripple):
    from lrtheory import generator

    f = chaos.TwoScale(chaos.Quadratic(torch.ones(1, 1).double()), ripple, 1e-4)
    p = chaos.quasi_potential_slope(f, 0.4)
    kicks = ripple.random_slope(torch.zeros(2_000_000, 1, dtype=torch.float64), generator(0, "noise"))
    assert math.log(float((p * kicks).exp().mean())) == pytest.approx(p * 0.4, rel=5e-3)


@pytest.mark.parametrize(("lr", "steps"), [(0.2, 5739), (0.15, 4.992e4), (0.1, 3.126e6), (0.06, 8.941e9)])
def test_mean_exit_steps_are_the_tabulated_ones(lr, steps):
    operator = chaos.transfer_operator(wells(1.0), lr, points=3001)
    assert chaos.mean_exit_steps(operator, -1.0, interval=(-math.inf, 0.5)) == pytest.approx(steps, rel=0.01)


def test_exit_times_grow_as_the_quasi_potential_says_and_not_as_gibbs_does():
    times = []
    for lr in (0.08, 0.06):
        operator = chaos.transfer_operator(wells(1.0), lr, points=3001)
        times.append(math.log(lr * chaos.mean_exit_steps(operator, -1.0, interval=(-math.inf, 0.5))))
    slope = (times[1] - times[0]) / (1 / 0.06 - 1 / 0.08)
    assert slope == pytest.approx(1.117, abs=0.02)


def test_the_transfer_operator_of_the_tilted_well_is_the_tabulated_one():
    operator = chaos.transfer_operator(wells(2.0, 0.05), 0.1)
    weights, x = chaos.stationary_weights(operator), operator.points
    assert weights[x > 0].sum() == pytest.approx(0.28212, abs=2e-5)
    assert (weights @ x, weights @ x**2) == pytest.approx((-0.42320, 0.88373), abs=2e-5)
    steps = chaos.mean_exit_steps(operator, -1.0241203, interval=(-math.inf, 0.5))
    assert steps == pytest.approx(1006.5, rel=0.002)
    weaker = chaos.transfer_operator(wells(1.5, 0.05), 0.1)
    assert chaos.stationary_weights(weaker)[weaker.points > 0].sum() == pytest.approx(0.1346, abs=1e-4)


@pytest.mark.parametrize("f", [chaos.periodic(1e-5), chaos.two_tones(1e-5)])
def test_the_transfer_operator_of_a_parabola_has_the_exact_law(f):
    law = chaos.operator_law(chaos.transfer_operator(f, 0.1, points=1501))
    found = law_distances(law, chaos.stationary_law(f, 0.1))
    assert found.ks < 1e-3 and found.w1 < 2e-4


def test_the_transfer_operator_knows_multiplicative_noise_and_square_waves():
    f = chaos.multiplicative(1e-5)
    law = chaos.operator_law(chaos.transfer_operator(f, 0.1, points=3001))
    assert law.variance == pytest.approx(chaos.multiplicative_moments(f, 0.1).variance, rel=0.01)
    coin = chaos.square_wave(1e-5)
    law = chaos.operator_law(chaos.transfer_operator(coin, 0.1))
    assert law.variance == pytest.approx(chaos.stationary_variance(coin, 0.1), rel=0.01)


def test_averages_miss_gibbs_by_the_square_of_the_rate():
    f, rates = chaos.wavy_parabola(1e-5), (0.2, 0.1, 0.05, 0.025)
    expected = {0.2: (0.154173, 0.150426), 0.1: (0.124706, 0.123823), 0.05: (0.111993, 0.111774)}
    gaps = []
    for lr in rates:
        operator = chaos.transfer_operator(f, lr, points=3001)
        weights, x, gibbs = chaos.stationary_weights(operator), operator.points, chaos.gibbs_law(f, lr)
        pairs = [(weights @ h(x), gibbs.mean_of(h(gibbs.points))) for h in (lambda x: x, np.square, lambda x: np.cos(3 * x))]
        gaps.append([exact - approximate for exact, approximate in pairs])
        if lr in expected:
            assert pairs[1] == pytest.approx(expected[lr], abs=4e-6)
    orders = np.diff(-np.log2(np.abs(gaps)), axis=0)
    assert np.allclose(orders, 2.0, atol=0.15)


def test_the_tail_of_gibbs_is_too_heavy_by_the_tabulated_factor():
    f = chaos.periodic(1e-5)
    exact = 2 * float(chaos.stationary_law(f, 0.05).cdf(-0.5))
    gibbs = 2 * float(chaos.gibbs_law(f, 0.05).cdf(-0.5))
    assert (exact, gibbs) == pytest.approx((2.50e-6, 7.74e-6), rel=0.01)


def test_bad_routes_are_refused_by_name():
    parabola, plane = chaos.periodic(1e-2), chaos.matyas(1e-2)
    operator = chaos.transfer_operator(parabola, 0.1, points=501)
    for make, message in [
        (lambda: chaos.flip_rate(-1.0), "curvature must be positive and finite, got -1"),
        (lambda: chaos.bifurcation_point(plane, 1, multiplier=-1, near=(0, 1)), "one weight and a period"),
        (lambda: chaos.bifurcation_point(TURNED, 2, multiplier=50.0, near=(0.0, 0.01)), "give a closer guess"),
        (lambda: chaos.pitchfork_rate(1.5), r"eps must lie in \(0, 1\), got 1.5"),
        (lambda: chaos.escape_rate(0.5), r"eps must lie in \(0, 0.2\), got 0.5"),
        (lambda: chaos.find_cycles(parabola, 0.1, 0, box=(-1, 1)), "period must be at least 1, got 0"),
        (lambda: chaos.find_cycles(parabola, 0.1, 1, box=(-1, 1), points=100), r"misses ripples of eps = 0\.01"),
        (lambda: chaos.critical_points(plane, box=(-1, 1)), "one weight expected, the loss has 2"),
        (lambda: chaos.critical_points(parabola, box=(1, -1)), "box must be an interval"),
        (lambda: chaos.orbit_diagram(parabola, [0.1], torch.zeros(1, 1), burn=1, keep=1), "must be float64"),
        (lambda: chaos.horseshoe_branches(0.1, -1.0), "eps must be positive and finite, got -1"),
        (lambda: chaos.horseshoe_branches(0.1, 1.0, curvature=-1), "curvature must be at least 0"),
        (lambda: chaos.horseshoe_rate(0.5), "eps must be below slope / .period . curvature. = 0.1592, got 0.5"),
        (lambda: chaos.large_stretch_entropy(1.0), "the stretch K must be above pi / 2 and finite, got 1"),
        (lambda: chaos.largest_kick(plane), "needs one weight, the loss has 2"),
        (lambda: chaos.transfer_operator(plane, 0.1), "needs one weight, the loss has 2"),
        (lambda: chaos.transfer_operator(parabola, 0.0), "lr must be positive and finite, got 0"),
        (lambda: chaos.transfer_operator(parabola, 0.01, points=501), "the grid is too coarse: .* take points=1"),
        (lambda: chaos.transfer_operator(parabola, 1.9), "the map leaves the box"),
        (lambda: chaos.stationary_weights(chaos.transfer_operator(wells(0.3), 0.1)), "has 2 stationary states"),
        (lambda: chaos.mean_exit_steps(operator, 0.7, interval=(-0.5, 0.5)), "start must lie inside the interval"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()


def test_three_tones_need_a_run_and_a_loss_without_walls_a_box():
    from lrtheory import generator

    with pytest.raises(ValueError, match="one or two tones expected, got 3"):
        chaos.transfer_operator(chaos.random_tones(1e-3, generator(0, "tones"), tones=3), 0.1)

    class Flat:
        dim = 1

        def loss(self, theta, samples=None):
            return (1 + theta[..., 0] ** 2).sqrt()

    gentle = chaos.two_scale(Flat(), 1e-3, amplitudes=[2.0], frequencies=[[1.0]])
    with pytest.raises(ValueError, match="the large-scale slope never exceeds the kicks: give a box"):
        chaos.transfer_operator(gentle, 0.1)


def test_a_trapped_map_never_exits():
    operator = chaos.transfer_operator(wells(0.3), 0.1)
    assert chaos.mean_exit_steps(operator, -1.0, interval=(-math.inf, 0.5)) == math.inf
