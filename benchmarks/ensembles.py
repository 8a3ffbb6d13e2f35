"""P3: noisy descent of many two-layer networks on the same data, over seeds and rates, in three sizes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.limits import Limits
from benchmarks.timing import Candidate, Workload
from lrtheory import generator
from lrtheory.learning_order.kernels.stacked import ensemble_descent
from lrtheory.learning_order.models.two_layer import TwoLayerNet, balanced_readout, random_start
from lrtheory.rates.measured import Limit

_LR, _DECAY, _NOISE = 0.1, 1e-3, 0.01


def big(size: float) -> Workload:
    """P3a: 8 networks of 1000 units, 1000 examples in 100 dimensions."""
    return _workload("P3a: 8 networks of 1000 units, 1000 examples", (8, 1000, 100, 1000), size, 30, 1.05)


def small(size: float) -> Workload:
    """P3b: 64 networks of 50 units, 200 examples in 20 dimensions."""
    return _workload("P3b: 64 networks of 50 units, 200 examples", (64, 200, 20, 50), size, 400, 14.0)


def tiny(size: float) -> Workload:
    """P3c: 512 networks of 16 units, 100 examples in 10 dimensions."""
    return _workload("P3c: 512 networks of 16 units, 100 examples", (512, 100, 10, 16), size, 300, 70.0)


def _workload(
    title: str, shape: tuple[int, int, int, int], size: float, steps: int, goal: float
) -> Workload:
    members, examples, inputs, width = shape
    numbers = generator(0, "benchmark")
    read = torch.randn(examples, inputs, generator=numbers) / inputs**0.5
    labels = torch.where(read[:, 0] > 0, 1.0, -1.0)
    net = TwoLayerNet(read, labels, balanced_readout(width, dtype=torch.float32), weight_decay=_DECAY)
    theta = random_start(net, 1.0, members=members, generator=numbers)
    steps = max(int(steps * size), 2)
    few = max(steps // 10, 2)
    # Loops take all steps of two members: few steps of many would be spent on setting networks up.
    ways: list[tuple[str, Callable[[TwoLayerNet, Tensor, int], None], Tensor, int, float | None]] = [
        ("nn.Module and torch.optim.SGD, a loop", _module_loop, theta[:2], steps, goal),
        ("gradients by hand, a loop", _hand_loop, theta[:2], steps, None),
        ("torch.func vmap(grad)", _vmapped, theta, few, None),
        ("gradients by hand, batched products", _batched, theta, few, None),
        ("(the two matrix products alone)", _products, theta, few, None),
        ("(the random numbers alone)", _drawn, theta, few, None),
    ]
    others = [Candidate(name, partial(_count, run, net, at, n), goal=g) for name, run, at, n, g in ways]
    ours = Candidate("lrtheory ensemble_descent", partial(_count, _ours, net, theta, steps))
    limit = partial(products_limit, examples=examples, inputs=inputs, width=width)
    return Workload(title, "network steps per CPU second", ours, others, limit=limit)


def products_limit(found: Limits, *, examples: int, inputs: int, width: int) -> Limit:
    """The two matrix products of a step in float32, 4 N d m FLOP a network.

    Weights (m, d) times examples (d, N) for the hidden units, and their slopes (m, N) times examples (N, d)
    for the gradient: N d m fused multiply-adds each. Gates, readout and noise are passes over smaller or
    equal arrays and are not counted.
    """
    return Limit(
        found.float32 / (4 * examples * inputs * width), "two matrix products a step, 4 N d m FLOP in float32"
    )


def _count(run: Callable[[TwoLayerNet, Tensor, int], None], net: TwoLayerNet, theta: Tensor, n: int) -> float:
    run(net, theta, n)
    return float(n * len(theta))


def _ours(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    ensemble_descent(net, theta, _LR, steps=steps, noise=_NOISE, generator=generator(0, "noise"))


class _Net(torch.nn.Module):
    """The network as a tutorial would write it."""

    def __init__(self, first: Tensor, second: Tensor) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(first.shape[1], first.shape[0], bias=False)
        self.hidden.weight.data.copy_(first)
        self.register_buffer("second", second)

    def forward(self, read: Tensor) -> Tensor:
        return torch.relu(self.hidden(read)) @ self.second


def _module_loop(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    for start in theta:
        model = _Net(start.view(net.width, -1), net.readout)
        optimizer = torch.optim.SGD(model.parameters(), lr=_LR, weight_decay=_DECAY)
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.softplus(-net.labels * model(net.inputs)).mean().backward()
            weight = model.hidden.weight
            assert weight.grad is not None
            weight.grad.add_(torch.randn_like(weight), alpha=_NOISE)
            optimizer.step()


@torch.no_grad()
def _hand_loop(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    read, labels, second = net.inputs, net.labels, net.readout
    for start in theta:
        weights = start.view(net.width, -1).clone()
        for _ in range(steps):
            hidden = read @ weights.T
            pull = -labels * torch.sigmoid(-labels * (hidden.relu() @ second)) / len(labels)
            slope = ((hidden > 0) * second * pull[:, None]).T @ read + _DECAY * weights
            weights -= _LR * (slope + _NOISE * torch.randn_like(weights))


@torch.no_grad()
def _vmapped(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    def loss(weights: Tensor) -> Tensor:
        outputs = torch.relu(net.inputs @ weights.view(net.width, -1).T) @ net.readout
        return torch.nn.functional.softplus(-net.labels * outputs).mean() + _DECAY / 2 * (weights**2).sum()

    slope = torch.func.vmap(torch.func.grad(loss))
    for _ in range(steps):
        theta = theta - _LR * (slope(theta) + _NOISE * torch.randn_like(theta))


@torch.no_grad()
def _batched(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    for _ in range(steps):
        theta = theta - _LR * (net.gradient(theta) + _NOISE * torch.randn_like(theta))


@torch.no_grad()
def _products(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    weights = theta.view(-1, net.inputs.shape[1])
    units, slope = torch.empty(len(weights), len(net.inputs)), torch.empty_like(weights)
    for _ in range(steps):
        torch.mm(weights, net.inputs.T, out=units)
        torch.mm(units, net.inputs, out=slope)


@torch.no_grad()
def _drawn(net: TwoLayerNet, theta: Tensor, steps: int) -> None:
    numbers, source = torch.empty_like(theta), generator(0, "noise")
    for _ in range(steps):
        numbers.normal_(generator=source)
