"""Laws of norms against exact sums over active neurons, and against drawn networks of a plain loop."""

import math

import numpy as np
import pytest
import torch
from scipy.special import polygamma, psi
from scipy.stats import binom

from lrtheory import generator
from lrtheory.lazy_rnn.theory import norms

DOUBLE = {"dtype": torch.float64}


def exact_log_norm(time, width):
    """Mean and deviation of log |h_l| given that it is not zero: given k active neurons, chi-squared in k."""
    k = np.arange(1, width + 1)
    weight = binom.pmf(k, width, 0.5) / (1 - 0.5**width)
    mean = weight @ psi(k / 2) + math.log(4 / width)
    variance = weight @ (polygamma(1, k / 2) + psi(k / 2) ** 2) - (weight @ psi(k / 2)) ** 2
    return time * mean / 2, math.sqrt(time * variance) / 2


def test_the_untied_law_is_the_exact_one_up_to_the_inverse_width():
    widths = np.array([64, 128, 256, 512])
    miss = []
    for width in widths:
        found, (mean, deviation) = norms.untied_log_norm(7, int(width)), exact_log_norm(7, width)
        miss.append([abs(found.mean / mean - 1), abs(found.deviation / deviation - 1)])
    slopes = np.polyfit(np.log(widths), np.log(miss), 1)[0]
    np.testing.assert_allclose(slopes, -1, atol=0.1)


def chains(width, length, count, shared, source):
    """Log |h_l| of networks without input after a first unit token, shape (count, length)."""
    found = []
    for _ in range(count):
        h = torch.relu(torch.randn(width, generator=source, **DOUBLE) * math.sqrt(2 / width))
        transition, logs = torch.randn(width, width, generator=source, **DOUBLE), [float(h.norm().log())]
        for _ in range(length - 1):
            if not shared:
                transition = torch.randn(width, width, generator=source, **DOUBLE)
            h = torch.relu(transition @ h) * math.sqrt(2 / width)
            logs.append(float(h.norm().log()))
        found.append(logs)
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "length"), [(64, 32), (128, 16)])
def test_drawn_chains_follow_the_untied_law(width, length):
    logs = chains(width, length, 200, False, generator(width, "chains"))[:, -1]
    law = norms.untied_log_norm(length, width)
    assert logs.mean() == pytest.approx(
        law.mean, abs=4 * law.deviation / math.sqrt(200) + abs(law.mean) * 0.05
    )
    assert 0.8 < logs.std(ddof=1) / law.deviation < 1.25


@pytest.mark.slow
def test_sharing_spreads_the_norm_in_proportion_to_the_time():
    logs = chains(64, 64, 100, True, generator(0, "chains"))
    low, high = norms.tied_log_deviation(64, 64)
    assert 0.9 * low < logs[:, -1].std(ddof=1) < 1.1 * high
    assert logs[:, -1].std(ddof=1) / norms.untied_log_norm(64, 64).deviation > 4


@pytest.mark.parametrize("spread", [0.1, 0.7])
@pytest.mark.parametrize("length", [1, 5, 40])
def test_the_sufficient_width_is_the_least_one(length, spread):
    for shared in (True, False):
        width = norms.sufficient_width(length, spread=spread, shared=shared)

        def deviation(m, shared=shared):
            return (
                norms.tied_log_deviation(length, m)[1]
                if shared
                else norms.untied_log_norm(length, m).deviation
            )

        assert deviation(width) <= spread * (1 + 1e-12)
        assert width == 1 or deviation(width - 1) > spread


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_mean_squared_norms_of_drawn_networks(shared):
    width, count, source = 512, 100, generator(3, "networks")
    x = (
        torch.randn(5, 2, generator=source, **DOUBLE)
        * torch.tensor([1.0, 0.3, 2.0, 0.0, 1.0], **DOUBLE)[:, None]
    )
    squares = torch.zeros(count, 5, **DOUBLE)
    for seed in range(count):
        scale, h = math.sqrt(2 / width), torch.zeros(width, **DOUBLE)
        transition = scale * torch.randn(width, width, generator=source, **DOUBLE)
        input_weights = scale * torch.randn(width, 2, generator=source, **DOUBLE)
        for time in range(5):
            if not shared:
                transition = scale * torch.randn(width, width, generator=source, **DOUBLE)
            h = torch.relu(transition @ h + input_weights @ x[time])
            squares[seed, time] = h.square().sum()
    predicted = norms.mean_squared_norm(x[None])[0]
    allowed = 4 * squares.std(0) / math.sqrt(count) + (3 * 25 / width if shared else 0) * predicted
    assert bool(((squares.mean(0) - predicted).abs() <= allowed).all())


@pytest.mark.slow
def test_the_bounds_hold_in_drawn_networks_and_the_printed_one_fails_at_time_one():
    width, length, below_one = 1024, 16, 0
    for seed in range(10):
        source, scale = generator(seed, "bounds"), math.sqrt(2 / width)
        transition = scale * torch.randn(width, width, generator=source, **DOUBLE)
        x = torch.nn.functional.normalize(torch.randn(length, 3, generator=source, **DOUBLE), dim=-1)
        driven = x @ (scale * torch.randn(3, width, generator=source, **DOUBLE))
        h = torch.zeros(width, **DOUBLE)
        for time in range(1, length + 1):
            g = transition @ h + driven[time - 1]
            h, bounds = g.relu(), norms.norm_bounds(time, length)
            slack = 3 * math.sqrt(5 / (4 * width)) if time == 1 else 0
            assert bounds.hidden_low - slack <= float(h.norm()) <= bounds.hidden_high
            assert float(g.norm()) <= bounds.preactivation_high
            below_one += time == 1 and float(h.norm()) < 1
    assert 1 <= below_one <= 9


def test_the_bounds_are_those_of_the_lemma_beyond_time_one():
    assert norms.norm_bounds(5, 8).hidden_low == pytest.approx((31 / 32) ** 4, rel=1e-14)
    assert (norms.norm_bounds(5, 8).hidden_high, norms.norm_bounds(5, 8).preactivation_high) == (12, 24)
    assert norms.norm_bounds(1, 8).hidden_low == pytest.approx(31 / 32, rel=1e-14)  # printed: 1


@pytest.mark.slow
@pytest.mark.parametrize("outputs", [1, 3])
def test_rows_pulled_back_keep_their_norm(outputs):
    width, length, count, source = 512, 6, 40, generator(outputs, "rows")
    squares = torch.zeros(count, length, **DOUBLE)
    for seed in range(count):
        scale, h, gates = math.sqrt(2 / width), torch.zeros(width, **DOUBLE), []
        transition = scale * torch.randn(width, width, generator=source, **DOUBLE)
        driven = scale * torch.randn(length, width, generator=source, **DOUBLE)
        for time in range(length):
            h = torch.relu(transition @ h + driven[time])
            gates.append(h > 0)
        row = torch.randn(width, generator=source, **DOUBLE) / math.sqrt(outputs) * gates[-1]
        squares[seed, 0] = row.square().sum()
        for back in range(1, length):
            row = (row @ transition) * gates[-1 - back]
            squares[seed, back] = row.square().sum()
    predicted = norms.backward_squared_norm(width, outputs)
    allowed = 4 * squares.std(0) / math.sqrt(count) + 3 * length**2 / width * predicted
    assert bool(((squares.mean(0) - predicted).abs() <= allowed).all())
    assert norms.backward_squared_norm(1024, 2) == 256.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: norms.untied_log_norm(0, 8), "time must be at least 1, got 0"),
        (lambda: norms.untied_log_norm(2, 0), "width must be at least 1, got 0"),
        (lambda: norms.tied_log_deviation(1.5, 8), "time must be a whole number"),
        (lambda: norms.tied_log_deviation(1, -8), "width must be at least 1"),
        (lambda: norms.sufficient_width(0, spread=0.1), "length must be at least 1"),
        (lambda: norms.sufficient_width(4, spread=0.0), "spread must be positive and finite, got 0.0"),
        (lambda: norms.sufficient_width(4, spread=math.nan), "spread must be positive and finite, got nan"),
        (lambda: norms.norm_bounds(5, 4), "time must be at most length = 4, got 5"),
        (lambda: norms.norm_bounds(0, 4), "time must be at least 1"),
        (lambda: norms.norm_bounds(1, 0), "length must be at least 1"),
        (lambda: norms.backward_squared_norm(0), "width must be at least 1"),
        (lambda: norms.backward_squared_norm(8, 0), "outputs must be at least 1"),
        (lambda: norms.mean_squared_norm(torch.ones(2, 2)), "inputs must be a float64 tensor"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
