"""Kernels of noisy gates against drawn noise, printed ratios, exact arithmetic and their limits."""

import math

import mpmath
import pytest
import torch

from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.gates import (
    frozen_kernel,
    frozen_smode,
    second_difference,
)
from lrtheory.learning_order.theory.smoothing import smoothed_kernel, smoothed_ratio, smoothed_smode
from lrtheory.seeds import generator

MP = mpmath.MPContext()
MP.dps = 50
OTHERS = torch.tensor([[1.0, 0.3, -0.2], [-0.4, 1.5, 0.7]], dtype=torch.float64)


@pytest.mark.parametrize("sigma", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("points", [q_points(0.4), OTHERS], ids=["patterns", "others"])
def test_the_kernel_is_the_mean_over_units_and_two_noises(points, sigma):
    count, draw = 400_000, generator(0, "smoothing", str(sigma))
    weights = torch.randn(count, points.shape[-1], generator=draw, dtype=torch.float64)
    noise = sigma * torch.randn(2, len(points), count, generator=draw, dtype=torch.float64)
    one, other = (points @ weights.mT + noise > 0).double()
    found = (points @ points.mT) * (one @ other.mT) / count
    assert torch.allclose(smoothed_kernel(points, sigma), found, atol=4 * 3 * 0.5 / math.sqrt(count))


@pytest.mark.parametrize(
    ("sigma", "ratio", "rel"),
    [
        (0.02, 0.5318059, 1e-5), (0.05, 0.2086979, 1e-5), (0.1, 0.0578657, 1e-5), (0.2, 0.0106490, 1e-4),
        (0.3, 0.0037019, 1e-4),
    ],
)  # fmt: skip
def test_printed_ratios(sigma, ratio, rel):
    assert float(smoothed_ratio(0.07, sigma)) == pytest.approx(ratio, rel=rel)


@pytest.mark.parametrize("r", [1e-3, 0.07, 0.5, 1.5])
@pytest.mark.parametrize("sigma", [0.0, 1e-3, 0.05, 0.4, 3.0])
def test_the_second_difference_keeps_its_digits(r, sigma):
    a, s = MP.mpf(r), MP.mpf(sigma)
    u, v = 1 + s**2, 1 + a**2 + s**2
    entry = [
        (1, 1, u * u), (-2, 1, u * v), (MP.mpf(1) / 2, 1 + a**2, v * v), (MP.mpf(1) / 2, 1 - a**2, v * v)
    ]  # fmt: skip
    exact = sum(w * p * (0.25 + MP.asin(p / MP.sqrt(n)) / (2 * MP.pi)) for w, p, n in entry)
    assert float(smoothed_smode(r, sigma)) == pytest.approx(
        float(exact), rel=1e-13 + 4e-16 * sigma**2 / r**2
    )


def test_the_second_difference_is_that_of_the_matrix_and_without_noise_the_frozen_one():
    points = q_points(0.6)
    assert torch.allclose(smoothed_kernel(points, 0.0), frozen_kernel(points), rtol=1e-14)
    assert torch.allclose(smoothed_kernel(OTHERS, 0.0), frozen_kernel(OTHERS), rtol=1e-13)
    for sigma in (0.0, 0.2, 1.1):
        found = second_difference(smoothed_kernel(points, sigma))
        assert float(found) == pytest.approx(float(smoothed_smode(0.6, sigma)), abs=1e-15)
    assert float(smoothed_smode(0.6, 0.0)) == pytest.approx(float(frozen_smode(0.6)), rel=1e-14)


def test_formulas_broadcast_and_fall_with_the_noise():
    r = torch.tensor([[0.05], [0.3]], dtype=torch.float64)
    sigma = torch.tensor([0.0, 0.1, 0.5], dtype=torch.float64)
    table = smoothed_ratio(r, sigma)
    assert table.shape == (2, 3)
    assert float(table[1, 2]) == float(smoothed_ratio(0.3, 0.5))
    assert bool((table.diff(dim=1) < 0).all())
    assert torch.allclose(table[:, 0], torch.ones(2).double())
    both = smoothed_kernel(q_points(0.3), sigma)
    assert both.shape == (3, 3, 3)
    assert torch.equal(both[1], smoothed_kernel(q_points(0.3), 0.1))


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_noise_out_of_range_is_refused(bad):
    for formula in (smoothed_smode, smoothed_ratio):
        with pytest.raises(ValueError, match=r"sigma must lie in \[0, inf\)"):
            formula(0.1, bad)
        with pytest.raises(ValueError, match=r"r must lie in \(0, inf\)"):
            formula(0.0, 0.1)
    with pytest.raises(ValueError, match=r"sigma must lie in \[0, inf\)"):
        smoothed_kernel(q_points(0.1), bad)
