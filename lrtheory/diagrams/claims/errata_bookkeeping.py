"""Claims about published definitions, coefficients and estimators that calculation refutes."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from itertools import product

import numpy as np
import torch
from torch import Tensor

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.exact import exact_zero
from lrtheory.diagrams.counting.schedules import cells_of, one_epoch
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.moments import local_moments
from lrtheory.diagrams.models.populations import PolynomialPopulation
from lrtheory.diagrams.series.resummed import TimedAlgebra
from lrtheory.diagrams.theory import errata
from lrtheory.diagrams.theory.covariance_penalty import covariance_statistic, trace_slope_statistic
from lrtheory.diagrams.values.contraction import contract
from lrtheory.diagrams.values.diagram_values import derivatives_of

_EXAMPLES, _SLOPES, _CURVATURE, _START, _LR = 5, (1.0, -2.0), 0.8, 0.7, 0.4


def _links(scale: str) -> Verdict:
    """Both rules on a parabola, where the re-summed series must be exact at any rate."""
    truth = np.mean([_parabola_loss(draw) for draw in product(_SLOPES, repeat=_EXAMPLES)])
    ours = _resummed(lambda diagram: diagram.linkless)
    theirs = _resummed(_published_irreducible)
    note = f"the published rule gives {theirs:.6g}"
    return Verdict.near(float(truth), ours, stderr=0.0, tolerance=1e-12, note=note)


def _published_irreducible(diagram: Diagram) -> bool:
    """Every node of degree two below the root is tied to nothing: the rule as printed."""
    inner = [node for node in range(1, len(diagram.parents)) if len(diagram.children[node]) == 1]
    return all(diagram.parts.count(diagram.parts[node]) == 1 for node in inner)


def _parabola_loss(draw: tuple[float, ...]) -> float:
    theta = _START
    for slope in draw:
        theta -= _LR * (_CURVATURE * theta + slope)
    return _CURVATURE * theta**2 / 2 + theta * float(np.mean(_SLOPES))


def _resummed(kept: Callable[[Diagram], bool]) -> float:
    exponents, coefficients = [[1], [2]], [[slope, _CURVATURE / 2] for slope in _SLOPES]
    law = torch.full((2,), 0.5, dtype=torch.float64)
    table = torch.tensor(coefficients, dtype=torch.float64)
    population = PolynomialPopulation(law, table, torch.tensor(exponents))
    start = torch.tensor([_START], dtype=torch.float64)
    algebra = TimedAlgebra(derivatives_of(population, start), cells_of(one_epoch(_EXAMPLES)), _LR)
    chosen = [each for edges in range(3) for each in enumerate_diagrams(edges) if kept(each)]
    return math.fsum((-1) ** each.order * float(contract(each, algebra)) / each.aut for each in chosen)


def _second_order(scale: str) -> Verdict:
    landscape, start = two_quintics()
    truth = exact_enumeration(landscape, start, one_epoch(3), order=2)[2]
    g, h = _moment((1,)), _moment((2,))
    plain, leaves = g * h * g, _moment((1, 1)) * h
    ours, theirs = (factor * math.comb(3, 2) * plain + 3 * leaves / 2 for factor in (2, 1))
    return _exact(truth, ours, theirs)


def _gap_coefficients(scale: str) -> Verdict:
    landscape, start = two_quintics()
    truth = exact_enumeration(landscape, start, one_epoch(3), observable="gap", order=3)[3]
    return _exact(truth, _gap_series(4, 3), _gap_series(5, 2))


def _gap_series(alternate: int, middle: int) -> Fraction:
    """Third-order gap of one epoch of three from moments, with two of its coefficients given."""
    g, h, j = _moment((1,)), _moment((2,)), _moment((3,))
    chain, star = g * g * h * h, j * g**3
    linked, leaves = _moment((1, 2)), _moment((1, 1))
    three = 4 * _moment((1, 3)) * g * g + 2 * leaves * g * j - 6 * star
    three += (4 + alternate) * linked * h * g + middle * _moment((2, 2)) * g * g + leaves * h * h - 12 * chain
    two = _moment((1, 1, 3)) * g + Fraction(3, 2) * _moment((1, 3)) * leaves
    two += _moment((1, 1, 1)) * j / 2 - 3 * leaves * g * j
    two += _moment((2, 2)) * leaves + _moment((1, 1, 2)) * h - 2 * leaves * h * h
    two += _moment((1, 2, 2)) * g + linked * linked - 2 * linked * h * g
    one = (_moment((1, 1, 1, 3)) - _moment((1, 1, 1)) * j) / 6
    return (math.comb(3, 3) * three + math.comb(3, 2) * two + 3 * one) / 3


@cache
def _moment(degrees: tuple[int, ...]) -> Fraction:
    """Mean over the examples of a product of derivatives of their losses, of the given degrees."""
    landscape, start = two_quintics()
    total = Fraction(0)
    for probability, loss in zip(landscape.probabilities, landscape.losses, strict=True):
        factor = probability
        for degree in degrees:
            derivative = loss
            for _ in range(degree):
                derivative = derivative.derivative(0)
            factor *= derivative(start)
        total += factor
    return total


def _covariance_statistic(scale: str) -> Verdict:
    population, theta = _plane()
    slopes = [_gradient(population, theta, k) for k in range(3)]
    truth = float(local_moments(population, theta).covariance[0, 0])
    ours, theirs = (
        sum(float(p * q * statistic(slopes[x], slopes[y])[0, 0]) for x, y, p, q in _pairs(population))
        for statistic in (covariance_statistic, errata.published_covariance_statistic)
    )
    return Verdict.near(truth, ours, stderr=0.0, tolerance=1e-12, note=f"with the half printed: {theirs:.6g}")


def _trace_slope(scale: str) -> Verdict:
    population, theta = _plane()
    ours = theirs = 0.0
    for x, y, p, q in _pairs(population):
        one, other = torch.tensor([x]), torch.tensor([y])
        ours += float(p * q * trace_slope_statistic(population, theta, one, other)[..., 0])
        apart = _gradient(population, theta, x) - _gradient(population, theta, y)
        theirs += float(p * q * 2 * population.example_loss(theta, torch.tensor(x)) * apart[0])
    note = f"with the loss in place of the Hessian, as printed: {theirs:.6g}"
    return Verdict.near(6481 / 7200, ours, stderr=0.0, tolerance=1e-12, note=note)


def _worked_correlator(scale: str) -> Verdict:
    """Atoms 1, -2, 5, batches of two: the mean of x^3 from batch means, by all nine batches."""
    atoms, size = (Fraction(1), Fraction(-2), Fraction(5)), 2
    mean = {n: Fraction(sum(x**n for x in atoms)) / 3 for n in (1, 2, 3)}
    pairs = [(x + y) / 2 for x, y in product(atoms, repeat=2)]
    batch = {n: Fraction(sum(each**n for each in pairs)) / 9 for n in (1, 2, 3)}
    last = (size - 1) * (size - 2) * mean[1] ** 3
    ours = size**2 * batch[3] - 3 * (size - 1) * mean[2] * mean[1] - last
    theirs = size**2 * batch[3] - 3 * (size - 1) * batch[2] * mean[1] - last
    return _exact(mean[3], ours, theirs)


def _pairs(population: PolynomialPopulation) -> list[tuple[int, int, Tensor, Tensor]]:
    law = population.probabilities
    return [(x, y, law[x], law[y]) for x, y in product(range(len(law)), repeat=2)]


def _plane() -> tuple[PolynomialPopulation, Tensor]:
    landscape, start = three_quintics()
    return landscape.population(), torch.tensor([float(x) for x in start], dtype=torch.float64)


def _gradient(population: PolynomialPopulation, theta: Tensor, example: int) -> Tensor:
    point = theta.clone().requires_grad_()
    (slope,) = torch.autograd.grad(population.example_loss(point, torch.tensor(example)), point)
    return slope


def _exact(truth: Fraction, ours: Fraction, theirs: Fraction) -> Verdict:
    """Holds if two fractions are equal: the difference is taken before it is rounded."""
    note = f"truth {truth}; the published statement gives {theirs}"
    return exact_zero(truth - ours, note=note)


_claim = partial(Claim, theory="diagrams", page="diagrams/errata", kind="our finding", states=HOLDS)
_ALL_RUNS = "All 27 runs of one epoch of three, in exact fractions; the difference is measured."

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.erratum-links",
        statement="The re-summed series runs over diagrams in which no untied node has exactly one child; "
        "the formal sentence of submission and thesis inverts this, their examples do not.",
        source="tenka2020, definition of irreducible diagrams, corrected",
        how="All 32 training sets of five on a parabola, where the re-summed series is exact at any rate.",
        check=_links,
    ),
    _claim(
        id="diagrams.erratum-second-order",
        statement="At second order one epoch counts pairs of steps 2 (T choose 2) times; a table in the code "
        "has half of it, the theory text is right.",
        source="tenka2020, table of coefficients in the code, corrected",
        how=_ALL_RUNS,
        check=_second_order,
    ),
    _claim(
        id="diagrams.erratum-gap-coefficients",
        statement="In the third-order gap two chains enter 4 and 3 times; a table in the code has 5 and 2.",
        source="tenka2020, table of coefficients in the code, corrected",
        how=_ALL_RUNS,
        check=_gap_coefficients,
    ),
    _claim(
        id="diagrams.erratum-covariance-statistic",
        statement="(g_x - g_y) g_x is unbiased for the gradient covariance as it stands; three texts "
        "print half of it, the code that made the figures has no half.",
        source="tenka2020, appendix on estimators, corrected",
        how="All nine pairs of three examples.",
        check=_covariance_statistic,
    ),
    _claim(
        id="diagrams.erratum-correlator",
        statement="The worked example of estimating <xxx> from batch means needs the correlator where the "
        "statistic is printed, as the rule above it says.",
        source="tenka2020, appendix on estimators, corrected",
        how="All nine batches of two of three numbers, in exact fractions; the difference is measured.",
        check=_worked_correlator,
    ),
    _claim(
        id="diagrams.erratum-trace-slope",
        statement="Twice the Hessian of one example along the difference of two gradients is unbiased for "
        "grad tr C; the reply prints the loss in place of the Hessian.",
        source="tenka2020, author response, read as a slip",
        how="All nine pairs of three examples.",
        check=_trace_slope,
    ),
)
