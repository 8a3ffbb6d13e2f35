"""The kernel of infinite width against finite networks of a plain loop, differentiated automatically."""

import math

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.tangent.limit import limit_kernel

DOUBLE = {"dtype": torch.float64}


def outputs(transitions, input_weights, readout, tokens):
    """Outputs of one sequence at every time, and its hidden states."""
    h, states = torch.zeros(len(input_weights), **DOUBLE), []
    for time, token in enumerate(tokens):
        h = torch.relu(transitions[time] @ h + input_weights @ token)
        states.append(h)
    return [readout @ h for h in states], states


def one_network(width, n_outputs, sequences, shared, source):
    """Gram matrices of hidden states, and of gradients of the first output, of all (sequence, time) pairs."""
    normal = {"generator": source, **DOUBLE}
    length = max(len(tokens) for tokens in sequences)
    count = 1 if shared else length
    drawn = torch.randn(count, width, width, **normal) * math.sqrt(2 / width)
    input_weights = torch.randn(width, sequences[0].shape[-1], **normal) * math.sqrt(2 / width)
    readout = torch.randn(n_outputs, width, **normal) / math.sqrt(n_outputs)
    weights = [w.clone().requires_grad_() for w in drawn]
    hidden, gradients = [], []
    for tokens in sequences:
        y, states = outputs(weights * length if shared else weights, input_weights, readout, tokens)
        hidden += [h.detach() for h in states]
        for value in y:
            found = torch.autograd.grad(
                value[0], weights, retain_graph=True, allow_unused=True, materialize_grads=True
            )
            gradients.append(torch.cat([each.ravel() for each in found]))
    hidden, gradients = torch.stack(hidden), torch.stack(gradients)
    return hidden @ hidden.T, gradients @ gradients.T * n_outputs / width


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shared", "token_size", "n_outputs", "amplitude"),
    [(True, 1, 1, 2.0), (True, 3, 2, 0.5), (True, 5, 3, 1.0), (False, 3, 2, 1.5)],
)
def test_mean_kernels_of_networks_approach_the_limit(shared, token_size, n_outputs, amplitude):
    source, width, seeds = generator(token_size, "networks"), 512 if shared else 256, 40
    norms = torch.tensor([1.0, 0.4, 0.0, 1.3], **DOUBLE)[:, None] * amplitude
    sequences = [torch.randn(length, token_size, generator=source, **DOUBLE) for length in (4, 3)]
    sequences = [norms[: len(x)] * x / x.norm(dim=-1, keepdim=True) for x in sequences]
    drawn = [one_network(width, n_outputs, sequences, shared, source) for _ in range(seeds)]
    pairs = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2)]
    padded = torch.stack([sequences[0], torch.nn.functional.pad(sequences[1], (0, 0, 0, 1))])
    limit = limit_kernel(padded, shared=shared)
    for measured, table in zip(
        map(torch.stack, zip(*drawn, strict=True)), (limit.covariance, limit.tangent), strict=True
    ):
        predicted = torch.tensor([[float(table[i, a, j, b]) for j, b in pairs] for i, a in pairs], **DOUBLE)
        stderr = measured.std(0) / math.sqrt(seeds)
        miss = (measured.mean(0) - predicted).abs()
        assert bool((miss <= 4 * stderr + 1e-12).all()), (miss / stderr.clamp_min(1e-300)).max()
        assert float(stderr.max()) < 0.1 * float(predicted.max())  # so that a wrong factor would be seen
