"""Linear models: closed-form derivatives and Gram values against autodiff and explicit tensors."""

import math
from itertools import product

import pytest
import torch

from lrtheory import generator
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, set_partitions
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.values.algebra import PlainAlgebra
from lrtheory.diagrams.values.autodiff import AutodiffDerivatives
from lrtheory.diagrams.values.contraction import contract
from lrtheory.diagrams.values.gram import gram_values, moment_graphs


def model(link="logistic", examples=5, dim=3, weights=None):
    source = generator(3, "linear", link)
    features = torch.randn(examples, dim, generator=source, dtype=torch.float64)
    targets = torch.randn(examples, generator=source, dtype=torch.float64)
    return LinearModel(features, targets.sign() if link == "logistic" else targets, link, weights)


def start(dim=3):
    return torch.linspace(-0.5, 0.7, dim, dtype=torch.float64)


def explicit(population, theta, diagram, lr_matrix):
    """Value by tensors of all derivatives and the cumulant formula written out."""
    whole = [example_tensors(population, theta, node, diagram) for node in range(len(diagram.parents))]
    names = {edge: chr(ord("a") + edge) for edge in range(1, len(diagram.parents))}
    lower = {edge: chr(ord("A") + edge) for edge in names}
    total = 0.0
    for choice in product(*(set_partitions(len(part)).tolist() for part in diagram.members)):
        blocks, sign, used = {}, 1, 0
        for part, labels in zip(diagram.members, choice, strict=True):
            sign *= (-1) ** max(labels) * math.factorial(max(labels))
            blocks |= {node: chr(ord("n") + used + label) for node, label in zip(part, labels, strict=True)}
            used += max(labels) + 1
        subscripts = [
            blocks[node]
            + (lower[node] if node else "")
            + "".join(names[child] for child in diagram.children[node])
            for node in range(len(diagram.parents))
        ]
        subscripts += [lower[edge] + names[edge] for edge in names] + [chr(ord("n") + b) for b in range(used)]
        factors = [*whole, *[lr_matrix] * len(names), *[population.probabilities] * used]
        total += sign * float(torch.einsum(",".join(subscripts) + "->", *factors))
    return total


def example_tensors(population, theta, node, diagram):
    degree = len(diagram.children[node]) + (node > 0)
    loss = [
        lambda t, k=k: population.example_loss(t, torch.tensor(k))
        for k in range(len(population.probabilities))
    ]
    for _ in range(degree):
        loss = [torch.func.jacrev(each) for each in loss]
    return torch.stack([each(theta) for each in loss])


@pytest.mark.parametrize("name", [d.name for k in range(4) for d in enumerate_diagrams(k, "train")][::3])
@pytest.mark.parametrize("link", ["logistic", "squared"])
def test_a_value_is_what_explicit_tensors_and_cumulants_give(name, link):
    diagram, population, theta = Diagram.parse(name), model(link), start()
    metric = torch.tensor([[1.0, 0.2, 0.0], [0.2, 0.7, 0.1], [0.0, 0.1, 1.3]], dtype=torch.float64)
    truth = explicit(population, theta, diagram, metric)
    walked = contract(diagram, PlainAlgebra(population.derivatives(theta), metric))
    assert float(walked) == pytest.approx(truth, rel=1e-10, abs=1e-14)
    assert float(gram_values([diagram], population, theta, lr_matrix=metric)) == pytest.approx(
        truth, rel=1e-10, abs=1e-14
    )


@pytest.mark.parametrize("link", ["logistic", "squared"])
def test_gram_values_through_order_four_are_those_of_the_walk(link):
    law = torch.tensor([0.1, 0.3, 0.2, 0.15, 0.25], dtype=torch.float64)
    population, theta = model(link, weights=law), start()
    diagrams = [d for k in range(5) for d in enumerate_diagrams(k, "train")]
    algebra, memory = PlainAlgebra(population.derivatives(theta)), {}
    walked = torch.stack([contract(diagram, algebra, memory) for diagram in diagrams])
    torch.testing.assert_close(gram_values(diagrams, population, theta), walked, rtol=1e-10, atol=1e-13)


def test_through_order_three_every_moment_is_a_tree_or_a_ring():
    assert all(moment_graphs(d) is not None for k in range(4) for d in enumerate_diagrams(k))
    assert any(moment_graphs(d) is None for d in enumerate_diagrams(4))


@pytest.mark.parametrize("link", ["logistic", "squared"])
@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_closed_form_derivatives_are_those_of_autodiff(link, degree):
    population, theta, source = model(link, examples=7), start(), generator(5, "directions")
    known, automatic = population.derivatives(theta), AutodiffDerivatives(population, theta, members=4)
    directions = [torch.randn(6, 3, generator=source, dtype=torch.float64) for _ in range(degree)]
    examples = torch.arange(6)
    torch.testing.assert_close(known.mean(directions), automatic.mean(directions))
    torch.testing.assert_close(known.example(directions, examples), automatic.example(directions, examples))
    torch.testing.assert_close(known.mean_number(directions), automatic.mean_number(directions))
    own, other = (each.example_number(directions, examples) for each in (known, automatic))
    torch.testing.assert_close(own, other)


def test_a_batch_of_examples_is_their_mean_for_every_member():
    population = model()
    theta = torch.stack([start(), 2 * start()])
    each = torch.stack([population.example_loss(theta, torch.full((2,), k)) for k in (1, 4)])
    torch.testing.assert_close(population.loss(theta, torch.tensor([1, 4])), each.mean(dim=0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": torch.ones(4)}, r"features must have shape \(K, d\)"),
        ({"link": "probit"}, "link must be one of logistic, squared; got 'probit'"),
        ({"targets": torch.zeros(5)}, "targets of a logistic loss must be -1 or 1"),
        ({"weights": torch.ones(5)}, "weights must be probabilities"),
    ],
)
def test_what_is_no_linear_model_is_refused(change, message):
    known = {"features": torch.ones(5, 2), "targets": torch.ones(5), "link": "logistic", "weights": None}
    with pytest.raises(ValueError, match=message):
        LinearModel(**(known | change))


def test_a_start_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match=r"theta must have shape \(3,\), got \(2,\)"):
        model().derivatives(start(2))
