"""Polynomials, series and polynomial landscapes against arithmetic at exact points."""

from fractions import Fraction as Fr
from itertools import product

import pytest
import torch

from lrtheory.diagrams.exact.power_series import at_rest, combined, composed, moved, times
from lrtheory.diagrams.models.examples import three_quintics, two_quintics, valley_floor
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape, weighted_sum

U, V = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
P = 2 * U**3 - Fr(1, 3) * U * V**2 + V - 5
Q = U * V + Fr(7, 2) * V**4 - U
POINTS = list(product((Fr(-2), Fr(1, 3), Fr(5, 7)), repeat=2))


@pytest.mark.parametrize("at", POINTS)
def test_arithmetic_is_that_of_the_values(at):
    assert (P + Q)(at) == P(at) + Q(at)
    assert (P - Q)(at) == P(at) - Q(at)
    assert (3 - P)(at) == 3 - P(at)
    assert (P * Q)(at) == P(at) * Q(at)
    assert (-P)(at) == -P(at)
    assert (Q**3)(at) == Q(at) ** 3
    assert weighted_sum([2, Fr(1, 2)], [P, Q])(at) == 2 * P(at) + Q(at) / 2


def test_equal_polynomials_are_equal_objects():
    assert (U + V) * (U - V) == U**2 - V**2
    assert hash(U + V - U) == hash(V)
    assert (U - U).terms == () and (U - U).degree == 0
    assert P.degree == 3 and Q.degree == 4


def test_derivatives_are_those_of_the_terms():
    assert P.derivative(0) == 6 * U**2 - Fr(1, 3) * V**2
    assert P.gradient[1] == 1 - Fr(2, 3) * U * V
    assert (P * Q).derivative(1) == P.derivative(1) * Q + P * Q.derivative(1)


@pytest.mark.parametrize("at", POINTS)
def test_a_shifted_polynomial_is_the_same_function_of_deviations(at):
    for step in POINTS:
        moved_there = tuple(a + b for a, b in zip(at, step, strict=True))
        assert P.shifted(at)(step) == P(moved_there)
        assert Q.shifted(at)(step) == Q(moved_there)


def test_composition_with_a_path_is_exact_where_no_order_is_cut_off():
    """Q has degree 4 and the path degree 2 in lr, so orders to 8 hold all of it."""
    path = tuple((Fr(a), Fr(b), Fr(c), *[Fr(0)] * 6) for a, b, c in ((1, -2, 3), (0, Fr(1, 2), -1)))
    series = composed(Q, path)
    for lr in (Fr(1, 2), Fr(-3), Fr(2, 9)):
        there = [sum(c * lr**k for k, c in enumerate(weight)) for weight in path]
        assert sum(c * lr**k for k, c in enumerate(series)) == Q(there)
    short = composed(Q, tuple(weight[:4] for weight in path))
    assert short == series[:4]


def test_series_multiply_and_move_as_polynomials_of_the_rate():
    first, second = (Fr(1), Fr(2), Fr(3)), (Fr(0), Fr(-1), Fr(5))
    assert times(first, second) == (0, -1, 3)
    assert moved((first,), (second,), Fr(2)) == ((1, 2, 1),)
    assert at_rest((Fr(4), Fr(5)), 2) == ((4, 0, 0), (5, 0, 0))
    assert combined([Fr(2), Fr(-1)], [(first,), (second,)]) == ((2, 5, 1),)


def test_the_named_landscapes_are_the_tabulated_ones():
    landscape, theta = two_quintics()
    t = landscape.mean.shifted(theta)
    taylor = [t.coefficients[(k,)] for k in range(4)]
    assert taylor == [Fr(513, 2240), Fr(113, 112), Fr(79, 28) / 2, Fr(38, 7) / 6]
    landscape, theta = three_quintics()
    assert landscape.mean(theta) == Fr(4703, 5760)
    assert [slope(theta) for slope in landscape.mean.gradient] == [Fr(73, 80), Fr(43, 240)]
    hessian = [[slope.derivative(j)(theta) for j in range(2)] for slope in landscape.mean.gradient]
    assert hessian == [[Fr(49, 40), Fr(193, 120)], [Fr(193, 120), -Fr(83, 360)]]


def test_the_valley_floor_is_a_minimum_with_the_given_noise():
    landscape = valley_floor(2, 3, noise=(1, -2), probabilities=(Fr(2, 3), Fr(1, 3)))
    t = Polynomial.coordinate(1, 0)
    assert landscape.mean == t**2 + t**3 * Fr(1, 2)
    assert [loss.derivative(0)((0,)) for loss in landscape.losses] == [1, -2]
    with pytest.raises(ValueError, match="curvature must be positive, got 0"):
        valley_floor(0, 1, noise=(1, -1), probabilities=(Fr(1, 2), Fr(1, 2)))
    with pytest.raises(ValueError, match="noise must have mean zero, got 1/3"):
        valley_floor(1, 1, noise=(1, -1), probabilities=(Fr(2, 3), Fr(1, 3)))


@pytest.mark.parametrize("named", [two_quintics, three_quintics])
def test_the_population_in_floating_point_is_the_exact_one(named):
    landscape, theta = named()
    population = landscape.population()
    at = torch.tensor([float(x) for x in theta], dtype=torch.float64)
    count = len(landscape.losses)
    exact = torch.tensor([float(loss(theta)) for loss in landscape.losses], dtype=torch.float64)
    assert population.dim == landscape.dim
    assert torch.allclose(population.losses(at), exact, rtol=1e-14)
    one_each = population.example_loss(at.expand(count, -1), torch.arange(count))
    assert torch.allclose(one_each, exact, rtol=1e-14)
    both = torch.stack([at, at + 1])
    assert population.loss(both)[0].item() == pytest.approx(float(landscape.mean(theta)), rel=1e-14)
    assert population.loss(both, samples=torch.tensor([0, 0, 1])).shape == (2,)
    batch = population.loss(at, samples=torch.tensor([0, 0, 1]))
    assert float(batch) == pytest.approx(float(2 * exact[0] + exact[1]) / 3, rel=1e-14)


def test_every_derivative_of_the_population_is_finite_at_zero():
    landscape, _ = three_quintics()
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    number = landscape.population().loss(theta)
    for order in range(1, 5):
        (slope,) = torch.autograd.grad(number, theta, create_graph=True)
        number = slope[0]
        pure = landscape.mean.coefficients.get((order, 0), 0)
        assert number.item() == pytest.approx(float(pure * [1, 1, 2, 6, 24][order]), abs=1e-13)


def test_what_is_no_polynomial_is_refused():
    for bad in ((1,), (1, -1), (1, 0.5)):
        with pytest.raises(ValueError, match="a term needs 2 exponents, whole and not negative, got"):
            Polynomial.of(2, {bad: 1})
    with pytest.raises(ValueError, match=r"a coefficient must be exact: .* got 0\.5"):
        Polynomial.of(1, {(1,): 0.5})
    with pytest.raises(ValueError, match="index must be 0 to 1, a weight's number, got 2"):
        Polynomial.coordinate(2, 2)
    with pytest.raises(ValueError, match="polynomials of as many weights expected, got 2 and 1"):
        U + Polynomial.coordinate(1, 0)
    with pytest.raises(ValueError, match="power must be a whole number of at least 0, got -1"):
        U**-1
    with pytest.raises(ValueError, match="theta must hold 2 weights, got 1"):
        P((1,))
    with pytest.raises(ValueError, match=r"a weight must be exact: .* got 1\.0"):
        P((1.0, 2))


def test_what_is_no_landscape_is_refused():
    half = (Fr(1, 2), Fr(1, 2))
    with pytest.raises(ValueError, match="each example needs a probability and a loss, got 2 and 1"):
        PolynomialLandscape(half, (U,))
    with pytest.raises(ValueError, match="probabilities must be positive with sum 1, got sum 3/4"):
        PolynomialLandscape((Fr(1, 2), Fr(1, 4)), (U, V))
    with pytest.raises(ValueError, match=r"(a probability|probabilities.*) must be exact: .* got 0\.5"):
        PolynomialLandscape((0.5, 0.5), (U, V))
    with pytest.raises(ValueError, match=r"all losses must be of the same weights, got \[2, 1\]"):
        PolynomialLandscape(half, (U, Polynomial.coordinate(1, 0)))
