"""Statistics of the compiled chaotic maps against exact laws, tabulated values and the plain loop."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, chaos, generator
from lrtheory.chaos.kernels import (
    ensemble_histogram,
    ensemble_positions,
    lyapunov_sweep,
    orbit_diagram,
)
from lrtheory.measure import ks_distance


def start(members=4096, dim=1):
    return chaos.uniform_start(members, generator(0, "start"), dim=dim)


def axes(amplitudes, large, eps):
    sizes = torch.tensor(amplitudes, dtype=torch.float64)
    return chaos.TwoScale(large, chaos.Tones(sizes, torch.eye(2).double(), torch.zeros(2).double()), eps)


def kurtosis(seen):
    """Excess kurtosis of binned visits; bins are so narrow that their width does not matter."""
    x = (seen.edges[0][1:] + seen.edges[0][:-1]) / 2 - seen.mean[0]
    return float((seen.counts * x**4).sum() / seen.visits / seen.covariance[0, 0] ** 2 - 3)


@pytest.mark.parametrize(
    ("lr", "eps", "tolerance"),
    [(0.1, 1e-4, 0.015), (0.1, 1e-5, 0.01), (0.5, 1e-5, 0.01), (1.5, 1e-5, 0.01)],
)
def test_variance_and_kurtosis_are_those_of_the_stochastic_map(lr, eps, tolerance):
    f = chaos.periodic(eps)
    reach = max(1.0, lr / (1 - abs(1 - lr)))  # where kicks of size lr can drive the map
    seen = ensemble_histogram(f, lr, start(), burn=300, steps=2000, bins=1024, box=(-reach, reach))
    assert seen.outside == 0
    assert seen.covariance[0, 0] == pytest.approx(chaos.stationary_variance(f, lr), rel=tolerance)
    assert kurtosis(seen) == pytest.approx(chaos.stationary_kurtosis(f, lr), abs=0.02 if lr < 0.5 else 0.01)


@pytest.mark.parametrize(
    ("lr", "eps", "exponent"),
    [
        (0.1, 1e-4, 6.2146),
        (0.1, 1e-5, 8.5172),
        (0.5, 1e-5, 10.1266),
        (1.5, 1e-5, 11.2252),
        (0.1, 1e-3, 3.9120),
    ],
)
def test_exponents_are_the_tabulated_ones(lr, eps, exponent):
    found = lyapunov_sweep(chaos.periodic(eps), lr, start(), burn=300, steps=2000)
    assert found.mean() == pytest.approx(exponent, abs=0.01)


@pytest.mark.parametrize(
    ("lr", "eps", "variance", "within", "exponent", "reach"),
    [
        (0.5, 0.1, 0.11397, 3e-4, 0.9749, 0.5810),
        (0.5, 0.05, 0.17409, 5e-4, 1.6444, 0.8541),
        (1.0, 0.1, 0.45705, 1e-3, 1.6868, 1.0),
        (0.25, 0.05, 0.03395, 1e-4, 1.0490, 0.3117),
    ],
)
def test_a_ripple_that_is_not_small_has_the_tabulated_statistics(lr, eps, variance, within, exponent, reach):
    f = chaos.periodic(eps)
    seen = ensemble_histogram(f, lr, start(), burn=300, steps=10_000, bins=4000, box=(-2, 2))
    found = lyapunov_sweep(f, lr, start(), burn=300, steps=10_000)
    assert seen.covariance[0, 0] == pytest.approx(variance, abs=within)
    assert found.mean() == pytest.approx(exponent, abs=0.002)
    assert seen.edges[0][np.flatnonzero(seen.counts)[-1]] == pytest.approx(reach, abs=1.5e-3)


def test_starts_end_on_the_three_tabulated_attractors():
    """Which start ends where depends on the last digit; the three exponents do not."""
    known = np.array([0.414, -0.0488, -0.4177])
    found = lyapunov_sweep(chaos.periodic(0.03), 0.5, start(256), burn=20_000, steps=40_000)
    nearest = np.abs(found - known).argmin(axis=1)
    assert set(nearest) == {0, 1, 2}
    means = [found[nearest == k].mean() for k in range(3)]
    assert means == pytest.approx(known, abs=0.003)


def test_two_incommensurate_tones_have_the_tabulated_statistics():
    frequencies = torch.tensor([[1.0], [math.sqrt(2)]], dtype=torch.float64)
    tones = chaos.Tones(torch.ones(2).double(), frequencies, torch.zeros(2).double())
    f = chaos.TwoScale(chaos.periodic(1.0).large, tones, 1e-4)
    seen = ensemble_histogram(f, 0.1, start(), burn=300, steps=2000, bins=1024, box=(-2, 2))
    assert seen.covariance[0, 0] == pytest.approx(0.0526316, rel=0.01)
    assert kurtosis(seen) == pytest.approx(-0.0787, abs=0.01)
    found = lyapunov_sweep(f, 0.1, start(), burn=300, steps=1000)
    assert found.mean() == pytest.approx(6.5612, abs=0.01)


@pytest.mark.parametrize(
    ("amplitudes", "covariance", "exponents"),
    [
        ([1.0, 1.0], [[0.326284, 0.299968], [0.299968, 0.326284]], [6.254, 6.175]),
        ([1.0, 0.2], [[0.192834, 0.155984], [0.155984, 0.146502]], [6.214, 4.605]),
    ],
)
def test_the_plane_has_the_tabulated_covariance_and_exponents(amplitudes, covariance, exponents):
    matrix = torch.tensor([[0.52, -0.48], [-0.48, 0.52]], dtype=torch.float64)
    f = axes(amplitudes, chaos.Quadratic(matrix), 1e-4)
    seen = ensemble_histogram(f, 0.1, start(dim=2), burn=2000, steps=4000, bins=(8, 8), box=[(-4, 4)] * 2)
    assert np.allclose(seen.covariance, covariance, rtol=0.02)
    found = lyapunov_sweep(f, 0.1, start(dim=2), burn=300, steps=1000).mean(0)
    assert np.allclose(found, exponents, rtol=0, atol=0.02)


def test_two_coupled_wells_have_the_tabulated_moments():
    f = chaos.coupled_wells(1e-5)
    seen = ensemble_histogram(f, 0.1, start(dim=2), burn=4000, steps=8000, bins=(2, 1), box=[(-3, 3)] * 2)
    second = seen.covariance + np.outer(seen.mean, seen.mean)
    assert seen.counts[1, 0] / seen.visits == pytest.approx(0.27, abs=0.01)
    assert seen.mean[1] == pytest.approx(-0.25 * seen.mean[0], abs=1e-3)
    assert second[[0, 0, 1], [0, 1, 1]] == pytest.approx([0.952, -0.237, 0.1645], abs=0.003)


@pytest.mark.parametrize(
    ("lr", "points"), [(0.15, 1), (0.25, 2), (0.31, 2), (0.32, 4), (0.324, 8), (0.3244, 16)]
)
def test_the_orbit_diagram_doubles_its_periods_where_tabulated(lr, points):
    f = chaos.periodic(0.1, amplitude=-1)
    kept = orbit_diagram(f, [lr], 0.3, burn=200_000, keep=64)[0]
    assert len(np.unique(np.round(kept, 7))) == points


def test_the_first_period_doubling_lies_where_tabulated():
    lrs = 0.1818181818 * np.array([1 - 1e-4, 1 + 1e-4])
    kept = orbit_diagram(chaos.periodic(0.1, amplitude=-1), lrs, 0.3, burn=200_000, keep=2)
    assert np.ptp(kept[0]) < 1e-6 < 1e-3 < np.ptp(kept[1])


def test_the_settled_ensemble_has_the_exact_law():
    f = chaos.periodic(1e-5)
    last = ensemble_positions(f, 0.1, start(), steps=300)
    assert ks_distance(last, chaos.stationary_law(f, 0.1)) < 1.95 / math.sqrt(4096)


def test_the_exponent_is_that_of_the_plain_measure():
    f = chaos.double_well(1e-3)
    plain = chaos.lyapunov_exponent(f, 0.1, start(1024), burn=300, steps=200)
    found = lyapunov_sweep(f, 0.1, start(1024), burn=300, steps=200).mean()
    assert found == pytest.approx(plain.value, abs=6 * plain.stderr)


def test_the_histogram_is_that_of_the_plain_loop():
    f, members = chaos.double_well(1e-4), start(2048)
    plain = chaos.stationary_sample(GradientDescent(0.1), f, members, burn=2000, keep=100)
    seen = ensemble_histogram(f, 0.1, members, burn=2000, steps=1000, bins=20, box=(-2, 2))
    counts = np.histogram(plain, 20, (-2, 2))[0]
    assert np.abs(counts / counts.sum() - seen.counts / seen.visits).sum() < 0.05


def test_thinning_costs_accuracy_in_narrow_bins():
    """One position in 8 at lr 0.1: the variance of a bin's frequency is some 6 times larger."""
    f = chaos.periodic(1e-4)
    theta = ensemble_positions(f, 0.1, start(256 * 150), steps=300).reshape(150, 256, 1)

    def variance(stride):
        seen = [
            ensemble_histogram(f, 0.1, each, burn=0, steps=1024, bins=256, box=(-1, 1), stride=stride)
            for each in theta
        ]
        share = np.stack([each.counts / each.visits for each in seen])
        return share.var(axis=0)[64:192].mean()

    assert variance(8) / variance(1) == pytest.approx(6.2, abs=0.8)
