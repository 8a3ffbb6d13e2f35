"""The experiment for sweeps: the exponent at one rate and one ripple."""

import math

import numpy as np
import pytest

from lrtheory.chaos.experiments.exponents import exponent


@pytest.mark.parametrize(("lr", "eps"), [(0.1, 1e-3), (0.5, 1e-4), (1.2, 1e-3)])
def test_small_ripples_give_the_exponent_of_the_limit(lr, eps):
    found = exponent.function(lr=lr, eps=eps, members=64, seed=1)["exponents"]
    assert found.shape == (64,)
    stderr = found.std(ddof=1) / 8
    assert abs(found.mean() - math.log(lr / (2 * eps))) < 4 * stderr + 3 * eps / lr


def test_below_the_ripple_a_descent_comes_to_rest_where_its_derivative_says():
    found = exponent.function(lr=1e-3, eps=0.05, members=4, burn=40_000, steps=200, seed=2)["exponents"]
    # at rest in a dimple, sin(x / eps) = x, the derivative is 1 - lr (1 - cos(x / eps) / eps)
    assert np.all((found < math.log(1 - 1e-3)) & (found > math.log(1 - 1e-3 * (1 + 1 / 0.05)) - 1e-12))


def test_a_seed_gives_its_starts():
    given = {"lr": 0.3, "eps": 0.1, "steps": 50}
    first, same, other = (exponent.function(**given, seed=seed)["exponents"] for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)
