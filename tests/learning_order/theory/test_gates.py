"""The three kernels of gates against drawn weights, quadrature, printed values, and exact arithmetic."""

import math

import mpmath
import pytest
import torch

from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.gates import (
    averaged_kernel,
    averaged_smode,
    cross_time_kernel,
    cross_time_smode,
    frozen_kernel,
    frozen_smode,
    second_difference,
)
from lrtheory.seeds import generator

MP = mpmath.MPContext()
MP.dps = 50
COUNT = 400_000
OTHERS = torch.tensor([[1.0, 0.3, -0.2], [-0.4, 1.5, 0.7], [0.9, 0.2, -0.1], [0.0, -1.0, 0.4]]).double()


def drawn(rho, points, name):
    """Pre-activations at two times whose weights are correlated by rho, (n, COUNT) each."""
    first, fresh = torch.randn(
        2, COUNT, points.shape[-1], generator=generator(0, "gates", name), dtype=torch.float64
    )
    return (points @ each.mT for each in (first, rho * first + math.sqrt(1 - rho**2) * fresh))


def s_of(entries):
    """Second difference from the five different entries, in exact arithmetic."""
    return entries["00"] - 2 * entries["0+"] + entries["++"] / 2 + entries["+-"] / 2


def exact_pairs(r):
    r = MP.mpf(r)
    angle = MP.atan(r)
    return {
        "00": (1, 0, 1), "0+": (1, angle, MP.sqrt(1 + r**2)), "++": (1 + r**2, 0, 1 + r**2),
        "+-": (1 - r**2, 2 * angle, 1 + r**2),
    }


@pytest.mark.parametrize("rho", [1.0, 0.97, 0.4, 0.0, -0.6])
@pytest.mark.parametrize("points", [q_points(0.3), OTHERS], ids=["patterns", "others"])
def test_the_kernel_of_two_times_is_the_mean_over_drawn_gates(rho, points):
    one, other = drawn(rho, points, str(rho))
    both = (one > 0).double() @ (other > 0).double().mT / COUNT
    assert torch.allclose(
        cross_time_kernel(points, rho), (points @ points.mT) * both, atol=4 * 3.5 * 0.5 / math.sqrt(COUNT)
    )


@pytest.mark.parametrize("points", [q_points(0.3), OTHERS], ids=["patterns", "others"])
def test_the_averaged_kernel_is_the_covariance_of_drawn_relus(points):
    relu = next(iter(drawn(1.0, points, "relu"))).relu()
    second = relu @ relu.mT / COUNT
    mean = relu.mean(1)
    assert torch.allclose(averaged_kernel(points, centered=False), second, atol=0.02)
    assert torch.allclose(averaged_kernel(points), second - mean[:, None] * mean, atol=0.02)


@pytest.mark.parametrize("points", [q_points(0.07), OTHERS], ids=["patterns", "others"])
def test_the_averaged_kernel_is_the_mean_of_the_cross_time_kernels(points):
    node = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    mean = torch.stack([cross_time_kernel(points, some).mean(0) for some in node.split(50_000)]).mean(0)
    assert torch.allclose(averaged_kernel(points), mean, rtol=0, atol=2e-6)


def test_printed_entries_of_the_averaged_kernel():
    kernel = averaged_kernel(q_points(0.07))
    found = [float(kernel[k]) for k in ((0, 0), (0, 1), (1, 1), (1, 2))]
    assert found == pytest.approx([0.340845, 0.340474, 0.342515, 0.337760], abs=6e-7)


@pytest.mark.parametrize(
    ("r", "value"), [(0.3, 5.05616e-2), (0.2, 3.26731e-2), (0.1, 1.602139e-2), (0.07, 1.117720e-2)]
)
def test_printed_second_differences_of_the_frozen_kernel(r, value):
    assert float(frozen_smode(r)) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(("r", "value"), [(0.3, 2.506564e-3), (0.1, 1.019329e-4), (0.07, 3.540485e-5)])
def test_printed_second_differences_of_the_averaged_kernel(r, value):
    assert float(averaged_smode(r)) == pytest.approx(value, rel=1e-5)


def test_limits_of_small_r():
    r = 0.02
    assert float(frozen_smode(r) / (r / (2 * math.pi))) == pytest.approx(1.000267, abs=1e-5)
    assert float(averaged_smode(0.1, centered=False)) == pytest.approx(1.058920e-4, rel=1e-5)
    cube = r**3 / (3 * math.pi)
    assert float(averaged_smode(r, centered=False) / cube) == pytest.approx(0.99992, abs=1e-5)
    assert float(averaged_smode(r) / cube) == pytest.approx(1 - 3 * r / 8, abs=1e-4)
    assert float(averaged_smode(r) / frozen_smode(r)) == pytest.approx(2 / 3 * r**2, rel=0.01)


@pytest.mark.parametrize("r", [1e-4, 1e-2, 0.07, 0.0999, 0.1001, 0.3, 1.0, 2.5])
def test_second_differences_keep_their_digits(r):
    pairs = exact_pairs(r)
    frozen = s_of({k: p * (MP.pi - a) / (2 * MP.pi) for k, (p, a, _) in pairs.items()})
    raw = s_of(
        {k: n * (MP.sin(a) + (MP.pi - a) * MP.cos(a)) / (2 * MP.pi) for k, (_, a, n) in pairs.items()}
    )
    mean = s_of({k: n / (2 * MP.pi) for k, (_, _, n) in pairs.items()})
    assert float(frozen_smode(r)) == pytest.approx(float(frozen), rel=1e-13)
    assert float(averaged_smode(r, centered=False)) == pytest.approx(float(raw), rel=1e-12)
    assert float(averaged_smode(r)) == pytest.approx(float(raw - mean), rel=1e-12)
    for rho in (0.0, 0.3, 0.99, 1 - 1e-6, 1.0):
        x = MP.mpf(rho)
        crossed = s_of(
            {k: p * (0.25 + MP.asin(x * MP.cos(a)) / (2 * MP.pi)) for k, (p, a, _) in pairs.items()}
        )
        loss = 1e-12 if rho == 1 else 1e-12 + 4e-16 / r**2
        assert float(cross_time_smode(r, rho)) == pytest.approx(float(crossed), rel=loss, abs=1e-30)


@pytest.mark.parametrize("r", [0.05, 0.3, 1.2])
def test_second_differences_are_those_of_the_matrices(r):
    points = q_points(r)
    for kernel, smode in (
        (frozen_kernel(points), frozen_smode(r)),
        (averaged_kernel(points), averaged_smode(r)),
        (averaged_kernel(points, centered=False), averaged_smode(r, centered=False)),
        (cross_time_kernel(points, 0.9), cross_time_smode(r, 0.9)),
    ):
        assert float(second_difference(kernel)) == pytest.approx(float(smode), abs=1e-15)


def test_second_difference_weighs_the_midpoint_twice_as_much_as_its_neighbors():
    kernel = torch.tensor([[7.0, 2.0, 3.0], [5.0, 11.0, 4.0], [1.0, 6.0, 13.0]])
    assert float(second_difference(kernel)) == 7 - (2 + 3 + 5 + 1) / 2 + (11 + 4 + 6 + 13) / 4
    line = torch.tensor([1.0, 1.3, 0.7])
    assert float(second_difference(line[:, None] * line)) == pytest.approx(0, abs=1e-6)


def test_formulas_broadcast():
    r, rho = torch.tensor([0.05, 0.3], dtype=torch.float64), torch.tensor([[1.0], [0.5], [0.0]]).double()
    table = cross_time_smode(r, rho)
    assert table.shape == (3, 2)
    assert float(table[1, 0]) == float(cross_time_smode(0.05, 0.5))
    both = torch.stack([q_points(0.05), q_points(0.3)])
    whole = cross_time_kernel(both, rho)
    assert whole.shape == (3, 2, 3, 3)
    assert torch.equal(whole[1, 1], cross_time_kernel(q_points(0.3), 0.5))
    assert torch.equal(averaged_kernel(both)[0], averaged_kernel(q_points(0.05)))


def test_a_point_at_the_origin_is_seen_by_no_kernel():
    points = torch.tensor([[0.0, 0.0], [1.0, 2.0]]).double()
    for kernel in (frozen_kernel(points), averaged_kernel(points), cross_time_kernel(points, 0.5)):
        assert torch.equal(kernel[0], torch.zeros(2).double())
        assert float(kernel[1, 1]) > 0.3


@pytest.mark.parametrize("bad", [0.0, -0.1, math.nan, math.inf, True, "1"])
def test_lengths_that_are_no_lengths_are_refused(bad):
    for formula in (frozen_smode, averaged_smode):
        with pytest.raises(ValueError, match=r"r must lie in \(0, inf\)"):
            formula(bad)
    with pytest.raises(ValueError, match=r"r must lie in \(0, inf\)"):
        cross_time_smode(bad, 0.5)


def test_other_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"rho must lie in \[-1, 1\], got 1.01"):
        cross_time_kernel(q_points(0.1), 1.01)
    with pytest.raises(ValueError, match=r"rho must lie in \[0, 1\], got -0.5"):
        cross_time_smode(0.1, torch.tensor([0.2, -0.5]))
    with pytest.raises(ValueError, match=r"shape \(..., 3, 3\) of three patterns, got \(2, 2\)"):
        second_difference(torch.eye(2))
    for kernel in (frozen_kernel, averaged_kernel):
        with pytest.raises(ValueError, match="points must be a tensor"):
            kernel(torch.ones(3))
        with pytest.raises(ValueError, match=r"points must lie in \(-inf, inf\), got nan"):
            kernel(torch.full((2, 2), math.nan))
