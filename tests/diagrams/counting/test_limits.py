"""Gradient flow and the diffusion: their coefficients, and the generators of both processes themselves."""

from fractions import Fraction
from itertools import product
from math import factorial

import pytest
from sympy import Poly, Rational, diff, expand, symbols

from lrtheory.diagrams.counting.coefficients import coefficient, coefficients
from lrtheory.diagrams.counting.schedules import Diffusion, GradientFlow, one_epoch
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.values.rational import exact_values

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

T = Fraction(7, 2)
U, V = symbols("u v")
ONE_WEIGHT = (
    (Rational(1, 3), U + U**2 / 2 + U**3 / 3 - U**4 / 4 + U**5 / 5),
    (Rational(2, 3), -U / 2 + U**2 - U**3 / 6 + U**4 / 2 + U**5 / 7),
)
TWO_WEIGHTS = (
    (Rational(1, 2), U + V**2 + U**2 * V / 2 + U * V**3 / 3 + U**4 / 4),
    (Rational(1, 3), -V + U**2 / 2 - U * V**2 / 2 + U**3 * V / 6 + V**4 / 8),
    (Rational(1, 6), U * V + U**2 + V / 2 - U**3 / 3),
)


@pytest.mark.parametrize(
    ("name", "flow", "diffusion"),
    [
        ("(0-1)(01)", T, T),
        ("(01-2)(02-12)", 0, T),
        ("(0-1-2)(02-12)", T**2, T**2),
        ("(0-1-2)(01-12)", T**2 / 2, T**2 / 2),
        ("(01-2)(01-12)", 0, 0),
        ("(012-3)(03-13-23)", 0, 0),
        ("(0-12-3)(03-13-23)", 0, T**2),
        ("(0-1-2-3)(03-13-23)", T**3, T**3),
        ("(0-12-3)(01-13-23)", 0, T**2 / 2),
        ("(02-1-3)(01-13-23)", 0, T**2 / 2),
        ("(01-2-3)(02-12-23)", 0, T**2 / 2),
        ("(0-1-2-3)(01-13-23)", T**3 / 2, T**3 / 2),
        ("(0-1-2-3)(02-12-23)", T**3 / 3, T**3 / 3),
        ("(0-1-2-3)(01-12-23)", T**3 / 6, T**3 / 6),
    ],
)
def test_limiting_coefficients_are_the_tabulated_ones(name, flow, diffusion):
    diagram = Diagram.parse(name)
    assert coefficient(diagram, GradientFlow(T)) == flow
    assert coefficient(diagram, Diffusion(T)) == diffusion


def test_untied_coefficients_of_the_flow_are_those_of_butcher_trees():
    """T^n over the product of the sizes of all subtrees: the density of a rooted tree."""
    for order in range(6):
        for diagram in enumerate_diagrams(order):
            if diagram.ties:
                assert coefficient(diagram, GradientFlow(T)) == 0
                continue
            sizes = [1] * (order + 1)
            for node in range(order, 0, -1):
                sizes[diagram.parents[node]] += sizes[node]
            density = Fraction(1)
            for size in sizes[1:]:
                density *= size
            assert coefficient(diagram, GradientFlow(T)) == T**order / density


def test_a_long_epoch_approaches_its_limits_diagram_by_diagram():
    """Leading power of N, with as many parts as the limit keeps."""
    n = 10**9
    diagrams = enumerate_diagrams(4)
    for diagram, count, limit in zip(
        diagrams,
        coefficients(diagrams, one_epoch(n)),
        coefficients(diagrams, Diffusion(n)),
        strict=True,
    ):
        small = max(map(len, diagram.members)) <= 2
        parts = len(diagram.members) - 1
        assert float(limit / n**parts) == pytest.approx(float(count / n**parts) if small else 0, abs=1e-7)


def test_a_training_example_is_not_seen_twice_in_the_limit():
    for diagram in enumerate_diagrams(3, "gap"):
        assert coefficient(diagram, Diffusion(T)) == coefficient(diagram, GradientFlow(T)) == 0


def landscape_of(losses, weights):
    def exact(number):
        return Fraction(int(number.p), int(number.q))

    polynomials = tuple(
        Polynomial.of(len(weights), {powers: exact(c) for powers, c in Poly(loss, *weights).terms()})
        for _, loss in losses
    )
    return PolynomialLandscape(tuple(exact(p) for p, _ in losses), polynomials)


def of_the_generator(losses, weights, start, order, *, noisy):
    """Taylor coefficients in lr of exp(T (lr A + lr^2 B)) l: every word in A and B, applied by sympy.

    A = -G . grad; B = (1/2) C : grad grad, with the covariance C where theta is, as Ito has it.
    """
    mean = sum(p * loss for p, loss in losses)
    slopes = [diff(mean, w) for w in weights]
    covariance = {
        (v, w): expand(
            sum(p * diff(loss, v) * diff(loss, w) for p, loss in losses) - diff(mean, v) * diff(mean, w)
        )
        for v in weights
        for w in weights
    }

    def apply(letter, s):
        if letter == 1:
            return expand(-sum(g * diff(s, w) for g, w in zip(slopes, weights, strict=True)))
        return expand(sum(c * diff(s, v, w) for (v, w), c in covariance.items()) / 2)

    found = []
    for power in range(order + 1):
        total = Fraction(0)
        for length in range(power + 1):
            for word in product((1, 2) if noisy else (1,), repeat=length):
                if sum(word) != power:
                    continue
                s = expand(mean)
                for letter in word:
                    s = apply(letter, s)
                at = Rational(s.subs(start))
                total += T**length / factorial(length) * Fraction(int(at.p), int(at.q))
        found.append(total)
    return found


@pytest.mark.parametrize("schedule", [GradientFlow(T), Diffusion(T)])
@pytest.mark.parametrize(
    ("losses", "start", "order"),
    [
        (ONE_WEIGHT, {U: Rational(1, 2)}, 5),
        (TWO_WEIGHTS, {U: Rational(1), V: Rational(-1, 2)}, 3),
    ],
)
def test_the_sum_over_diagrams_is_the_exponential_of_the_generator(losses, start, order, schedule):
    """The noise depends on theta: ties along a path count nothing, and Ito's integral is the one meant."""
    weights = tuple(start)
    landscape = landscape_of(losses, weights)
    theta = [Fraction(int(x.p), int(x.q)) for x in start.values()]
    exact = of_the_generator(losses, weights, start, order, noisy=isinstance(schedule, Diffusion))
    for power in range(order + 1):
        diagrams = enumerate_diagrams(power)
        numbers = coefficients(diagrams, schedule)
        kept = [(d, c) for d, c in zip(diagrams, numbers, strict=True) if c]
        values = exact_values([d for d, _ in kept], landscape, theta)
        total = sum((c / d.aut * value for (d, c), value in zip(kept, values, strict=True)), Fraction(0))
        assert (-1) ** power * total == exact[power]
