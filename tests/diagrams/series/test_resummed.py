"""The re-summed series against runs on every training set, and its endless limit against long runs."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch

from lrtheory.diagrams.counting.schedules import Cells, Epochs, GradientFlow, cells_of, full_batch, one_epoch
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.series.resummed import resummed_terms
from lrtheory.diagrams.series.stationary import stationary_terms, time_sums
from lrtheory.diagrams.values.diagram_values import derivatives_of
from lrtheory.diagrams.values.observables import Displacement, SecondMoment


def population_of(landscape):
    exact, theta = landscape
    population = exact.population()
    return population, torch.tensor([float(weight) for weight in theta], dtype=torch.float64)


def line(terms_of_examples, probabilities):
    losses = tuple(
        Polynomial.of(1, {(k,): Fraction(c) for k, c in terms.items()}) for terms in terms_of_examples
    )
    return PolynomialLandscape(probabilities, losses).population()


def run_on_every_training_set(population, theta, schedule, lr, observable):
    """Mean of an observable over all training sets, each run as descent does it."""
    cells, total = cells_of(schedule) if isinstance(schedule, Epochs) else schedule, 0.0
    for chosen in product(range(len(population.probabilities)), repeat=cells.examples):
        at = theta.clone()
        for batch in cells.seen:
            slopes = [gradient(population, at, chosen[row]) for row in batch]
            at = at - lr * sum(slopes) / len(batch)
        chance = float(np.prod([float(population.probabilities[k]) for k in chosen]))
        total += chance * float(observable(at, chosen))
    return total


def gradient(population, theta, example):
    point = theta.clone().requires_grad_()
    return torch.autograd.grad(population.example_loss(point, torch.tensor(example)), point)[0]


def measures(population, theta):
    train = lambda at, chosen: np.mean([float(population.example_loss(at, torch.tensor(k))) for k in chosen])  # noqa: E731
    return {
        "test": lambda at, chosen: population.loss(at),
        "train": train,
        "gap": lambda at, chosen: float(population.loss(at)) - train(at, chosen),
        "displacement": lambda at, chosen: (at - theta)[0],
        "second moment": lambda at, chosen: (at - theta)[0] ** 2,
    }


pytestmark = pytest.mark.slow
ROOTS = {"displacement": Displacement(0).along, "second moment": SecondMoment(0, 0).along}


@pytest.mark.parametrize(
    ("start", "lr", "sums"),
    [
        (0.0, 0.2, {2: 0.055293}),
        (0.0, 0.4, {2: 0.124999}),
        (1.0, 0.05, {1: -0.013166, 2: 0.158878, 3: 0.140334}),
    ],
)
def test_partial_sums_of_a_curved_minimum_are_the_known_ones(start, lr, sums):
    """Its exact loss after 12 steps is 0.05528717, 0.12491630 and 0.14582875."""
    losses = [{1: x, 2: Fraction(1, 2) + Fraction(x, 8), 3: Fraction(1, 20)} for x in (1, -1)]
    population = line(losses, (Fraction(1, 2), Fraction(1, 2)))
    derivatives = derivatives_of(population, torch.tensor([start], dtype=torch.float64))
    for order, value in sums.items():
        terms = resummed_terms(derivatives, one_epoch(12), lr=lr, order=order)
        assert sum(term.contribution for term in terms) == pytest.approx(value, abs=6e-7)


@pytest.mark.parametrize("schedule", [one_epoch(3), Epochs(2, epochs=2), full_batch(2, 2)])
@pytest.mark.parametrize("observable", ["test", "train", "gap", "displacement", "second moment"])
def test_the_error_of_order_three_falls_as_the_fourth_power_of_the_rate(schedule, observable):
    population, theta = population_of(three_quintics())
    derivatives, measure = derivatives_of(population, theta), measures(population, theta)[observable]
    rates, errors = [0.004, 0.002], []
    for lr in rates:
        terms = resummed_terms(
            derivatives, schedule, lr=lr, order=3, observable=observable, root=ROOTS.get(observable)
        )
        truth = run_on_every_training_set(population, theta, schedule, lr, measure)
        errors.append(abs(sum(term.contribution for term in terms) - truth))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize(
    "schedule", [one_epoch(5), Epochs(2, epochs=3), full_batch(3, 4), Cells(3, ((0, 1), (2,)))]
)
@pytest.mark.parametrize("lr", [0.3, 1.1])
def test_order_two_is_exact_at_any_rate_where_the_curvature_is_one_and_the_same(schedule, lr):
    losses = [
        {0: 1, 1: 1, 2: Fraction(2, 3)},
        {1: -2, 2: Fraction(2, 3)},
        {1: Fraction(1, 2), 2: Fraction(2, 3)},
    ]
    population = line(losses, (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)))
    theta = torch.tensor([0.7], dtype=torch.float64)
    terms = resummed_terms(derivatives_of(population, theta), schedule, lr=lr, order=2)
    truth = run_on_every_training_set(population, theta, schedule, lr, lambda at, chosen: population.loss(at))
    assert sum(term.contribution for term in terms) == pytest.approx(truth, rel=1e-12)


def test_a_part_of_four_nodes_shares_its_row_in_all_blocks_of_its_cumulant():
    """Order four on one epoch: the fourth cumulant must not be spread over several examples."""
    population, theta = population_of(two_quintics())
    derivatives, errors = derivatives_of(population, theta), []
    for lr in (0.01, 0.005):
        terms = resummed_terms(derivatives, one_epoch(3), lr=lr, order=4)
        truth = run_on_every_training_set(
            population, theta, one_epoch(3), lr, lambda at, _: population.loss(at)
        )
        errors.append(abs(sum(term.contribution for term in terms) - truth))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(5, abs=0.15)


@pytest.mark.parametrize(("observable", "order"), [("test", 3), ("displacement", 2), ("second moment", 2)])
def test_an_endless_run_is_the_limit_of_long_ones_in_two_dimensions_and_any_metric(observable, order):
    features = torch.tensor([[1.0, 0.2], [-0.5, 1.0], [0.3, -1.2], [0.9, 0.8]], dtype=torch.float64)
    population = LinearModel(features, torch.tensor([1.0, -1, 1, -1], dtype=torch.float64))
    derivatives = population.derivatives(torch.tensor([0.1, -0.2], dtype=torch.float64))
    metric = torch.tensor([[1.25, 0.3], [0.3, 2.0]], dtype=torch.float64)
    setting = {"lr": 1.0, "order": order, "lr_matrix": metric, "root": ROOTS.get(observable)}
    long = resummed_terms(derivatives, one_epoch(300), observable=observable, **setting)
    endless = stationary_terms(derivatives, observable=observable, **setting)
    known = {term.diagram: term.contribution for term in endless}
    for term in long:
        assert term.contribution == pytest.approx(known.get(term.diagram, 0.0), abs=1e-11)


def test_the_endless_limit_has_the_known_expansion_in_the_rate():
    """Loss c lr/4 + lr^2 (c h/8 + S j/36h + 5 c^2 j^2/96h^3 - c^2 q/32h^2): six edges are needed for lr^2."""
    h, j, q, atoms, law = 1.3, 0.7, 0.4, (1, -3), (Fraction(3, 4), Fraction(1, 4))
    rough = [{1: x, 2: Fraction(13, 20), 3: Fraction(7, 60), 4: Fraction(1, 60)} for x in atoms]
    derivatives = derivatives_of(line(rough, law), torch.zeros(1, dtype=torch.float64))
    c, s = 3.0, 0.75 - 0.25 * 27
    expected = c * h / 8 + s * j / (36 * h) + 5 * c**2 * j**2 / (96 * h**3) - c**2 * q / (32 * h**2)
    second = []
    for lr in (0.01, 0.005):
        total = sum(term.contribution for term in stationary_terms(derivatives, lr=lr, order=6))
        second.append((total - c * lr / 4) / lr**2)
    assert 2 * second[1] - second[0] == pytest.approx(expected, rel=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("observable", "root", "complete"),
    [("test", None, {1: 2, 2: 6}), ("displacement", Displacement(0).along, {1: 3, 2: 7})],
)
def test_a_power_of_the_rate_is_complete_from_the_stated_order_on(observable, root, complete):
    """Diagrams of size lr^p at a minimum: the largest order that has one is 4p - 2, or 4p - 1."""
    law = (Fraction(3, 4), Fraction(1, 4))
    rough = [
        {1: x, 2: Fraction(26 + x, 40), 3: Fraction(7 + x, 60), 4: Fraction(3 + x, 60)} for x in (1, -3)
    ]
    derivatives = derivatives_of(line(rough, law), torch.zeros(1, dtype=torch.float64))
    most = max(complete.values()) if observable == "test" else 6  # order 7 takes minutes
    small, smaller = (
        stationary_terms(derivatives, lr=lr, order=most, observable=observable, root=root)
        for lr in (1e-3, 5e-4)
    )
    powers = {}
    for one, two in zip(small, smaller, strict=True):
        if abs(one.contribution) > 1e-30:
            power = round(np.log2(one.contribution / two.contribution))
            powers.setdefault(power, set()).add(one.diagram.order)
    assert max(powers[1]) == complete[1]
    if most >= complete[2]:
        assert max(powers[2]) == complete[2]


@pytest.mark.parametrize("observable", ["displacement", "second moment"])
def test_an_observable_that_is_no_loss_needs_its_root(observable):
    population, theta = population_of(two_quintics())
    derivatives = derivatives_of(population, theta)
    with pytest.raises(ValueError, match=f"{observable} needs root=, what is differentiated"):
        resummed_terms(derivatives, one_epoch(2), lr=0.1, order=2, observable=observable)
    with pytest.raises(ValueError, match=f"{observable} needs root=, what is differentiated"):
        stationary_terms(derivatives, lr=0.1, order=2, observable=observable)


def test_one_tie_sums_to_one_geometric_series():
    factors = torch.tensor([0.5, 0.8], dtype=torch.float64)
    sums = time_sums(Diagram.parse("(01-2)(02-12)"), factors)
    torch.testing.assert_close(sums, 1 / (1 - factors[:, None] * factors[None, :]))


@pytest.mark.parametrize(
    ("curvature", "lr", "message"),
    [
        (0, 0.1, "the Hessian must be positive in every direction"),
        (2, 1.5, "largest curvature must be below 2"),
    ],
)
def test_a_run_without_a_limit_is_refused(curvature, lr, message):
    population = line(
        [{1: 1, 2: Fraction(curvature, 2)}, {1: -1, 2: Fraction(curvature, 2)}], (Fraction(1, 2),) * 2
    )
    with pytest.raises(ValueError, match=message):
        stationary_terms(derivatives_of(population, torch.zeros(1, dtype=torch.float64)), lr=lr, order=2)


def test_what_cannot_be_resummed_is_refused():
    population, theta = population_of(two_quintics())
    derivatives = derivatives_of(population, theta)
    with pytest.raises(ValueError, match="lr must be positive and finite, got 0"):
        resummed_terms(derivatives, one_epoch(2), lr=0, order=2)
    with pytest.raises(ValueError, match="needs one set of cells, got GradientFlow"):
        resummed_terms(derivatives, GradientFlow(3), lr=0.1, order=2)
    with pytest.raises(ValueError, match="observable must be one of test, train"):
        resummed_terms(derivatives, one_epoch(2), lr=0.1, order=2, observable="loss")
    with pytest.raises(ValueError, match=r"needs messages of about .* numbers"):
        resummed_terms(derivatives, one_epoch(20_000), lr=0.1, order=2)
    with pytest.raises(ValueError, match="observable must be one of test, displacement"):
        stationary_terms(derivatives, lr=0.1, order=2, observable="gap")
    with pytest.raises(ValueError, match="lr must be positive and finite, got -1"):
        stationary_terms(derivatives, lr=-1, order=2)
