"""Two runs of one problem at two amplitudes, with the same draws, and the dimensions that it stands for."""

import math

import pytest
import torch

from lrtheory.learning_order.models.noise import stationary_noise
from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.rescaling import BlockSetting, effective_dim, literal_dim, rescaled
from lrtheory.seeds import generator

NOISE = float(stationary_noise(1.2, 0.3, 8e-4))
BASE = BlockSetting(amplitude=7.5, lr=0.3, weight_decay=8e-4, tau=1.2, noise=NOISE)


def outputs(setting, *, steps=200, units=2000, seed=0):
    """Outputs at the three patterns of a block that descends with noise on them alone, at every step."""
    draw, points = generator(seed, "rescaling"), q_points(0.07)
    normal = lambda: torch.randn(units, 2, generator=draw, dtype=torch.float64)  # noqa: E731
    v = setting.tau * normal()
    signs = torch.where(torch.rand(units, generator=draw) < 0.5, 1.0, -1.0).double()
    signs *= setting.amplitude / math.sqrt(units)
    labels, shares = torch.tensor([1.0, -1.0, -1.0]).double(), torch.tensor([0.5, 0.25, 0.25]).double()
    kept = []
    for _ in range(steps):
        before = v @ points.mT
        g = signs @ before.relu()
        kept.append(g)
        pull = -labels * shares * torch.sigmoid(-labels * g)
        gradient = signs[:, None] * ((before > 0).double() * pull) @ points
        v = (1 - setting.lr * setting.weight_decay) * v - setting.lr * (gradient + setting.noise * normal())
    return torch.stack(kept)


@pytest.mark.parametrize("amplitude", [1.0, 20.0])
def test_outputs_of_both_amplitudes_agree_at_every_step(amplitude):
    found = outputs(BASE)
    assert float(found.diff(dim=0).abs().max()) > 0.1
    assert float((found - outputs(rescaled(BASE, amplitude))).abs().max()) < 1e-9


def test_rescaling_keeps_what_is_free_of_units_and_can_be_undone():
    there = rescaled(BASE, 2.0)
    assert there.lr * there.weight_decay == pytest.approx(BASE.lr * BASE.weight_decay)
    assert there.amplitude * there.tau == pytest.approx(BASE.amplitude * BASE.tau)
    assert float(stationary_noise(there.tau, there.lr, there.weight_decay)) == pytest.approx(there.noise)
    back = rescaled(there, 7.5)
    for name in ("amplitude", "lr", "weight_decay", "tau", "noise"):
        assert getattr(back, name) == pytest.approx(getattr(BASE, name), rel=1e-14)
    assert rescaled(BASE).amplitude == 1.0


def test_the_dimensions_that_a_setting_stands_for():
    assert effective_dim(7.5, 200) == 11250
    assert effective_dim(3.0, 10) == 90
    assert literal_dim(10.0) == pytest.approx(1e4)
    dim = literal_dim(787.5)
    assert dim == pytest.approx(4e11, rel=0.05)
    assert dim ** (-3 / 4) * dim == pytest.approx(787.5)


def test_numbers_out_of_range_are_refused():
    fine = {"amplitude": 1.0, "lr": 1.0, "weight_decay": 0.0, "tau": 1.0, "noise": 0.0}
    for name in ("amplitude", "lr"):
        with pytest.raises(ValueError, match=f"{name} must be positive and finite, got 0"):
            BlockSetting(**(fine | {name: 0}))
    for name in ("weight_decay", "tau", "noise"):
        for bad in (-1.0, math.inf, math.nan):
            with pytest.raises(ValueError, match=f"{name} must be finite and at least 0, got {bad}"):
                BlockSetting(**(fine | {name: bad}))
    for formula in (literal_dim, lambda a: effective_dim(a, 10.0), lambda a: rescaled(BASE, a)):
        with pytest.raises(ValueError, match="must be positive and finite, got 0"):
            formula(0.0)
    with pytest.raises(ValueError, match="dim must be positive"):
        effective_dim(1.0, 0.0)
