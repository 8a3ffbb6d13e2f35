"""Modules with data as populations: their losses, and what is warned of or refused."""

import functools

import pytest
import torch
from torch import nn

from lrtheory import generator
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.module_population import ModulePopulation
from lrtheory.diagrams.values.diagram_values import diagram_values

LOSS = functools.partial(nn.functional.cross_entropy, reduction="none")


def normal(*shape, stream="data"):
    return torch.randn(*shape, dtype=torch.float64, generator=generator(0, stream))


def tanh_net(layer=nn.Tanh, examples=4, features=2):
    net = nn.Sequential(nn.Linear(features, features), layer(), nn.Linear(features, 2)).double()
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            parameter.copy_(normal(*parameter.shape, stream=f"start {number}"))
    weights = torch.arange(1, examples + 1, dtype=torch.float64)
    targets = torch.arange(examples) % 2
    return ModulePopulation(net, normal(examples, features), targets, LOSS, weights / weights.sum())


def test_the_losses_of_a_module_are_those_of_the_module():
    population = tanh_net()
    outputs = population.module(population.inputs)
    each = LOSS(outputs, population.targets).detach()
    theta = population.start
    assert torch.allclose(population.losses(theta), each, rtol=1e-14)
    assert torch.allclose(population.loss(theta), each @ population.probabilities, rtol=1e-14)
    pair = torch.stack([theta, theta]).reshape(2, 1, -1)
    assert torch.allclose(population.loss(pair, torch.tensor([1, 3])), each[[1, 3]].mean().expand(2, 1))
    numbers = torch.tensor([[0], [2]])
    assert torch.allclose(population.example_loss(pair, numbers), each[numbers], rtol=1e-14)
    equal = ModulePopulation(population.module, population.inputs, population.targets, LOSS)
    assert equal.probabilities.tolist() == [0.25] * 4


def test_a_linear_model_has_the_same_values_in_closed_form_and_by_differentiation():
    features, targets = normal(6, 3), torch.tensor([1.0, -1, 1, 1, -1, 1], dtype=torch.float64)
    closed = LinearModel(features, targets)
    net = nn.Linear(3, 1, bias=False).double()

    def logistic(outputs, labels):
        return nn.functional.softplus(-labels * outputs[:, 0])

    automatic = ModulePopulation(net, features, targets, logistic)
    theta = normal(3, stream="start")
    diagrams = enumerate_diagrams(3, "train")
    first, second = (diagram_values(diagrams, each, theta) for each in (closed, automatic))
    assert torch.allclose(first, second, rtol=1e-11, atol=1e-13)


def test_values_do_not_know_the_order_of_the_examples():
    population = tanh_net()
    inputs, targets, weights = (
        each.flip(0) for each in (population.inputs, population.targets, population.weights)
    )
    turned = ModulePopulation(population.module, inputs, targets, LOSS, weights)
    diagrams = enumerate_diagrams(3)
    first, second = (diagram_values(diagrams, each, population.start) for each in (population, turned))
    assert torch.allclose(first, second, rtol=1e-12)


@pytest.mark.parametrize("layer", [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Hardtanh])
def test_layers_with_kinks_are_warned_of(layer):
    with pytest.warns(UserWarning, match=f"the module contains {layer.__name__}: its loss is not analytic"):
        tanh_net(layer)


def test_populations_that_cannot_be_expanded_are_refused():
    inputs, targets = normal(3, 2), torch.tensor([0, 1, 1])
    net = nn.Linear(2, 2).double()
    with pytest.raises(ValueError, match=r"weights must be float64, got torch.float32: use .double"):
        ModulePopulation(nn.Linear(2, 2), inputs.float(), targets, LOSS)
    with pytest.raises(ValueError, match="each input needs a target, got 3 inputs and 2 targets"):
        ModulePopulation(net, inputs, targets[:2], LOSS)
    with pytest.raises(ValueError, match=r"one loss for each example, shape \(2,\), got \(\); use"):
        ModulePopulation(net, inputs, targets, nn.functional.cross_entropy)
    for layer in (nn.Dropout(), nn.BatchNorm1d(2).double()):
        name = type(layer).__name__
        with pytest.raises(ValueError, match=f"{name} mixes examples or draws at random: put"):
            ModulePopulation(nn.Sequential(net, layer), inputs, targets, LOSS)
        ModulePopulation(nn.Sequential(net, layer).eval(), inputs, targets, LOSS)
    ModulePopulation(net, inputs, targets, LOSS, torch.tensor([0.25, 0.0, 0.75], dtype=torch.float64))
    for weights in ((0.5, 0.5), (1.5, -0.5, 0.0), (0.5, 0.5, 0.5)):
        with pytest.raises(ValueError, match=r"weights must be probabilities, shape \(3,\), not negative"):
            ModulePopulation(net, inputs, targets, LOSS, torch.tensor(weights, dtype=torch.float64))
