"""Rates at the start against drawn networks, and numbers of a setting that are known."""

import dataclasses
import math

import pytest
import torch

from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.gates import frozen_kernel
from lrtheory.learning_order.theory.rates import (
    leak_number,
    p_start_rate,
    q_start_rate,
    start_force,
    stiff_mode_limit,
)
from lrtheory.learning_order.theory.regimes import Regime
from lrtheory.seeds import generator

BASE = Regime(
    dim=200, r=0.07, amplitude=7.5, weight_decay=8e-4, tau=1.2, width=300_000, alpha_from=0.5, p_only=0.03,
    q_only=0.3,
)  # fmt: skip
SHARES, LABELS = torch.tensor([0.5, 0.25, 0.25]).double(), torch.tensor([1.0, -1.0, -1.0]).double()


def test_printed_numbers_of_the_base_setting():
    assert BASE.order_parameter == pytest.approx(787.5)
    assert BASE.leak_number == pytest.approx(2.559, abs=1e-3)
    assert BASE.leak == pytest.approx(0.48, abs=2e-3)
    assert BASE.memorization_cap == pytest.approx(7.7, abs=0.02)
    assert BASE.odd_noise == pytest.approx(0.45, abs=5e-3)
    assert BASE.p_rate == pytest.approx(0.404 * 0.7 / 200, rel=1e-3)
    assert BASE.q_rate == pytest.approx(7.5**2 * 1.11772e-2 * 0.1875 * 0.97, rel=1e-5)
    assert stiff_mode_limit(7.5, alpha_from=0.5) == pytest.approx(0.49, abs=3e-3)
    assert stiff_mode_limit(7.5, alpha_from=0.5, p_only=1.0) == math.inf


@pytest.mark.parametrize(("r", "alpha_from", "p_only"), [(0.2, 0.5, 0.1), (0.5, 0.0, 0.4)])
def test_the_q_rate_is_the_slope_of_drawn_units(r, alpha_from, p_only):
    amplitude, units = 1.7, 400_000
    weights = torch.randn(units, 2, generator=generator(0, "q rate"), dtype=torch.float64)
    points = q_points(r)
    gates = (weights @ points.mT > 0).double()
    force = LABELS * SHARES * (1 + alpha_from) / 2 / 2 * (1 - p_only)  # of a loss of log 2
    kernel = amplitude**2 * (points @ points.mT) * (gates.mT @ gates) / units
    s = torch.tensor([1.0, -0.5, -0.5]).double()
    found = float(s @ kernel @ force)
    law = q_start_rate(r, amplitude=amplitude, alpha_from=alpha_from, p_only=p_only)
    assert found == pytest.approx(law, rel=0.02)
    assert start_force(alpha_from) == pytest.approx(float(force[0]) / (1 - p_only))


@pytest.mark.parametrize(("dim", "q_only"), [(300, 0.3), (600, 0.0)])
def test_the_p_rate_is_the_slope_of_a_drawn_network(dim, q_only):
    draw, units, count = generator(0, "p rate", dim), 400, 20_000
    x = torch.randn(count + 500, dim, generator=draw, dtype=torch.float64) / math.sqrt(dim)
    x[:, 0] = x[:, 0].abs() + 1 / math.sqrt(dim)
    x *= torch.where(torch.rand(len(x), 1, generator=draw) < 0.5, 1.0, -1.0).double()
    labels = x[:, 0].sign()
    weights = torch.randn(units, dim, generator=draw, dtype=torch.float64)
    train, test = x[:count], x[count:]
    pull = (labels[:count, None] * train * (1 - q_only)).mT / (2 * count)
    step = (train @ weights.mT > 0).double().mT @ pull.mT / units
    grown = ((test @ weights.mT > 0) * (test @ step.mT)).sum(1)
    assert float((labels[count:] * grown).mean()) == pytest.approx(p_start_rate(dim, q_only=q_only), rel=0.15)


@pytest.mark.parametrize("alpha_from", [0.0, 0.5, 1.0])
def test_the_limit_of_the_stiff_mode_is_two_over_the_top_curvature(alpha_from):
    r, amplitude, p_only = 1e-3, 3.0, 0.2
    alpha = torch.linspace(alpha_from, 1, 200_001).double()
    root = (SHARES * (1 - p_only) * alpha.square().mean() / 4).sqrt()
    curvature = root[:, None] * amplitude**2 * frozen_kernel(q_points(r)) * root
    edge = 2 / float(torch.linalg.eigvalsh(curvature)[-1])
    assert stiff_mode_limit(amplitude, alpha_from=alpha_from, p_only=p_only) == pytest.approx(edge, rel=2e-3)


def test_the_spread_of_the_odd_part_is_that_of_drawn_blocks():
    draw, regime = generator(0, "odd"), dataclasses.replace(BASE, width=2000, r=0.2, tau=0.6, amplitude=3.0)
    weights = regime.tau * torch.randn(400, regime.width, 2, generator=draw)
    signs = torch.where(torch.rand(400, regime.width, generator=draw) < 0.5, 1.0, -1.0)
    outputs = (weights @ q_points(regime.r).float().mT).relu()
    g = regime.amplitude / math.sqrt(regime.width) * (signs[..., None] * outputs).sum(1)
    assert float((g[:, 1] - g[:, 2]).std() / 2) == pytest.approx(regime.odd_noise, rel=0.15)


def test_the_leak_number_scales_as_it_says():
    assert leak_number(2.0, 0.1, 0.01) == pytest.approx(4e-3 / (0.03 * math.pi))


def test_numbers_out_of_range_are_refused():
    for name in ("dim", "r", "amplitude", "weight_decay", "tau", "width"):
        with pytest.raises(ValueError, match=f"{name} must be positive and finite, got 0"):
            dataclasses.replace(BASE, **{name: 0})
    for name in ("alpha_from", "p_only", "q_only"):
        with pytest.raises(ValueError, match=rf"{name} must lie in \[0, 1\], got 1.5"):
            dataclasses.replace(BASE, **{name: 1.5})
    for call in (
        lambda: q_start_rate(0.1, p_only=-0.1), lambda: stiff_mode_limit(1.0, p_only=-0.1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"p_only must lie in \[0, 1\], got -0.1"):
            call()
    for call in (
        lambda: start_force(-1.0), lambda: stiff_mode_limit(1.0, alpha_from=-1.0),
        lambda: q_start_rate(0.1, alpha_from=-1.0),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"alpha_from must lie in \[0, 1\], got -1"):
            call()
    with pytest.raises(ValueError, match=r"q_only must lie in \[0, 1\], got 2"):
        p_start_rate(10, q_only=2.0)
    with pytest.raises(ValueError, match="dim must be positive"):
        p_start_rate(0)
    for place, name in enumerate(("amplitude", "r", "weight_decay")):
        with pytest.raises(ValueError, match=f"{name} must be positive"):
            leak_number(*(0.0 if k == place else 1.0 for k in range(3)))
    for call in (lambda: q_start_rate(0.1, amplitude=0.0), lambda: stiff_mode_limit(0.0)):
        with pytest.raises(ValueError, match="amplitude must be positive"):
            call()
