"""Errors, distances, sharpness, and laws on a grid."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
import torch

from lrtheory import generator
from lrtheory.law import law_from_density
from lrtheory.measure import (
    excess_kurtosis,
    ks_distance,
    law_distances,
    mean_and_stderr,
    mean_over_groups,
    sharpness,
    sorted_samples,
    w1_distance,
)

X = np.linspace(-10, 10, 4001)
GAUSS = law_from_density(X, np.exp(-(X**2) / 2))


def shifted(by):
    return law_from_density(X, np.exp(-((X - by) ** 2) / 2))


def samples(n=20_000):
    return np.random.default_rng(0).normal(size=n)


def test_the_law_of_a_gaussian_is_scipys():
    assert np.allclose(GAUSS.cdf([-1.3, 0.2, 2.0]), scipy.stats.norm.cdf([-1.3, 0.2, 2.0]), atol=2e-6)
    assert np.allclose(GAUSS.quantile([0.01, 0.5, 0.9]), scipy.stats.norm.ppf([0.01, 0.5, 0.9]), atol=2e-5)
    assert pytest.approx(0, abs=1e-12) == GAUSS.mean
    assert pytest.approx(1, abs=1e-5) == GAUSS.variance


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor], ids=["array", "tensor"])
def test_groups_of_members_are_neighbors_along_their_axis(axis, kind):
    values = kind(samples(60).reshape(6, 10))
    found = mean_over_groups(lambda part: float((part**2).mean()), values, 4, axis=axis)
    rows = values.T if axis else values
    sizes = [2, 2, 1, 1] if axis == 0 else [3, 3, 2, 2]
    ends = np.cumsum([0, *sizes])
    expected = mean_and_stderr([float((rows[a:b] ** 2).mean()) for a, b in pairwise(ends)])
    assert found.value == pytest.approx(expected.value, rel=1e-14)
    assert found.stderr == pytest.approx(expected.stderr, rel=1e-12)
    assert found.samples == 4


def test_groups_of_correlated_steps_have_a_calibrated_error():
    """Members are independent, their steps are not: within 2 stderr in about 95 % of 400 cases."""
    source = np.random.default_rng(1)
    right = 0
    for _ in range(400):
        values = source.normal(size=32) + 0.1 * source.normal(size=(50, 32))
        found = mean_over_groups(np.mean, values, 16, axis=1)
        right += abs(found.value) < 2.13 * found.stderr  # Student's t with 15 degrees of freedom
    assert 0.92 < right / 400 < 0.98


def test_groups_that_cannot_be_are_refused():
    for groups in (0, 1, 11):
        with pytest.raises(ValueError, match=f"groups must be 2 to the 10 members, got {groups}"):
            mean_over_groups(np.mean, np.ones((6, 10)), groups, axis=1)


def test_samples_are_sorted_whatever_their_shape():
    assert sorted_samples([[3, 1], [2, 0]]).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="at least one number, all finite; got 2, 1 not finite"):
        sorted_samples([1.0, math.nan])


def test_ks_distance_is_scipys():
    ours = ks_distance(samples(), GAUSS)
    assert ours == pytest.approx(scipy.stats.ks_1samp(samples(), GAUSS.cdf).statistic, rel=1e-12)


def test_w1_distance_of_shifted_samples_is_the_shift():
    assert w1_distance(samples() + 3, GAUSS) == pytest.approx(3, abs=4 / math.sqrt(20_000))


def test_w1_distance_is_scipys_between_samples():
    x, y = samples(2000), GAUSS.quantile((np.arange(200_000) + 0.5) / 200_000)
    assert w1_distance(x, GAUSS) == pytest.approx(scipy.stats.wasserstein_distance(x, y), rel=2e-3)


def test_distances_between_shifted_gaussians_are_exact():
    found = law_distances(GAUSS, shifted(0.5))
    assert found.ks == pytest.approx(2 * scipy.stats.norm.cdf(0.25) - 1, abs=1e-6)
    assert found.tv == pytest.approx(found.ks, abs=1e-6)
    assert found.w1 == pytest.approx(0.5, abs=1e-6)
    assert found.w2 == pytest.approx(0.5, abs=1e-4)


def test_a_law_is_at_no_distance_from_itself():
    found = law_distances(GAUSS, GAUSS)
    assert (found.ks, found.w1, found.w2, found.tv) == (0, 0, 0, 0)


def test_mean_and_stderr_cover_the_truth_as_often_as_they_should():
    rng = np.random.default_rng(1)
    found = [mean_and_stderr(rng.normal(size=100)) for _ in range(2000)]
    inside = np.mean([abs(f.value) < 1.96 * f.stderr for f in found])
    assert abs(inside - 0.945) < 4 * math.sqrt(0.05 * 0.95 / 2000)


def test_kurtosis_is_scipys():
    x = np.random.default_rng(2).exponential(size=5000)
    assert excess_kurtosis(x) == pytest.approx(scipy.stats.kurtosis(x), rel=1e-12)


class Rotated:
    """A quadratic of known spectrum."""

    def __init__(self, spectrum):
        basis = torch.linalg.qr(
            torch.randn(len(spectrum), len(spectrum), generator=generator(0, "q"), dtype=torch.float64)
        )[0]
        self.matrix = basis @ torch.diag(torch.tensor(spectrum, dtype=torch.float64)) @ basis.T
        self.dim = len(spectrum)

    def loss(self, theta, samples=None):
        return 0.5 * torch.einsum("...i,ij,...j", theta, self.matrix, theta)


@pytest.mark.parametrize("ensemble", [(), (3, 2)])
@pytest.mark.parametrize("spectrum", [(7.0, 1.0, -9.0), tuple(np.linspace(0, 1, 80) ** 8 * 50)])
def test_sharpness_is_the_largest_eigenvalue(ensemble, spectrum):
    theta = torch.zeros(*ensemble, len(spectrum), dtype=torch.float64)
    found = sharpness(Rotated(spectrum), theta, generator=generator(0, "lanczos"))
    assert found.value.shape == ensemble
    assert torch.allclose(found.value, torch.full(ensemble, max(spectrum), dtype=torch.float64), rtol=1e-8)
    assert (found.residual < 1e-3).all()


def test_too_few_products_show_in_the_residual():
    spectrum = tuple(np.linspace(0, 1, 200))
    theta = torch.zeros(200, dtype=torch.float64)
    rough = sharpness(Rotated(spectrum), theta, generator=generator(0, "lanczos"), iterations=5)
    assert rough.iterations == 5
    assert abs(float(rough.value) - 1) <= float(rough.residual)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="a standard error needs at least 2 independent values, got 1"):
        mean_and_stderr([1.0])
    with pytest.raises(ValueError, match="samples must be at least one number, all finite; got 0"):
        ks_distance([], GAUSS)
    with pytest.raises(ValueError, match="all finite; got 2, 1 not finite"):
        w1_distance([0.0, math.nan], GAUSS)
    with pytest.raises(ValueError, match="points must increase and match the weights"):
        law_from_density([0, 0, 1], [1, 1, 1])
    with pytest.raises(ValueError, match="weight must be finite, >= 0 and somewhere positive"):
        law_from_density([0, 1, 2], [1, -1, 1])
