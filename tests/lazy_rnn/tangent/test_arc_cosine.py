"""The arc-cosine kernels: closed values, a quadrature of the Gaussian mean, the slope, and refusals."""

import math

import pytest
import torch
from scipy.integrate import dblquad

from lrtheory.lazy_rnn.tangent.arc_cosine import kappa0, kappa1

C = torch.linspace(-0.99, 0.99, 23, dtype=torch.float64)


def at(c):
    return torch.tensor([c], dtype=torch.float64)


@pytest.mark.parametrize(
    ("kernel", "cosine", "value"),
    [
        (kappa1, 0.0, 0.3183098862),
        (kappa1, 0.5, 0.6089977810),
        (kappa0, 0.5, 0.6666666667),
        (kappa1, -0.7, 0.0500904093),
        (kappa0, 0.9, 0.8564337069),
    ],
)
def test_values_between_the_ends(kernel, cosine, value):
    assert float(kernel(at(cosine))) == pytest.approx(value, abs=1e-10)


@pytest.mark.parametrize("kernel", [kappa0, kappa1])
@pytest.mark.parametrize("off", [0.0, 2.2e-16, -2.2e-16, 9e-15, -9e-15, 9e-10])
def test_the_ends_are_exact_whatever_the_rounding(kernel, off):
    assert float(kernel(at(1 + off if off > 0 else 1 - abs(off)))) == 1.0
    assert float(kernel(at(-1 - off if off > 0 else -1 + abs(off)))) == 0.0


def test_beyond_rounding_an_angle_is_an_angle():
    assert float(1 - kappa0(at(1 - 1e-12))) == pytest.approx(math.sqrt(2e-12) / math.pi, rel=1e-4)


@pytest.mark.parametrize("c", [-0.8, 0.3, 0.95])
def test_they_are_gaussian_means_of_a_relu_and_of_its_slope(c):
    def density(v, u):
        return math.exp(-(u * u - 2 * c * u * v + v * v) / (2 * (1 - c * c))) / (
            2 * math.pi * math.sqrt(1 - c * c)
        )

    both_on, _ = dblquad(density, 0, 9, 0, 9, epsabs=1e-11)
    product, _ = dblquad(lambda v, u: u * v * density(v, u), 0, 9, 0, 9, epsabs=1e-11)
    assert float(kappa0(at(c))) == pytest.approx(2 * both_on, abs=1e-9)
    assert float(kappa1(at(c))) == pytest.approx(2 * product, abs=1e-9)


def test_the_slope_of_kappa1_is_kappa0():
    h = 1e-5
    torch.testing.assert_close((kappa1(C + h) - kappa1(C - h)) / (2 * h), kappa0(C), rtol=0, atol=1e-8)


def test_odd_parts_are_half_the_argument_and_shapes_are_kept():
    torch.testing.assert_close(kappa1(C) - kappa1(-C), C, rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(kappa0(C) + kappa0(-C), torch.ones_like(C), rtol=1e-12, atol=0)
    assert kappa0(C.reshape(23, 1, 1)).shape == kappa1(C.reshape(23, 1, 1)).shape == (23, 1, 1)


@pytest.mark.parametrize("kernel", [kappa0, kappa1])
@pytest.mark.parametrize("bad", [1 + 2e-9, -1.1, math.nan, math.inf])
def test_what_is_no_cosine_is_refused(kernel, bad):
    with pytest.raises(ValueError, match=r"a cosine must lie in \[-1, 1\], got"):
        kernel(torch.tensor([[0.1, bad]], dtype=torch.float64))


@pytest.mark.parametrize("kernel", [kappa0, kappa1])
@pytest.mark.parametrize("bad", [torch.zeros(2), 0.5, torch.zeros(2, dtype=torch.int64)])
def test_another_dtype_is_refused(kernel, bad):
    with pytest.raises(ValueError, match="cosine must be a float64 tensor, got"):
        kernel(bad)
