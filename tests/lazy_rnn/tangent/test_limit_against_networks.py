"""The kernel of infinite width against finite networks: of a plain loop, and by the package's own kernel."""

import math

import numpy as np
import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.sequences import every_time
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
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


def scaled_kernels(width, sequences, outputs, count, source, own_times=None):
    """D / m times the empirical kernels of the first output, shape (count, N, N)."""
    found = []
    for _ in range(count):
        size = sequences.tokens.shape[-1]
        network = random_network(width, size, outputs, generator=source, own_times=own_times)
        kernel = tangent_kernel(network, network.start, sequences)
        found.append(kernel[::outputs, ::outputs] * outputs / width)
    return torch.stack(found)


@pytest.mark.slow
@pytest.mark.parametrize(("shared", "outputs"), [(True, 1), (True, 2), (False, 1)])
def test_the_mean_empirical_kernel_is_the_limit_entry_by_entry(shared, outputs):
    source = generator(outputs, "networks")
    norms = torch.tensor([1.0, 0.5, 2.0, 0.0, 1.0], **DOUBLE)[:, None]
    sequences = every_time(random_tokens(3, 5, 4, generator=source) * norms)
    width, count = 1024 if shared else 512, 60
    drawn = scaled_kernels(width, sequences, outputs, count, source, None if shared else 5)
    limit = limit_kernel(sequences.tokens, shared=shared).matrix(counted=sequences.counted)
    allowed = (4 * drawn.std(0) / math.sqrt(count)).clamp_min(1e-12) + 5 / width * float(limit.max())
    assert bool(((drawn.mean(0) - limit).abs() <= allowed).all())
    assert float((drawn.mean(0) - limit).norm() / limit.norm()) < 0.05


@pytest.mark.slow
def test_the_error_falls_as_the_root_of_the_width():
    source, widths = generator(0, "networks"), [128, 256, 512, 1024]
    sequences = every_time(random_tokens(3, 5, 5, generator=source))
    limit = limit_kernel(sequences.tokens).matrix(counted=sequences.counted)
    errors = []
    for width in widths:
        drawn = scaled_kernels(width, sequences, 2, 16, source)
        errors.append(
            float((drawn - limit).square().sum((1, 2)).sqrt().log().mean()) - float(limit.norm().log())
        )
    assert -0.65 < np.polyfit(np.log(widths), errors, 1)[0] < -0.3
    scaled = np.exp(errors) * np.sqrt(widths)
    assert scaled.min() > 3 and scaled.max() < 6
