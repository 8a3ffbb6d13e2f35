"""P4: the tangent kernel of a recurrent network, and a step of training many of them."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from benchmarks.timing import Candidate, Workload
from lrtheory import generator
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.models.networks import ElmanNetwork, random_network, stacked_networks
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences, every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.tangent.features import features

_TOKEN = 32


def one_output(size: float) -> Workload:
    """P4: 32 sequences of 8 tokens, 512 units, one output after the last token."""
    return _kernel("P4: tangent kernel, 512 units, 8 tokens, 32 sequences, 1 output", size, 1, 12.0)


def ten_outputs(size: float) -> Workload:
    """P4: the same with ten outputs."""
    return _kernel("P4: tangent kernel, 512 units, 8 tokens, 32 sequences, 10 outputs", size, 10, 30.0)


def training(size: float) -> Workload:
    """P4: steps of sixteen networks of 32 units, 8 sequences of 5 tokens."""
    width, steps = 32, max(int(400 * size), 2)
    numbers = generator(0, "benchmark")
    draws = [random_network(width, 6, generator=numbers) for _ in range(16)]
    tokens = torch.stack([random_tokens(8, 5, 6, generator=numbers) for _ in draws])
    targets = torch.stack([random_targets(each, generator=numbers) for each in tokens])
    task = SequenceRegression(stacked_networks(draws), every_time(tokens), targets)
    slow = partial(_by_autograd, task, max(steps // 20, 1))
    others = [Candidate("autograd, one network after the other", slow, goal=12.0)]
    ours = Candidate("lrtheory trained", partial(_trained, task, steps))
    title = "P4: training of 16 networks, 32 units, 8 sequences"
    return Workload(title, "network steps per CPU second", ours, others)


def _kernel(title: str, size: float, outputs: int, goal: float) -> Workload:
    width, count = (512, 32) if size >= 0.5 else (48, 4)
    numbers = generator(0, "benchmark")
    network = random_network(width, _TOKEN, outputs, generator=numbers, dtype=torch.float32)
    read = last_time(random_tokens(count, 8, _TOKEN, generator=numbers, dtype=torch.float32))
    others = [
        Candidate("one backward pass a row, then J J^T", partial(_row_by_row, network, read), goal=goal),
        Candidate("torch.func jacrev and vmap, then J J^T", partial(_jacrev, network, read)),
        Candidate("J from outer products, then J J^T", partial(_outer_products, network, read)),
    ]
    ours = Candidate("lrtheory tangent_kernel", partial(_ours, network, read))
    return Workload(title, "kernels per CPU second", ours, others)


def _ours(network: ElmanNetwork, read: Sequences) -> float:
    tangent_kernel(network, network.start, read)
    return 1.0


def _outputs(network: ElmanNetwork, read: Sequences, weights: Tensor, tokens: Tensor) -> Tensor:
    """Last outputs (d,) of one sequence (L, d_x), written plainly."""
    state = torch.relu(network.input_weights @ tokens[0])
    for token in tokens[1:]:
        state = torch.relu(weights @ state + network.input_weights @ token)
    return network.readout @ state


def _row_by_row(network: ElmanNetwork, read: Sequences) -> float:
    weights, rows = network.recurrent.clone().requires_grad_(), []
    for tokens in read.tokens:
        for number in _outputs(network, read, weights, tokens):
            (row,) = torch.autograd.grad(number, weights, retain_graph=True)
            rows.append(row.flatten())
    jacobian = torch.stack(rows)
    _ = jacobian @ jacobian.mT
    return 1.0


def _jacrev(network: ElmanNetwork, read: Sequences) -> float:
    of_one = torch.func.jacrev(partial(_outputs, network, read))
    rows = torch.func.vmap(of_one, in_dims=(None, 0))(network.recurrent, read.tokens)
    jacobian = rows.flatten(0, 1).flatten(1)
    _ = jacobian @ jacobian.mT
    return 1.0


def _outer_products(network: ElmanNetwork, read: Sequences) -> float:
    parts = features(network, network.start, read)
    jacobian = torch.einsum("nram,nak->nrmk", parts.pulls, parts.states).flatten(2).flatten(0, 1)
    _ = jacobian @ jacobian.mT
    return 1.0


def _trained(task: SequenceRegression, steps: int) -> float:
    trained(task, task.start, 1e-3, steps=steps)
    return float(16 * steps)


def _by_autograd(task: SequenceRegression, steps: int) -> float:
    network = task.network
    for k in range(16):
        weights = network.recurrent[k].clone().requires_grad_()
        optimizer = torch.optim.SGD([weights], lr=1e-3)
        for _ in range(steps):
            state = torch.relu(task.sequences.tokens[k, :, 0] @ network.input_weights[k].mT)
            loss = torch.zeros((), dtype=weights.dtype)
            for time in range(1, task.sequences.times):
                driven = task.sequences.tokens[k, :, time] @ network.input_weights[k].mT
                state = torch.relu(state @ weights.mT + driven)
                gap = state @ network.readout[k].mT - task.targets[k, :, time]
                loss = loss + gap.square().sum() / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return float(16 * steps)
