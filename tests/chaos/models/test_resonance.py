"""Frequencies with an integer relation lock phases: found, then added as waves or refused."""

import itertools
import math

import numpy as np
import pytest
import torch

from lrtheory import chaos, generator
from lrtheory.chaos.models.resonance import integer_relation, largest_order

GOLDEN = (1 + math.sqrt(5)) / 2
IRRATIONAL = [math.sqrt(2), GOLDEN, math.pi, math.e, math.sqrt(3), 2**-0.5, 2**0.25, 1 / GOLDEN, math.log(2)]
PAIRS = itertools.product(range(1, 16), repeat=2)
RATIONAL = [(p, q) for p, q in PAIRS if math.gcd(p, q) == 1 and p + q <= 16]


def bumpy(amplitudes, frequencies, phases=None, eps=1e-4, large=None):
    large = chaos.Quadratic(torch.eye(len(frequencies[0])).double()) if large is None else large
    return chaos.two_scale(large, eps, amplitudes=amplitudes, frequencies=frequencies, phases=phases)


def slopes_over_a_period(f, waves=200_000):
    """Slopes along one whole number of waves of commensurate tones: what phases that are locked give."""
    z = torch.arange(waves, dtype=torch.float64)[:, None] * (2 * math.pi / waves)
    return f.small.slope(z * f.eps, f.eps)[:, 0].numpy()


@pytest.mark.parametrize("eps", [1.0, 1e-2, 1e-6])
@pytest.mark.parametrize("ratio", IRRATIONAL)
def test_irrational_ratios_pass(ratio, eps):
    f = chaos.two_tones(eps, ratio=ratio)
    assert chaos.stationary_variance(f, 0.1) == pytest.approx(0.1 / 1.9, rel=1e-12)


@pytest.mark.parametrize(("p", "q"), RATIONAL)
def test_ratios_of_small_whole_numbers_are_refused(p, q):
    words = "not 1" if p == q else f"ratio must be irrational, got .*, {p} over {q}: the phases are not indep"
    with pytest.raises(ValueError, match=words):
        chaos.two_tones(1e-4, ratio=p / q)
    if p != q:
        f = bumpy([1.0, 1.0], [[q * 0.7], [p * 0.7]])
        for predict in (chaos.stationary_kurtosis, chaos.stationary_variance, chaos.stationary_law):
            with pytest.raises(ValueError, match="frequencies must have no integer relation"):
                predict(f, 0.1)


@pytest.mark.parametrize("ratio", [22 / 7, 355 / 113, 1.4142, 141 / 100])
def test_ratios_of_large_whole_numbers_have_the_law_of_independent_phases(ratio):
    f = chaos.two_tones(1e-4, ratio=ratio)
    assert chaos.slope_variance(f) == 1.0


@pytest.mark.parametrize(("p", "q"), [(1, 3), (1, 2), (2, 3), (3, 4)])
def test_what_a_relation_of_order_n_changes_is_the_moment_of_order_n(p, q):
    """Moments of locked slopes over one period: the first that is not the independent one has order p + q."""
    slopes = slopes_over_a_period(bumpy([1.0, 1.0], [[float(q)], [float(p)]], phases=[0.3, 1.1]))
    sines = [np.sin(2 * math.pi * np.arange(64) / 64)] * 2
    free = np.add.outer(*sines).ravel()
    changed = [n for n in range(1, 9) if abs((slopes**n).mean() - (free**n).mean()) > 1e-9]
    assert changed[0] == p + q


@pytest.mark.parametrize("off", [1e-9, 1e-7, 5e-6])
def test_a_relation_that_is_off_by_less_than_eps_binds(off):
    with pytest.raises(ValueError, match="ratio must be irrational"):
        chaos.two_tones(1e-5, ratio=3 + off)
    with pytest.raises(ValueError, match="no integer relation"):
        chaos.gibbs_temperature(bumpy([1.0, 1.0], [[1.0], [3 + off]], eps=1e-5), 0.1)
    chaos.two_tones(1e-9, ratio=3 + 1e-4)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("phases", [(0.0, 0.0), (0.4, 2.0), (1.0, -1.3)])
@pytest.mark.parametrize("amplitudes", [(1.0, 1.0), (1.0, -0.4), (-2.0, 0.3)])
def test_equal_and_opposite_frequencies_are_added_as_waves(amplitudes, phases, sign):
    """As independent tones they had the variance of the sum of squares."""
    f = bumpy(list(amplitudes), [[1.7], [sign * 1.7]], phases=list(phases))
    z = torch.linspace(0, 2 * math.pi / 1.7, 4097, dtype=torch.float64)[:-1, None]
    slopes = f.small.slope(z * f.eps, f.eps)[:, 0]
    variance = float((slopes**2).mean())
    assert chaos.slope_variance(f) == pytest.approx(variance, rel=1e-10)
    assert float(chaos.slope_covariance(f)) == pytest.approx(variance, rel=1e-10)
    assert chaos.stationary_kurtosis(f, 0.3) == pytest.approx(-1.5 * (1 - 0.49) / (1 + 0.49), rel=1e-10)
    assert chaos.largest_kick(f) == pytest.approx(float(slopes.abs().max()), rel=1e-5)
    assert chaos.stationary_law(f, 0.3).variance == pytest.approx(chaos.stationary_variance(f, 0.3), rel=1e-6)
    drawn = f.small.random_slope(torch.zeros(100_000, 1, dtype=torch.float64), generator(0, "noise"))
    assert float((drawn**2).mean()) == pytest.approx(variance, rel=0.02)
    merged = f.small.independent
    assert torch.allclose(merged.slope(z * f.eps, f.eps)[:, 0], slopes, atol=1e-12)
    assert torch.allclose(merged.height(z * f.eps, f.eps), f.small.height(z * f.eps, f.eps), atol=1e-12)


def test_waves_are_added_in_the_plane_too():
    f = bumpy([1.0, 0.5, 0.3], [[1.0, 2.0], [-1.0, -2.0], [0.3, -1.0]], phases=[0.2, 0.7, 0.0])
    z = 2000 * torch.rand(400_000, 2, generator=generator(0, "z"), dtype=torch.float64)
    slopes = f.small.slope(z * f.eps, f.eps)
    measured = slopes.T @ slopes / len(z)
    assert torch.allclose(chaos.slope_covariance(f), measured, atol=5e-3)
    assert len(f.small.independent.amplitudes) == 2


@pytest.mark.parametrize("phases", [(0.3, 0.3 + math.pi), (-1.0, math.pi - 1.0)])
def test_waves_that_cancel_leave_no_ripple(phases):
    f = bumpy([0.8, 0.8], [[2.0], [2.0]], phases=list(phases))
    with pytest.raises(ValueError, match="the tones cancel: nothing is left of the ripple"):
        chaos.gibbs_law(f, 0.1)


TRIPLES = [
    [[1.0], [2.0], [math.sqrt(2)]],
    [[1.0], [math.sqrt(2)], [1 + math.sqrt(2)]],
    [[1.0], [math.pi], [math.pi - 3.0]],
    [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
    [[1.0, 0.5], [math.pi, 0.2], [math.pi - 2, -0.8]],
    [[1.0], [math.sqrt(2)], [math.sqrt(3)], [1 + math.sqrt(2) - math.sqrt(3)]],
]


@pytest.mark.parametrize("frequencies", TRIPLES, ids=str)
def test_relations_of_three_and_four_tones_are_found(frequencies):
    w = np.array(frequencies)
    relation = integer_relation(w)
    assert np.abs(np.array(relation) @ w).max() < 1e-12
    f = bumpy([1.0] * len(w), frequencies)
    for predict in (chaos.slope_covariance, lambda f: chaos.gibbs_temperature(f, 0.1)):
        with pytest.raises(ValueError, match="no integer relation"):
            predict(f)
    with pytest.raises(ValueError, match="no integer relation"):
        f.small.random_slope(torch.zeros(3, w.shape[1]).double(), generator(0, "n"))


@pytest.mark.parametrize("seed", range(20))
def test_drawn_frequencies_have_no_relation_and_planted_ones_are_found(seed):
    rng = np.random.default_rng(seed)
    tones, dim = rng.integers(2, 30), rng.integers(1, 4)
    w = rng.uniform(1, 2, size=(tones, dim))
    assert integer_relation(w) is None
    planted = np.zeros(tones, dtype=int)
    for at in rng.choice(tones, size=min(3, tones), replace=False):
        planted[at] = rng.choice([-1, 1])
    extra = np.vstack([w, planted @ w])
    relation = integer_relation(extra)
    assert relation is not None and np.abs(np.array(relation) @ extra).max() < 1e-9
    assert sum(map(abs, relation)) <= 4 <= largest_order(tones + 1)


def test_the_search_goes_as_far_as_a_thousand_combinations_allow():
    """Their number is sum_k 2^k C(tones, k) C(n, k): k entries that are not 0, with signs and sizes."""
    for tones in range(1, 101):
        counts = [sum(2**k * math.comb(tones, k) * math.comb(n, k) for k in range(n + 1)) for n in range(9)]
        assert largest_order(tones) == max(4, *(2 * n for n in range(2, 9) if counts[n] <= 1000), 0)
    assert largest_order(101) == 2


def test_twenty_random_tones_pass_for_every_seed_tried():
    for seed in range(40):
        assert chaos.slope_variance(chaos.random_tones(1e-5, generator(seed, "tones"))) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (([1.0], [[0.0]], [0.0]), "frequencies must be finite and not 0"),
        (([1.0, 1.0], [[1.0, 0.0], [0.0, 0.0]], [0.0, 0.0]), "frequencies must be finite and not 0"),
        (([1.0], [[math.nan]], [0.0]), "frequencies must be finite and not 0"),
        (([1.0], [[1.0]], [math.inf]), "phases must be finite"),
        (([math.nan], [[1.0]], [0.0]), "amplitudes must be finite and not 0"),
    ],
)
def test_tones_that_are_none_are_refused(parts, words):
    with pytest.raises(ValueError, match=words):
        chaos.Tones(*(torch.tensor(part, dtype=torch.float64) for part in parts))
