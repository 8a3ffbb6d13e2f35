"""Derivatives of observables along directions, against nested differentiation of what they are."""

from fractions import Fraction

import pytest
import torch

from lrtheory.diagrams.diagram.crossing import rootings
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.examples import three_quintics
from lrtheory.diagrams.values.diagram_values import derivatives_of
from lrtheory.diagrams.values.gram import moment_graphs
from lrtheory.diagrams.values.observables import Displacement, SecondMoment, SquaredChange

POPULATION = three_quintics()[0].population()
START = torch.tensor([0.7, -0.4], dtype=torch.float64)
DIRECTIONS = [
    torch.tensor(each, dtype=torch.float64) for each in ([1.0, 0.3], [-0.5, 2.0], [0.2, 0.9], [1.5, -1.0])
]


def change(theta):
    return POPULATION.loss(theta) - POPULATION.loss(START)


OBSERVED = {
    "displacement": (Displacement(1).along, lambda theta: theta[1] - START[1]),
    "one moment": (SecondMoment(0, 1).along, lambda theta: (theta[0] - START[0]) * (theta[1] - START[1])),
    "a square": (SecondMoment(1, 1).along, lambda theta: (theta[1] - START[1]) ** 2),
    "squared change": (
        lambda directions: SquaredChange().along(derivatives_of(POPULATION, START), directions),
        lambda theta: change(theta) ** 2,
    ),
}


@pytest.mark.parametrize("count", range(5))
@pytest.mark.parametrize("name", OBSERVED)
def test_a_derivative_along_directions_is_a_nested_one(name, count):
    along, observable = OBSERVED[name]
    theta = START.clone().requires_grad_()
    exact = observable(theta) + 0 * (theta**5).sum()  # a graph of every order
    for direction in DIRECTIONS[:count]:
        (slope,) = torch.autograd.grad(exact, theta, create_graph=True)
        exact = slope @ direction
    assert float(along(DIRECTIONS[:count])) == pytest.approx(float(exact.detach()), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", OBSERVED)
def test_many_directions_at_once_have_the_derivatives_of_each(name, count):
    along, _ = OBSERVED[name]
    many = [torch.stack([each, 2 * each, -each]) for each in DIRECTIONS[:count]]
    one_by_one = [float(along([each[k] for each in many])) for k in range(3)]
    assert along(many).tolist() == pytest.approx(one_by_one, rel=1e-12)


def test_polynomials_are_the_observables_in_fractions():
    start, at = (Fraction(1, 2), Fraction(-3)), (Fraction(2), Fraction(5))
    assert Displacement(1).polynomial(start)(at) == 8
    assert SecondMoment(0, 1).polynomial(start)(at) == 12
    assert SecondMoment(0).polynomial(start)(at) == Fraction(9, 4)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_one_value_has_one_sum_of_moments_wherever_it_is_rooted(order):
    for diagram in enumerate_diagrams(order):
        sums = {frozenset(moment_graphs(each) or ()) for each in rootings(diagram, tied=True)}
        assert len(sums) == 1, str(diagram)
