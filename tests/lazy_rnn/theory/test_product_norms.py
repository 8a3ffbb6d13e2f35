"""Edges of the law of products of gated matrices: stored digits, a second derivation, drawn matrices."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from lrtheory import generator
from lrtheory.lazy_rnn.theory.product_norms import PLAIN_NORM, product_norm, product_norm_asymptote


@pytest.mark.parametrize(("factors", "edge"), [(2, 3.3302), (4, 4.675), (8, 6.599), (16, 9.328)])
def test_stored_edges(factors, edge):
    assert product_norm(factors) == pytest.approx(edge, abs=1e-3)


def test_one_factor_is_the_marchenko_pastur_edge():
    assert product_norm(1) == pytest.approx(1 + math.sqrt(2), rel=1e-14)
    assert pytest.approx(2 * math.sqrt(2), rel=1e-14) == PLAIN_NORM


@pytest.mark.parametrize("factors", [1, 2, 3, 7, 50, 1000])
def test_it_is_where_the_inverse_of_the_moment_series_turns(factors):
    def squared(log_z):
        z = math.exp(log_z)
        return math.log((1 + z) / z) + factors * math.log1p(2 * z)

    turn = minimize_scalar(squared, bounds=(-12, 3), method="bounded", options={"xatol": 1e-10})
    assert product_norm(factors) == pytest.approx(math.exp(turn.fun / 2), rel=1e-12)


def test_many_factors_approach_the_asymptote_as_the_inverse_square():
    factors = np.array([4, 16, 64, 256])
    miss = np.array([product_norm(int(k)) / product_norm_asymptote(k) - 1 for k in factors])
    assert np.polyfit(np.log(factors), np.log(miss), 1)[0] == pytest.approx(-2, abs=0.02)
    assert miss[-1] * 24 * 256**2 == pytest.approx(1, abs=1e-3)


@pytest.mark.slow
def test_norms_of_drawn_matrices():
    width, source = 1024, generator(0, "products")
    product, found = torch.eye(width, dtype=torch.float64), {}
    for k in range(1, 9):
        drawn = torch.randn(width, width, generator=source, dtype=torch.float64) * math.sqrt(2 / width)
        gates = torch.rand(width, generator=source) < 0.5
        if k == 1:
            assert 2.77 < float(torch.linalg.matrix_norm(drawn, 2)) < 2.86
        product = gates[:, None] * (drawn @ product)
        if k in (1, 2, 4, 8):
            found[k] = float(torch.linalg.eigvalsh(product.T @ product)[-1].sqrt())
    assert 2.36 < found[1] < 2.44
    assert found == pytest.approx({k: product_norm(k) for k in found}, rel=0.06)


@pytest.mark.parametrize("bad", [0, -1, 1.5, math.nan, True])
def test_numbers_of_factors_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="factors must be"):
        product_norm(bad)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_the_asymptote_refuses_too(bad):
    with pytest.raises(ValueError, match="factors must be positive and finite"):
        product_norm_asymptote(bad)
