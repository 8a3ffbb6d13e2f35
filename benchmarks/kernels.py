"""P4: the tangent kernel of a recurrent network, and a step of training many of them."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from benchmarks.limits import Limits
from benchmarks.timing import Candidate, Workload
from lrtheory import generator
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.models.networks import ElmanNetwork, random_network, stacked_networks
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences, every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.tangent.features import features
from lrtheory.rates.measured import Limit

_TOKEN, _TIMES = 32, 8


def one_output(size: float) -> Workload:
    """P4: 32 sequences of 8 tokens, 512 units, one output after the last token."""
    return _kernel("P4a: tangent kernel, 512 units, 8 tokens, 32 sequences, 1 output", size, 1, 12.0)


def ten_outputs(size: float) -> Workload:
    """P4: the same with ten outputs."""
    return _kernel("P4b: tangent kernel, 512 units, 8 tokens, 32 sequences, 10 outputs", size, 10, 30.0)


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
    title = "P4c: training of 16 networks, 32 units, 8 sequences"
    limit = partial(training_limit, times=5, count=8, width=width)
    return Workload(title, "network steps per CPU second", ours, others, limit=limit)


def kernel_limit(found: Limits, *, count: int, times: int, width: int, outputs: int) -> Limit:
    """FLOP of a kernel of n sequences of L tokens, m units and d outputs after the last, in float32.

    States: L - 1 products of (n, m) by (m, m), the state before the first token being 0. Derivatives of the
    outputs: L - 2 products of (n d, m) by (m, m), as those at the last time are the readout itself. Gram
    matrices by symmetry half of all pairs, so a multiply-add a pair counts once: states n^2 (L - 1)^2 m;
    then the cheaper of the derivatives' Gram matrix, n^2 d^2 (L - 1)^2 m, and of the states contracted into
    the derivatives first, n^2 d (L - 1) m (L - 1 + d).
    """
    later = times - 1
    factors = 2 * count * width**2 * (later + outputs * (later - 1))
    two_grams = outputs**2 * later**2
    contracted = outputs * later * (later + outputs)
    grams = count**2 * width * (later**2 + min(two_grams, contracted))
    flop = factors + grams
    return Limit(found.float32 / flop, f"{flop / 1e9:.3g} GFLOP of matrix products in float32")


def training_limit(found: Limits, *, count: int, times: int, width: int) -> Limit:
    """FLOP of a step of one network on n sequences of L tokens, m units, in float64.

    2 n m^2 for each product with the weights: L - 1 forwards, L - 2 backwards, and L - 1 for the gradient.
    """
    flop = 2 * count * width**2 * (3 * times - 4)
    return Limit(found.float64 / flop, f"{flop / 1e6:.3g} MFLOP of matrix products in float64")


def _kernel(title: str, size: float, outputs: int, goal: float) -> Workload:
    width, count = (512, 32) if size >= 0.5 else (48, 4)
    numbers = generator(0, "benchmark")
    network = random_network(width, _TOKEN, outputs, generator=numbers, dtype=torch.float32)
    read = last_time(random_tokens(count, _TIMES, _TOKEN, generator=numbers, dtype=torch.float32))
    others = [
        Candidate("one backward pass a row, then J J^T", partial(_row_by_row, network, read), goal=goal),
        Candidate("torch.func jacrev and vmap, then J J^T", partial(_jacrev, network, read)),
        Candidate("J from outer products, then J J^T", partial(_outer_products, network, read)),
    ]
    ours = Candidate("lrtheory tangent_kernel", partial(_ours, network, read))
    limit = partial(kernel_limit, count=count, times=_TIMES, width=width, outputs=outputs)
    return Workload(title, "kernels per CPU second", ours, others, limit=limit)


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
