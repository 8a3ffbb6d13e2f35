"""Laws of the noise and of flipped gates against recursions, drawn weights and printed values."""

import math

import pytest
import torch

from lrtheory.learning_order.models.noise import stationary_noise
from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.flips import (
    gate_correlation,
    gate_flip_rate,
    noise_deviation,
    refresh_time,
    wedge_share,
)
from lrtheory.seeds import generator

RATIO = 0.07302529  # tau_xi / tau at lr 0.3, weight decay 8e-4


def walked(steps, tau, lr, weight_decay, noise):
    """Variance after some steps, and overlap with the start, one step after the other."""
    variance, overlap = tau**2, 1.0
    for _ in range(steps):
        variance = (1 - lr * weight_decay) ** 2 * variance + lr**2 * noise**2
        overlap *= 1 - lr * weight_decay
    return variance, overlap


def drawn_weights(times, lr, weight_decay, noise, *, tau, count, name):
    """Weights of many units in the plane, at the start and at some times."""
    draw = generator(0, "flips", name)
    start = tau * torch.randn(count, 2, generator=draw)
    now, kept = start.clone(), {}
    for step in range(1, max(times) + 1):
        now.mul_(1 - lr * weight_decay).add_(torch.randn(count, 2, generator=draw), alpha=-lr * noise)
        if step in times:
            kept[step] = now.clone()
    return start, kept


def test_the_printed_level_of_the_noise():
    assert float(stationary_noise(1.0, 0.3, 8e-4)) == pytest.approx(0.07302529, abs=1e-8)
    assert float(stationary_noise(1.2, 0.3, 8e-4)) == pytest.approx(0.0876304, abs=1e-7)
    assert float(stationary_noise(0.35, 0.3, 8e-4)) == pytest.approx(0.0255589, abs=1e-7)


@pytest.mark.parametrize(("tau", "lr", "decay"), [(0.7, 0.3, 0.05), (1.3, 2.0, 0.4), (1.0, 1.0, 1.7)])
def test_one_step_of_stationary_noise_keeps_the_variance(tau, lr, decay):
    noise = float(stationary_noise(tau, lr, decay))
    assert (1 - lr * decay) ** 2 * tau**2 + lr**2 * noise**2 == pytest.approx(tau**2, rel=1e-14)
    assert float(noise_deviation(9, tau, lr, decay, noise=noise)) == pytest.approx(tau, rel=1e-13)


@pytest.mark.parametrize("decay", [0.0, 1e-9, 0.03, 1 / 0.4, 1.9 / 0.4])
@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_laws_are_those_of_the_recursion(steps, decay):
    tau, lr, noise = 0.6, 0.4, 0.9
    variance, overlap = walked(steps, tau, lr, decay, noise)
    assert float(noise_deviation(steps, tau, lr, decay, noise=noise)) == pytest.approx(
        math.sqrt(variance), rel=1e-13
    )
    correlation = overlap * tau / math.sqrt(variance)
    found = gate_correlation(steps, lr, decay, noise_ratio=noise / tau)
    assert float(found) == pytest.approx(correlation, rel=1e-12, abs=1e-15)
    flipped = gate_flip_rate(steps, lr, decay, noise_ratio=noise / tau)
    assert float(flipped) == pytest.approx(math.acos(min(correlation, 1.0)) / math.pi, rel=1e-9)
    held = (1 - lr * decay) ** steps
    assert float(gate_correlation(steps, lr, decay)) == pytest.approx(held, rel=1e-12, abs=1e-15)
    assert float(gate_flip_rate(steps, lr, decay)) == pytest.approx(math.acos(held) / math.pi, abs=2e-8)


@pytest.mark.parametrize(
    ("steps", "share"), [(200, 0.09784), (400, 0.13726), (1000, 0.21184), (2000, 0.28764), (4000, 0.37494)]
)
def test_printed_shares_of_flipped_gates(steps, share):
    assert float(gate_flip_rate(steps, 0.3, 8e-4)) == pytest.approx(share, abs=1e-5)


def test_printed_shares_of_a_small_rate_with_the_noise_of_a_large_one():
    for steps, share in ((1000, 0.008861), (4000, 0.017967)):
        found = gate_flip_rate(steps, 0.012, 8e-4, noise_ratio=RATIO)
        assert float(found) == pytest.approx(share, abs=1e-6)


def test_without_decay_the_noise_accumulates_as_printed():
    noise = float(stationary_noise(1.0, 0.3, 8e-4))
    assert float(noise_deviation(8000, 1.0, 0.3, 0.0, noise=noise)) == pytest.approx(2.1999, abs=1e-4)
    assert float(noise_deviation(8000, 1.0, 0.3, 8e-4, noise=noise)) == pytest.approx(1, rel=1e-12)


def test_few_flips_keep_their_digits():
    first = float(gate_flip_rate(1, 0.3, 1e-12))
    assert first == pytest.approx(math.sqrt(2 * 0.3e-12) / math.pi, rel=1e-9)


@pytest.mark.parametrize(("lr", "noise"), [(0.3, None), (0.1, 0.2), (0.3, 0.02)])
def test_gates_of_drawn_weights_flip_by_the_law(lr, noise):
    decay, tau, count = 0.01, 1.2, 40_000
    size = float(stationary_noise(tau, lr, decay)) if noise is None else noise
    start, kept = drawn_weights((5, 40, 150), lr, decay, size, tau=tau, count=count, name=f"{lr} {noise}")
    points = q_points(0.3).float()
    for steps, now in kept.items():
        found = ((start @ points.mT > 0) != (now @ points.mT > 0)).float().mean()
        law = gate_flip_rate(steps, lr, decay, noise_ratio=None if noise is None else noise / tau)
        assert float(found) == pytest.approx(float(law), abs=4 * math.sqrt(float(law) / count))
        spread = noise_deviation(steps, tau, lr, decay, noise=size)
        assert float(now.std()) == pytest.approx(float(spread), rel=0.015)
        moment = float((start * now).mean() / (start.std() * now.std()))
        rho = gate_correlation(steps, lr, decay, noise_ratio=None if noise is None else noise / tau)
        assert moment == pytest.approx(float(rho), abs=0.02)


@pytest.mark.slow
def test_gates_flip_by_the_law_at_the_printed_setting():
    size = float(stationary_noise(1.2, 0.3, 8e-4))
    times = (200, 400, 1000, 2000, 4000)
    start, kept = drawn_weights(times, 0.3, 8e-4, size, tau=1.2, count=100_000, name="printed")
    points = q_points(0.07).float()
    for steps, now in kept.items():
        found = ((start @ points.mT > 0) != (now @ points.mT > 0)).float().mean()
        assert float(found) == pytest.approx(float(gate_flip_rate(steps, 0.3, 8e-4)), abs=0.004)
    assert float(now.std()) == pytest.approx(1.2, rel=0.01)


def test_the_wedge_is_the_share_of_units_that_see_one_of_the_two():
    assert float(wedge_share(0.07)) == pytest.approx(0.04449, abs=5e-6)
    weights = torch.randn(200_000, 2, generator=generator(0, "wedge"))
    for r in (0.07, 0.8):
        gates = weights @ q_points(r).float().mT > 0
        found = (gates[:, 1] != gates[:, 2]).float().mean()
        assert float(found) == pytest.approx(float(wedge_share(r)), abs=4 * math.sqrt(0.5 / 200_000))


def test_the_refresh_time_is_when_weights_have_turned_by_the_wedge():
    assert float(refresh_time(0.07, 0.3, 8e-4)) == pytest.approx(10.208, abs=1e-3)
    for r, lr, decay in ((0.07, 0.3, 8e-4), (0.02, 0.1, 1e-4)):
        time = float(refresh_time(r, lr, decay))
        assert math.acos(float(gate_correlation(time, lr, decay))) == pytest.approx(r, rel=1e-2)


def test_laws_broadcast():
    steps, lr = torch.tensor([[1.0], [5.0], [9.0]]), torch.tensor([0.1, 0.2], dtype=torch.float64)
    for law in (gate_flip_rate, gate_correlation):
        table = law(steps, lr, 0.3)
        assert table.shape == (3, 2)
        assert float(table[2, 0]) == float(law(9, 0.1, 0.3))
        mixed = law(9, 0.1, 0.3, noise_ratio=lr)
        assert float(mixed[1]) == float(law(9, 0.1, 0.3, noise_ratio=0.2))
    table = noise_deviation(steps, 1.0, lr, torch.zeros(3, 1, dtype=torch.float64), noise=0.5)
    assert float(table[1, 1]) == float(noise_deviation(5, 1.0, 0.2, 0.0, noise=0.5))


def test_numbers_out_of_range_are_refused():
    for law in (gate_flip_rate, gate_correlation):
        with pytest.raises(ValueError, match=r"lr \* weight_decay must lie in \[0, 2\), got 2; lower lr or"):
            law(3, 4.0, 0.5)
        with pytest.raises(ValueError, match=r"steps must lie in \[0, inf\), got -1"):
            law(-1, 0.3, 0.5)
        with pytest.raises(ValueError, match=r"noise_ratio must lie in \[0, inf\), got -1"):
            law(1, 0.3, 0.5, noise_ratio=-1.0)
        with pytest.raises(ValueError, match=r"weight_decay must lie in \[0, inf\), got -0.5"):
            law(1, 0.3, -0.5)
    for call in (
        lambda: gate_correlation(1, 0.0, 0.1), lambda: gate_flip_rate(1, 0.0, 0.1),
        lambda: noise_deviation(1, 1.0, 0.0, 0.1, noise=1.0), lambda: refresh_time(0.1, 0.0, 0.1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"lr must lie in \(0, inf\), got 0"):
            call()
    with pytest.raises(ValueError, match=r"tau must lie in \[0, inf\), got -1"):
        noise_deviation(1, -1.0, 0.5, 0.5, noise=1.0)
    with pytest.raises(ValueError, match=r"noise must lie in \[0, inf\), got -1"):
        noise_deviation(1, 1.0, 0.5, 0.5, noise=-1.0)
    with pytest.raises(ValueError, match=r"weight_decay must lie in \(0, inf\), got 0; without weight decay"):
        refresh_time(0.1, 0.3, 0.0)
    for formula in (wedge_share, lambda r: refresh_time(r, 0.3, 0.1)):
        with pytest.raises(ValueError, match=r"r must lie in \(0, inf\), got 0"):
            formula(0.0)
