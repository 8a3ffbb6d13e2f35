"""P5b to P5f: order-3 predictions against SGD simulated to the same accuracy."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks.timing import Candidate, Workload
from lrtheory import generator
from lrtheory.diagrams.counting.schedules import Epochs, one_epoch
from lrtheory.diagrams.measures.compiled_linear import linear_runs
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.module_population import ModulePopulation
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.series.predicting import predict

ANSWERS = "answers of the prediction's accuracy per CPU second"
# Names of the tables, of logistic regression and of the network, by the third term's share of the first.
_PLACE = {1e-2: ("P5b", "P5e"), 1e-3: ("P5c", "P5f"), 0.16: ("P5d", "")}


def logistic(fraction: float, size: float) -> Workload:
    """P5b to P5d: logistic regression, 50 weights, 256 examples, an epoch of 100; the third term's share."""
    model, theta, schedule = _logistic(), torch.zeros(50, dtype=torch.float64), one_epoch(100)
    target = _target(model, theta, schedule, fraction)
    plain = _WithoutClosedForm(model)
    runs = max(10, round(4000 * size))
    goal = {1e-2: 100, 1e-3: 1e5}.get(fraction)  # beyond, one or two runs answer as well
    others = [
        Candidate("lrtheory, by automatic differentiation", partial(_answer, plain, theta, schedule), 30),
        Candidate("SGD, compiled loop of the library", partial(target.compiled, model, theta, runs), goal),
        Candidate("SGD, torch.optim", partial(target.loop, _as_module(model), max(2, runs // 400))),
        Candidate("(the products of matrices alone)", partial(_products, model)),
        Candidate("six gradients of the loss by autograd, for scale", partial(_six_gradients, model, theta)),
    ]
    ours = Candidate("lrtheory, Gram algebra", partial(_answer, model, theta, schedule))
    title = f"{_PLACE[fraction][0]}: logistic regression, {_title(fraction, target)}"
    return Workload(title, ANSWERS, ours, others)


def network(fraction: float, size: float) -> Workload:
    """P5e and P5f: a tanh network of 161 weights, 64 examples, one epoch of 100."""
    population = _network()
    theta, schedule = population.start, one_epoch(100)
    target = _target(population, theta, schedule, fraction)
    runs = max(4, round(400 * size))
    others = [
        Candidate("SGD, torch.func.vmap over runs", partial(target.stacked, population, theta, runs), 20),
        Candidate("SGD, torch.optim", partial(target.loop, population, max(2, runs // 20))),
    ]
    ours = Candidate("lrtheory, by automatic differentiation", partial(_answer, population, theta, schedule))
    title = f"{_PLACE[fraction][1]}: a tanh network, {_title(fraction, target)}"
    return Workload(title, ANSWERS, ours, others)


logistic_one_percent = partial(logistic, 1e-2)
logistic_per_mille = partial(logistic, 1e-3)
logistic_too_far = partial(logistic, 0.16)
network_one_percent = partial(network, 1e-2)
network_per_mille = partial(network, 1e-3)


@dataclass(frozen=True)
class Target:
    """A rate and the accuracy that order three has there.

    Attributes:
        schedule: the run.
        lr: rate at which the third term is a given share of the first.
        error: estimate of the fourth order, the prediction's error.
    """

    schedule: Epochs
    lr: float
    error: float

    def compiled(self, model: LinearModel, theta: Tensor, runs: int) -> float:
        """Share of an answer that some compiled runs give: the squared ratio of the standard errors."""
        found = linear_runs(model, theta, self.schedule, lr=self.lr, runs=runs, generator=_fresh()).test
        return (self.error / found.stderr) ** 2

    def stacked(self, population: ModulePopulation, theta: Tensor, runs: int) -> float:
        """The same by stacked runs of a network."""
        slope = torch.func.grad(lambda at, k: population.example_loss(at, k).sum())
        examples = torch.randint(len(population.inputs), (self.schedule.steps, runs), generator=_fresh())
        at = theta.repeat(runs, 1)
        for step in examples:
            at = at - self.lr * torch.func.vmap(slope)(at, step)
        losses = torch.func.vmap(population.loss)(at)
        return self._share(losses)

    def loop(self, population: ModulePopulation, runs: int) -> float:
        """The same by the loop that everyone writes."""
        module, start = population.module, [p.detach().clone() for p in population.module.parameters()]
        losses = []
        for _ in range(runs):
            with torch.no_grad():
                for parameter, first in zip(module.parameters(), start, strict=True):
                    parameter.copy_(first)
            optimizer = torch.optim.SGD(module.parameters(), lr=self.lr)
            for k in torch.randint(
                len(population.inputs), (self.schedule.steps,), generator=_fresh()
            ).tolist():
                optimizer.zero_grad()
                chosen = slice(k, k + 1)
                population.criterion(
                    module(population.inputs[chosen]), population.targets[chosen]
                ).sum().backward()
                optimizer.step()
            with torch.no_grad():
                losses.append(population.criterion(module(population.inputs), population.targets).mean())
        with torch.no_grad():
            for parameter, first in zip(module.parameters(), start, strict=True):
                parameter.copy_(first)
        return self._share(torch.stack(losses))

    def _share(self, losses: Tensor) -> float:
        stderr = float(losses.std()) / math.sqrt(len(losses))
        return (self.error / stderr) ** 2


class _WithoutClosedForm:
    """A linear model that hides its derivatives, so that they are found automatically."""

    def __init__(self, model: LinearModel) -> None:
        self.dim, self.probabilities = model.dim, model.probabilities
        self.example_loss, self.loss = model.example_loss, model.loss


def _fresh() -> torch.Generator:
    return generator(time.perf_counter_ns() % 2**31, "benchmark")


def _answer(population: Population, theta: Tensor, schedule: Epochs) -> float:
    predict(population, theta, schedule, order=3)
    return 1.0


def _products(model: LinearModel) -> float:
    """What the Gram algebra multiplies at order three, and nothing that says what to multiply.

    The Gram matrix, its square and cube, the two matrices of a ring of three, and eight edges of trees.
    """
    features, ones = model.features.numpy(), np.ones(len(model.features))
    gram = features @ features.T
    square = gram**2
    np.einsum("ij,ij,j->i", square, gram, ones)
    first, second = (features.T @ (ones[:, None] * features) for _ in range(2))
    np.trace(np.linalg.multi_dot([first, second, first]))
    for _ in range(2):
        square @ ones
    for _ in range(6):
        features @ (features.T @ ones)
    return 1.0


def _six_gradients(model: LinearModel, theta: Tensor) -> float:
    for _ in range(6):
        at = theta.clone().requires_grad_()
        torch.autograd.grad(model.loss(at), at)
    return 1.0


def _target(population: Population, theta: Tensor, schedule: Epochs, fraction: float) -> Target:
    _, first, second, third = (float(c) for c in predict(population, theta, schedule, order=3).coefficients)
    lr = math.sqrt(fraction * abs(first / third))
    return Target(schedule, lr, (third * lr**3) ** 2 / abs(second * lr**2))


def _title(fraction: float, target: Target) -> str:
    return f"third term {100 * fraction:g} % of the first (lr {target.lr:.3g}, error {target.error:.1e})"


def _logistic() -> LinearModel:
    source = generator(0, "benchmark", "logistic")
    features = torch.randn(256, 50, generator=source, dtype=torch.float64) / 50**0.5
    signal = features @ torch.randn(50, generator=source, dtype=torch.float64)
    noise = 0.5 * torch.randn(256, generator=source, dtype=torch.float64)
    return LinearModel(features, (signal + noise).sign())


def _as_module(model: LinearModel) -> ModulePopulation:
    layer = torch.nn.Linear(model.dim, 1, bias=False, dtype=torch.float64)
    torch.nn.init.zeros_(layer.weight)
    return ModulePopulation(layer, model.features, model.targets, _margin_loss)


def _margin_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return torch.nn.functional.softplus(-targets * outputs[:, 0])


def _network() -> ModulePopulation:
    source = generator(0, "benchmark", "network")
    inputs = torch.randn(64, 8, generator=source, dtype=torch.float64)
    targets = torch.sin(2 * inputs[:, :1]) + 0.1 * torch.randn(64, 1, generator=source, dtype=torch.float64)
    layers = [torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)]
    module = torch.nn.Sequential(*layers).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=source, dtype=torch.float64) / 3)
    return ModulePopulation(module, inputs, targets, _squared_error)


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    return ((outputs - targets) ** 2 / 2).sum(dim=-1)
