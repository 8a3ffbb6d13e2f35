"""The adversary flips as many gates as the formula says, and no update of its size flips more."""

import itertools
import math

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.theory.adversary import adversarial_flips, adversarial_update, cheapest_flips

DOUBLE = {"dtype": torch.float64}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed, "preactivations"), **DOUBLE)


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_counts_for_independent_preactivations(tau):
    width = 8192
    g = normal(10, width) * math.sqrt(4 / width)
    counts = [int(cheapest_flips(each, reach=tau / math.sqrt(width)).sum()) for each in g]
    predicted = adversarial_flips(width, tau=tau)
    assert predicted == pytest.approx(0.7816 * tau ** (2 / 3) * width ** (2 / 3), rel=1e-4)
    assert sum(counts) / 10 == pytest.approx(predicted, rel=0.05)


@pytest.mark.parametrize(("hidden", "token", "tau"), [(0.5, 2.0, 3.0), (2.0, 0.0, 0.4)])
def test_counts_for_other_lengths(hidden, token, tau):
    width = 16_384
    g = normal(10, width) * math.sqrt(2 * (hidden**2 + token**2) / width)
    counts = [int(cheapest_flips(each, reach=tau * hidden / math.sqrt(width)).sum()) for each in g]
    predicted = adversarial_flips(width, tau=tau, hidden_norm=hidden, token_norm=token)
    assert sum(counts) / 10 == pytest.approx(predicted, rel=0.05)


def test_the_count_grows_like_the_width_to_two_thirds():
    counts = {}
    for width in (512, 8192):
        g = normal(40, width, seed=width) * math.sqrt(4 / width)
        counts[width] = sum(int(cheapest_flips(each, reach=width**-0.5).sum()) for each in g)
    assert 5.8 < counts[8192] / counts[512] < 6.9
    assert adversarial_flips(8192, tau=1.3) / adversarial_flips(512, tau=1.3) == pytest.approx(16 ** (2 / 3))


@pytest.mark.parametrize("reach", [0.3, 1.0, 1.7])
def test_no_set_within_reach_is_larger(reach):
    g = normal(9, seed=3)
    feasible = [
        size
        for size in range(10)
        for chosen in itertools.combinations(range(9), size)
        if float(g[list(chosen)].norm()) <= reach
    ]
    assert int(cheapest_flips(g, reach=reach).sum()) == max(feasible)


@pytest.mark.parametrize(("width", "tau"), [(50, 0.8), (200, 3.0), (7, 100.0)])
def test_the_update_has_its_norm_and_flips_what_it_says(width, tau):
    g, hidden = 1.7 * normal(width, seed=1) / math.sqrt(width), normal(width, seed=2).relu()
    update = adversarial_update(g, hidden, tau=tau)
    assert float(torch.linalg.matrix_norm(update.matrix, 2)) == pytest.approx(
        tau / math.sqrt(width), rel=1e-10
    )
    assert torch.linalg.matrix_rank(update.matrix) == 1
    after = g + update.matrix @ hidden
    assert torch.equal((after > 0) != (g > 0), update.flipped)
    assert torch.equal(after[~update.flipped], g[~update.flipped])


@pytest.mark.slow
def test_counts_in_a_network():
    width, tau, counts = 4096, 1.0, []
    for seed in range(3):
        source = generator(seed, "network")
        transition = torch.randn(width, width, generator=source) * math.sqrt(2 / width)
        driven = torch.randn(width, 2, generator=source) * math.sqrt(
            2 / width
        )  # A x for orthogonal unit tokens
        hidden = driven[:, 0].relu()
        g = transition @ hidden + driven[:, 1]
        update = adversarial_update(g, hidden, tau=tau)
        moved = g + update.left * (update.right @ hidden)
        counts.append(int(((moved > 0) != (g > 0)).sum()))
    assert sum(counts) / 3 == pytest.approx(adversarial_flips(width, tau=tau), rel=0.1)


def test_a_preactivation_of_zero_has_no_sign_to_lose():
    g = torch.tensor([0.0, 0.2, -0.1], **DOUBLE)
    assert cheapest_flips(g, reach=0.1).tolist() == [False, False, True]
    assert cheapest_flips(g, reach=0.05).tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preactivations": [1.0]}, "preactivations must be a floating-point tensor, got list"),
        ({"preactivations": torch.ones(3, dtype=torch.int64)}, "floating-point tensor, got torch.int64"),
        ({"preactivations": torch.ones(3, 1, **DOUBLE)}, r"preactivations must have the shape \(m,\)"),
        ({"preactivations": torch.full((3,), math.nan, **DOUBLE)}, "preactivations must be finite, got nan"),
        ({"hidden": torch.ones(2, **DOUBLE)}, r"hidden must match .*\(3,\), got torch.float64 of \(2,\)"),
        ({"hidden": torch.ones(3)}, "hidden must match .*, got torch.float32"),
        ({"hidden": torch.zeros(3, **DOUBLE)}, "the norm of hidden must be positive and finite, got 0.0"),
        ({"tau": -1.0}, "tau must be positive and finite, got -1.0"),
        ({"tau": 1e-6}, "tau must be large enough to flip a gate, got 1e-06"),
    ],
)
def test_what_cannot_be_flipped_is_refused(given, message):
    good = {"preactivations": torch.ones(3, **DOUBLE), "hidden": torch.ones(3, **DOUBLE), "tau": 1.0}
    with pytest.raises(ValueError, match=message):
        adversarial_update(**(good | given))


@pytest.mark.parametrize("name", ["tau", "hidden_norm", "token_norm", "width"])
@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_numbers_out_of_range_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"{name} must (be|not be negative)"):
        adversarial_flips(**({"width": 64, "tau": 1.0} | {name: bad}))
    with pytest.raises(ValueError, match="reach must be positive"):
        cheapest_flips(torch.ones(2), reach=bad)
