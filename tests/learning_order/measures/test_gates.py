"""Measures of gates against sums unit by unit, the laws of Gaussian weights, and cases made by hand."""

import math

import pytest
import torch

from lrtheory.learning_order.measures.gates import (
    cka,
    cross_kernel_ratio,
    cross_kernel_smode,
    pattern_flip_rate,
    wedge_fraction,
)
from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.flips import wedge_share
from lrtheory.learning_order.theory.gates import cross_time_smode, frozen_smode
from lrtheory.seeds import generator


def correlated(rho, count, *shape):
    draw = generator(0, "measures of gates", str(rho))
    first, fresh = torch.randn(2, *shape, count, 2, generator=draw, dtype=torch.float64)
    return first, rho * first + math.sqrt(1 - rho**2) * fresh


@pytest.mark.parametrize("r", [0.3, 1.4])
def test_all_measures_are_sums_over_units_and_patterns(r):
    before, after = correlated(0.6, 50, 2)
    points, s = q_points(r), torch.tensor([1.0, -0.5, -0.5]).double()
    for k in range(2):
        one, other = (each[k] @ points.mT > 0 for each in (before, after))
        kernel = sum((points @ points.mT) * a[:, None] * b for a, b in zip(one, other, strict=True)) / 50
        assert float(cross_kernel_smode(before, after, r)[k]) == pytest.approx(float(s @ kernel @ s))
        flips = sum(int(a != b) for a, b in zip(one.ravel(), other.ravel(), strict=True)) / 150
        assert float(pattern_flip_rate(before, after, r)[k]) == pytest.approx(flips)
        split = sum(int(a[1] != a[2]) for a in one) / 50
        assert float(wedge_fraction(before, r)[k]) == pytest.approx(split)


@pytest.mark.parametrize("rho", [1.0, 0.98, 0.3])
def test_gaussian_weights_follow_the_laws(rho):
    r, count = 0.25, 300_000
    before, after = correlated(rho, count)
    assert float(pattern_flip_rate(before, after, r)) == pytest.approx(math.acos(rho) / math.pi, abs=3e-3)
    assert float(wedge_fraction(before, r)) == pytest.approx(float(wedge_share(r)), abs=3e-3)
    noise = 4 * r / math.sqrt(count)
    law = float(cross_time_smode(r, rho))
    assert float(cross_kernel_smode(before, after, r)) == pytest.approx(law, abs=noise)
    ratio = law / float(frozen_smode(r))
    assert float(cross_kernel_ratio(before, after, r)) == pytest.approx(ratio, abs=0.03)


def test_what_flips_is_counted_by_pattern():
    before = torch.tensor([[1.0, 0.0], [-1.0, 3.0]])
    after = torch.tensor([[1.0, -3.0], [-1.0, 3.0]])  # the first unit loses z + zeta alone, at r = 1/2
    assert float(pattern_flip_rate(before, after, 0.5)) == pytest.approx(1 / 6)
    assert float(wedge_fraction(before, 0.5)) == 0.5
    assert float(wedge_fraction(after, 0.5)) == 1.0
    assert float(wedge_fraction(after, 0.1)) == 0.0
    # The second unit is open for z + zeta alone: a = -(1, 1/2) / 2; the first sees nothing before.
    assert float(cross_kernel_smode(before, after, 0.5)) == pytest.approx(1.25 / 4 / 2)
    # After, the first is open for z and z - zeta: a = (1, 0) - (1, -1/2) / 2.
    assert float(cross_kernel_smode(after, after, 0.5)) == pytest.approx((1.25 / 4 + 0.25 + 1 / 16) / 2)


def test_a_block_without_units_in_the_wedge_has_no_ratio():
    open_ = torch.tensor([[1.0, 0.0]])
    assert math.isnan(float(cross_kernel_ratio(open_, open_, 0.1)))
    assert float(cross_kernel_smode(open_, open_, 0.1)) == 0


def test_alignment_is_blind_to_scale_and_to_what_is_common():
    draw = generator(0, "cka")
    x, y = torch.randn(2, 3, 6, 4, generator=draw, dtype=torch.float64)
    one, other = x @ x.mT, y @ y.mT
    found = cka(one, other)
    assert found.shape == (3,)
    center = torch.eye(6).double() - 1 / 6
    a, b = center @ one[1] @ center, center @ other[1] @ center
    expected = torch.trace(a @ b) / torch.sqrt(torch.trace(a @ a) * torch.trace(b @ b))
    assert float(found[1]) == pytest.approx(float(expected), rel=1e-12)
    shift = torch.randn(6, 1, generator=draw, dtype=torch.float64)
    assert torch.allclose(cka(one, 3 * other + shift + shift.mT + 2), found)
    assert torch.allclose(cka(one, one), torch.ones(3).double())
    assert torch.allclose(cka(one, -one), -torch.ones(3).double())


def test_a_gate_at_zero_is_closed():
    nothing, along = torch.zeros(1, 2), torch.tensor([[1.0, 0.0]])
    assert pattern_flip_rate(nothing, along, 0.1) == 1
    assert pattern_flip_rate(nothing, torch.tensor([[0.0, 1.0]]), 0.1) == pytest.approx(1 / 3)
    assert pattern_flip_rate(nothing, torch.tensor([[0.0, -1.0]]), 0.1) == pytest.approx(1 / 3)


def test_nonsense_is_refused():
    weights = torch.ones(3, 2)
    for measure in (pattern_flip_rate, cross_kernel_smode, cross_kernel_ratio):
        with pytest.raises(ValueError, match=r"one shape \(..., m, 2\), got \(3, 2\) and \(4, 2\)"):
            measure(weights, torch.ones(4, 2), 0.1)
        with pytest.raises(ValueError, match="r must be positive and finite, got 0"):
            measure(weights, weights, 0.0)
        with pytest.raises(ValueError, match=r"weights must have the shape \(..., m, 2\), got \(3, 3\)"):
            measure(torch.ones(3, 3), torch.ones(3, 3), 0.1)
    with pytest.raises(ValueError, match=r"weights must have the shape \(..., m, 2\), got \(2,\)"):
        wedge_fraction(torch.ones(2), 0.1)
    with pytest.raises(ValueError, match="r must be positive and finite, got -1"):
        wedge_fraction(weights, -1.0)
    wide, flat = torch.ones(2, 3), torch.ones(2)
    for one, other in ((torch.eye(2), torch.eye(3)), (wide, wide), (flat, flat)):
        with pytest.raises(ValueError, match=r"square tables \(..., n, n\) of one shape"):
            cka(one, other)
