"""Extreme eigenvalues: right on every symmetric operator, repeated ones repeated, in both precisions."""

import math

import numpy as np
import pytest
import torch

from lrtheory.measure import eigenpairs, sharpness
from lrtheory.seeds import generator


class Bowl:
    """Half theta' A theta for a symmetric A, or one A for each member of an ensemble."""

    def __init__(self, matrix):
        self.matrix, self.dim = matrix, matrix.shape[-1]

    def loss(self, theta, samples=None):
        return 0.5 * (theta * (self.matrix @ theta[..., None])[..., 0]).sum(-1)


def turned(spectrum, seed=0, dtype=torch.float64):
    """A symmetric matrix of a given spectrum, its axes turned at random."""
    noise = torch.randn(len(spectrum), len(spectrum), generator=generator(seed, "axes"), dtype=torch.float64)
    axes = torch.linalg.qr(noise)[0]
    matrix = axes @ torch.diag(torch.tensor(spectrum, dtype=torch.float64)) @ axes.T
    return ((matrix + matrix.T) / 2).to(dtype)


SPECTRA = {
    "one weight": [3.0],
    "isotropic": [1.4] * 20,
    "isotropic, negative": [-1.4] * 2,
    "nothing": [0.0] * 5,
    "a plane and the rest": [2.0] * 2 + [0.5] * 30,
    "one outlier": [100.0] + [1e-3] * 40,
    "two outliers of one size": [100.0] * 2 + [1.0] * 40,
    "decay": [1e-4 + 50.0 * (k == 3) for k in range(60)],
    "rank three": [5.0, 4.0, 3.0] + [0.0] * 50,
    "three values": [4.0] * 7 + [-2.0] * 9 + [1.0] * 5,
    "all different": list(np.linspace(-1, 1, 37)),
    "steep": list(np.linspace(0, 1, 80) ** 8 * 50),
    "huge": [1e12, 1e12, 1.0, -1e12],
    "tiny": [1e-150, 2e-150, -3e-150],
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_sharpness_is_the_largest_eigenvalue(name, dtype, seed):
    if name == "tiny" and dtype == torch.float32:
        pytest.skip("below the smallest number in float32")
    spectrum = SPECTRA[name]
    bowl, theta = Bowl(turned(spectrum, seed, dtype)), torch.zeros(len(spectrum), dtype=dtype)
    found = sharpness(bowl, theta, generator=generator(seed, "start"), iterations=80)
    truth, size = max(spectrum), max(map(abs, spectrum))
    unit = torch.finfo(dtype).eps
    assert abs(float(found.value) - truth) <= 100 * unit * size + float(found.residual)
    assert abs(float(found.value) - truth) <= 1e4 * unit * size
    assert float(found.residual) <= 10 * math.sqrt(unit) * size


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_an_isotropic_bowl_is_as_sharp_from_every_start_and_direction(dtype):
    for seed in range(50):
        start = torch.randn(20, generator=generator(seed, "x"), dtype=torch.float64).to(dtype)
        found = sharpness(Bowl(1.4 * torch.eye(20, dtype=dtype)), start, generator=generator(seed, "v"))
        assert float(found.value) == pytest.approx(1.4, rel=1e-6)
        assert found.iterations < 5


def test_members_of_an_ensemble_have_their_own_curvatures():
    """Some exhaust their space at once, some late, one is flat: none disturbs another."""
    two, far = [3.0] * 6 + [1.0] * 6, [9.0] + [1.0] * 11
    spectra = [[2.0] * 12, two, list(np.linspace(-4, 4, 12)), [0.0] * 12, [-1.0] * 12, far]
    matrices = torch.stack([turned(each, k) for k, each in enumerate(spectra)]).reshape(3, 2, 12, 12)
    theta = torch.zeros(3, 2, 12, dtype=torch.float64)
    found = eigenpairs(Bowl(matrices), theta, generator=generator(0, "v"), largest=3, smallest=2)
    ranked = [sorted(each, reverse=True) for each in spectra]
    exact = torch.tensor([each[:3] + each[-2:] for each in ranked], dtype=torch.float64)
    assert torch.allclose(found.values.reshape(6, 5), exact, atol=1e-9)
    assert found.vectors.shape == (3, 2, 5, 12) and (found.residuals < 1e-6).all()


@pytest.mark.parametrize("name", [name for name in SPECTRA if len(SPECTRA[name]) >= 3])
@pytest.mark.parametrize(("largest", "smallest"), [(1, 1), (3, 0), (0, 3), (2, 1)])
def test_pairs_are_the_extreme_ones_with_their_multiplicity(name, largest, smallest):
    spectrum = SPECTRA[name]
    matrix = turned(spectrum, 5)
    theta = torch.zeros(len(spectrum), dtype=torch.float64)
    given = {"largest": largest, "smallest": smallest, "iterations": 100}
    found = eigenpairs(Bowl(matrix), theta, generator=generator(1, "v"), **given)
    truth = np.linalg.eigvalsh(matrix.numpy())[::-1]
    expected = [*truth[:largest], *(truth[-smallest:] if smallest else [])]
    size = np.abs(truth).max() or 1.0
    assert (np.abs(found.values.numpy() - expected) <= 1e-9 * size + found.residuals.numpy()).all()
    vectors = found.vectors
    assert torch.allclose(vectors @ vectors.T, torch.eye(largest + smallest, dtype=torch.float64), atol=1e-9)
    residuals = (vectors @ matrix - found.values[:, None] * vectors).norm(dim=-1)
    assert torch.allclose(residuals, found.residuals, atol=1e-12 * size)


def test_all_pairs_of_a_matrix_can_be_had():
    spectrum = [3.0, 3.0, 1.0, 0.0, -2.0]
    theta = torch.zeros(5, dtype=torch.float64)
    found = eigenpairs(Bowl(turned(spectrum)), theta, generator=generator(0, "v"), largest=3, smallest=2)
    assert torch.allclose(found.values, torch.tensor(spectrum, dtype=torch.float64), atol=1e-12)


def test_the_residual_is_that_of_the_pair_returned_and_bounds_the_error():
    spectrum = list(np.linspace(0, 1, 200))
    matrix = turned(spectrum)
    theta = torch.zeros(200, dtype=torch.float64)
    for iterations in (1, 2, 5, 9, 30):
        rough = eigenpairs(Bowl(matrix), theta, generator=generator(0, "v"), iterations=iterations)
        vector, value = rough.vectors[0], rough.values[0]
        assert rough.iterations == iterations
        residual = float((matrix @ vector - value * vector).norm())
        assert residual == pytest.approx(float(rough.residuals[0]), rel=1e-6)
        assert np.abs(np.array(spectrum) - float(value)).min() <= float(rough.residuals[0])


def test_the_search_ends_by_its_residual_and_not_before():
    bowl, theta = Bowl(turned(list(np.linspace(0, 1, 300) ** 20))), torch.zeros(300, dtype=torch.float64)
    loose, tight = (
        eigenpairs(bowl, theta, generator=generator(0, "v"), iterations=200, tolerance=tolerance)
        for tolerance in (1e-2, 1e-10)
    )
    assert loose.iterations < tight.iterations < 200
    assert float(loose.residuals) <= 1e-2 and float(tight.residuals) <= 2e-10


def test_one_hot_regression_has_the_share_of_the_commonest_example():
    """Mean of (theta_i - y_i)^2 / 2 over examples of classes: the Hessian is the diagonal of their shares."""
    classes = torch.tensor([0] * 6 + [1] * 3 + [2] * 3)

    class OneHot:
        dim = 8

        def loss(self, theta, samples=None):
            return 0.5 * ((theta[..., classes] - 1.0) ** 2).mean(-1)

    theta = torch.zeros(4, 8, dtype=torch.float64)
    found = eigenpairs(OneHot(), theta, generator=generator(0, "v"), largest=8)
    exact = torch.tensor([0.5, 0.25, 0.25, 0, 0, 0, 0, 0], dtype=torch.float64)
    assert torch.allclose(found.values, exact.expand(4, 8), atol=1e-12)


def test_no_member_gives_no_eigenvalue():
    nobody = torch.zeros(0, 2, dtype=torch.float64)
    found = sharpness(Bowl(turned([1.0, 2.0])), nobody, generator=generator(0))
    assert found.value.shape == (0,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"largest": 0}, "between 1 and 3 eigenvalues expected, got largest=0, smallest=0"),
        ({"largest": 2, "smallest": 2}, "between 1 and 3 eigenvalues expected, got largest=2, smallest=2"),
        ({"largest": -1, "smallest": 2}, "largest must be at least 0, got -1"),
        ({"iterations": 0}, "iterations must be at least 1, got 0"),
        ({"tolerance": -1.0}, "tolerance must not be negative, got -1"),
        ({"tolerance": math.nan}, "tolerance must be one finite number, got nan"),
        ({"theta": torch.full((3,), math.nan, dtype=torch.float64)}, "theta must be finite"),
        ({"theta": torch.zeros(2, dtype=torch.float64)}, r"theta must have shape \(\*E, 3\), got \(2,\)"),
        ({"theta": torch.zeros(3, dtype=torch.float16)}, "must be float32 or float64, got torch.float16"),
    ],
)
def test_what_has_no_answer_is_refused(given, message):
    theta = given.pop("theta", torch.zeros(3, dtype=torch.float64))
    with pytest.raises(ValueError, match=message):
        eigenpairs(Bowl(turned([1.0, 2.0, 3.0])), theta, generator=generator(0), **given)


def test_a_hessian_that_is_not_finite_is_refused():
    class Root:
        dim = 1

        def loss(self, theta, samples=None):
            return theta[..., 0].abs() ** 1.5

    with pytest.raises(ValueError, match="the Hessian is not finite at theta"):
        sharpness(Root(), torch.zeros(1, dtype=torch.float64), generator=generator(0))
