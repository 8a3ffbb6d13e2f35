"""Values on a network against whole tensors of derivatives; slow, for the tensors are large."""

import functools

import pytest
import torch
from torch import nn

from lrtheory import generator
from lrtheory.diagrams.diagram.cumulants import moments
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.module_population import ModulePopulation
from lrtheory.diagrams.values.diagram_values import diagram_value, diagram_values

pytestmark = pytest.mark.slow

LOSS = functools.partial(nn.functional.cross_entropy, reduction="none")


def normal(*shape, stream="data"):
    return torch.randn(*shape, dtype=torch.float64, generator=generator(0, stream))


def tanh_net(examples=4, features=2):
    net = nn.Sequential(nn.Linear(features, features), nn.Tanh(), nn.Linear(features, 2)).double()
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            parameter.copy_(normal(*parameter.shape, stream=f"start {number}"))
    weights = torch.arange(1, examples + 1, dtype=torch.float64)
    targets = torch.arange(examples) % 2
    return ModulePopulation(net, normal(examples, features), targets, LOSS, weights / weights.sum())


def tensors(population, theta, degree):
    """Derivative tensors of every example's loss, shape (K, d, ..., d), by differentiating `losses` whole."""
    function = population.losses
    for _ in range(degree):
        function = torch.func.jacrev(function)
    return function(theta)


def written_out(diagram, population, theta, known):
    """Cumulants as signed sums of moments, each one einsum of whole derivative tensors over all examples."""
    p, total = population.probabilities, 0.0
    for sign, blocks in moments(diagram):
        operands, letters = [], []
        for block, name in zip(blocks, "ABCDEFG", strict=False):
            operands, letters = [*operands, p], [*letters, name]
            for node in block:
                edges = [child for child in diagram.children[node]] + ([node] if node else [])
                operands.append(known[len(edges)])
                letters.append(name + "".join("abcdefg"[edge] for edge in edges))
        total += sign * torch.einsum(",".join(letters) + "->", *operands).item()
    return total


def test_values_on_a_network_are_those_of_the_tensors_written_out():
    population = tanh_net()
    theta = population.start
    known = [tensors(population, theta, degree) for degree in range(4)]
    for order in (0, 1, 2, 3):
        for diagram in enumerate_diagrams(order, "train"):
            exact = written_out(diagram, population, theta, known)
            assert diagram_value(diagram, population, theta) == pytest.approx(exact, rel=1e-10, abs=1e-12)


def test_a_tie_of_four_on_a_network_is_that_of_the_tensors_written_out():
    population = tanh_net(examples=3, features=1)
    theta = population.start
    known = [tensors(population, theta, degree) for degree in range(5)]
    for name in ("(0123-4)(04-14-24-34)", "(01-23-4)(04-14-24-34)", "(0123-4)(01-14-24-34)"):
        diagram = Diagram.parse(name)
        exact = written_out(diagram, population, theta, known)
        assert diagram_value(diagram, population, theta) == pytest.approx(exact, rel=1e-10)


def test_many_values_at_once_are_those_of_one_at_a_time_in_any_chunks():
    population = tanh_net(examples=5)
    theta, diagrams = population.start, enumerate_diagrams(3, "gap")
    together = diagram_values(diagrams, population, theta)
    apart = [diagram_value(diagram, population, theta, members=3) for diagram in diagrams]
    assert torch.allclose(together, torch.tensor(apart, dtype=torch.float64), rtol=1e-11, atol=1e-14)
    assert diagram_values((), population, theta).shape == (0,)
