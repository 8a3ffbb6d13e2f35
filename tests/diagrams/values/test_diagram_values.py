"""Values by automatic differentiation against exact fractions. Networks: test_on_a_network.py."""

import pytest
import torch

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.values.diagram_values import cheapest_rooting, diagram_value, diagram_values
from lrtheory.diagrams.values.rational import exact_value, exact_values


@pytest.mark.parametrize("named", [two_quintics, three_quintics])
@pytest.mark.parametrize(("order", "observable"), [(2, "train"), (3, "train"), (4, "gap")])
def test_values_are_the_exact_ones_to_rounding(named, order, observable):
    landscape, start = named()
    theta = torch.tensor([float(x) for x in start], dtype=torch.float64)
    diagrams = enumerate_diagrams(order, observable)[:: 1 if order < 4 else 7]
    exact = torch.tensor([float(v) for v in exact_values(diagrams, landscape, start)], dtype=torch.float64)
    values = diagram_values(diagrams, landscape.population(), theta)
    assert torch.allclose(values, exact, rtol=1e-12, atol=1e-13)


def test_a_metric_and_an_observable_agree_with_the_exact_ones():
    landscape, start = three_quintics()
    theta = torch.tensor([float(x) for x in start], dtype=torch.float64)
    u, v = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    options = {"observable": u**3 * v - v**2, "lr_matrix": [[2, 1], [1, 3]]}
    diagrams = [diagram for order in (1, 2, 3) for diagram in enumerate_diagrams(order)]
    exact = [float(each) for each in exact_values(diagrams, landscape, start, **options)]
    values = diagram_values(
        diagrams,
        landscape.population(),
        theta,
        observable=lambda w: w[..., 0] ** 3 * w[..., 1] - w[..., 1] ** 2,
        lr_matrix=torch.tensor([[2.0, 1], [1, 3]], dtype=torch.float64),
    )
    assert torch.allclose(values, torch.tensor(exact, dtype=torch.float64), rtol=1e-12, atol=1e-13)


CHAIN, TIED_TO_ROOT, FORK = "(01-12-23-34-45-56)", "(012345)(01-12-23-34-45)", "(01-02-03-14-25-36)"


@pytest.mark.parametrize("text", [f"(0-123456){CHAIN}", TIED_TO_ROOT, f"(0-123456){FORK}"])
def test_cumulants_of_six_are_the_exact_ones(text):
    """The first in which three pairs are subtracted, twice each."""
    landscape, start = two_quintics()
    diagram, theta = Diagram.parse(text), torch.tensor([0.5], dtype=torch.float64)
    exact = float(exact_value(diagram, landscape, start))
    assert float(diagram_value(diagram, landscape.population(), theta)) == pytest.approx(exact, rel=1e-11)


def test_an_observable_of_low_degree_has_no_further_derivative():
    landscape, _ = three_quintics()
    theta = torch.zeros(2, dtype=torch.float64)
    star = Diagram.parse("(0-1-2)(02-12)")
    assert diagram_value(star, landscape.population(), theta, observable=lambda w: w[..., 0]) == 0


def test_one_value_has_one_cheapest_rooting():
    for order, distinct in ((2, 3), (3, 12), (4, 62)):
        assert len({cheapest_rooting(diagram) for diagram in enumerate_diagrams(order)}) == distinct


def test_what_has_no_value_is_refused():
    landscape, _ = two_quintics()
    population, theta = landscape.population(), torch.zeros(1, dtype=torch.float64)
    gap, square = Diagram.parse("(01)(01)"), torch.eye(2, dtype=torch.float64)
    for bad in (theta.float(), torch.zeros(2, dtype=torch.float64)):
        with pytest.raises(ValueError, match=r"theta must be float64 of shape \(1,\), got"):
            diagram_value(gap, population, bad)
    with pytest.raises(ValueError, match=r"lr_matrix must be symmetric of shape \(1, 1\), got \(2, 2\)"):
        diagram_value(gap, population, theta, lr_matrix=square)
    with pytest.raises(ValueError, match="a population has no fresh noise: use exact_value for"):
        diagram_value(Diagram.parse("(01*-2)(02-12)"), population, theta)
    with pytest.raises(ValueError, match="a tied root is an example's loss, not an observable of its own"):
        diagram_value(gap, population, theta, observable=lambda w: w[..., 0])


def test_a_message_that_is_too_large_is_refused():
    wide = LinearModel(torch.ones(300, 4000, dtype=torch.float64), torch.ones(300), link="squared")
    two_ties = Diagram.parse("(02-13-4)(01-12-23-34)")
    message = r"has 2 ties open at once, a message of 360,000,000 numbers for 300 examples and 4000 weights"
    with pytest.raises(ValueError, match=message):
        diagram_value(two_ties, wide, torch.zeros(4000, dtype=torch.float64))
