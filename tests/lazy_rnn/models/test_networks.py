"""Networks, sequences and their squared error against the definition written out; what is refused."""

import re

import pytest
import torch

from lrtheory import generator, gradient
from lrtheory.landscape import autograd_gradient
from lrtheory.lazy_rnn.models.networks import ElmanNetwork, random_network, stacked_networks
from lrtheory.lazy_rnn.models.recurrence import pre_activations
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences, every_time, last_time, stacked_sequences
from lrtheory.lazy_rnn.models.tokens import random_tokens


def by_hand(network, theta, tokens):
    """Outputs (n, L, d) of one member, one sequence and one time after the other."""
    own = network.recurrent.shape[0] if not network.shared else None
    rows = []
    for sequence in tokens:
        state, outputs = torch.zeros(network.width, dtype=tokens.dtype), []
        for time, token in enumerate(sequence):
            if network.shared:
                matrix = theta.reshape(network.width, network.width)
            else:
                matrix = theta.reshape(own, network.width, network.width)[max(time - 1, 0)]
            state = torch.clamp(matrix @ state + network.input_weights @ token, min=0)
            outputs.append(network.readout @ state)
        rows.append(torch.stack(outputs))
    return torch.stack(rows)


def fixed(recurrent, *, inputs=None):
    """A network with one output and three units, in float32 but for the given weights."""
    return ElmanNetwork(recurrent, torch.ones(3, 4) if inputs is None else inputs, torch.ones(1, 3))


def made(shared, members=(), *, width=7, inputs=4, outputs=2, count=3, times=4, seed=0):
    """A regression with unequal tokens in which some outputs do not count, and weights beside its start."""
    numbers = generator(seed, "made")
    own = None if shared else times + 1
    count_of_networks = members[-1] if members else 1
    networks = [
        random_network(width, inputs, outputs, generator=numbers, own_times=own)
        for _ in range(count_of_networks)
    ]
    network = stacked_networks(networks) if members else networks[0]
    tokens = 1.4 * torch.stack([random_tokens(count, times, inputs, generator=numbers) for _ in networks])
    sequences = every_time(tokens if members else tokens[0])
    counted = sequences.counted.clone()
    counted[0, 2] = counted[1, 3] = False
    targets = torch.randn(count, times, outputs, generator=numbers, dtype=torch.float64)
    regression = SequenceRegression(network, Sequences(sequences.tokens, counted), targets)
    shake = torch.randn(*members, network.dim, generator=numbers, dtype=torch.float64)
    return regression, network.start + 0.1 * shake, numbers


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_the_network_is_its_definition_written_out(shared):
    regression, theta, _ = made(shared)
    expected = by_hand(regression.network, theta, regression.sequences.tokens)
    assert torch.allclose(regression.network.outputs_of(theta, regression.sequences), expected, rtol=1e-13)
    gap = (expected - regression.targets)[regression.sequences.counted]
    assert torch.allclose(regression.loss(theta), gap.square().sum() / 2, rtol=1e-13)
    assert torch.allclose(regression.residuals(theta), gap.flatten(), rtol=1e-12)
    assert regression.numbers == gap.numel() and regression.dim == theta.shape[-1]


def test_states_are_the_positive_parts_of_pre_activations():
    regression, theta, _ = made(True, (2,))
    network, sequences = regression.network, regression.sequences
    found = pre_activations(network.matrices(theta, sequences.times), network.driven(sequences))
    for g, h in zip(found, network.states(theta, sequences), strict=True):
        assert torch.equal(g.relu(), h) and bool((g < 0).any())


@pytest.mark.parametrize("members", [(), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_back_propagation_through_time_is_the_gradient(shared, members):
    regression, theta, numbers = made(shared, members)
    batches = [None, torch.tensor([2, 0]), torch.tensor([1, 1, 2])]
    if members:
        batches.append(torch.randint(0, 3, (*members, 2), generator=numbers))
    for samples in batches:
        exact = autograd_gradient(regression, theta, samples)
        assert torch.allclose(gradient(regression, theta, samples), exact, rtol=0, atol=1e-12)


def test_members_of_an_ensemble_are_networks_of_their_own():
    regression, theta, _ = made(True, (3,))
    network, sequences = regression.network, regression.sequences
    for k in range(3):
        alone = ElmanNetwork(network.recurrent[k], network.input_weights[k], network.readout[k])
        own = Sequences(sequences.tokens[k], sequences.counted)
        expected = SequenceRegression(alone, own, regression.targets).loss(theta[k])
        assert torch.allclose(regression.loss(theta)[k], expected, rtol=1e-13)


def test_a_batch_stands_for_all_sequences_on_average():
    regression, theta, _ = made(True)
    each = [regression.loss(theta, torch.tensor([k])) for k in range(3)]
    assert torch.allclose(torch.stack(each).mean(), regression.loss(theta), rtol=1e-13)


def test_a_centered_task_begins_with_residuals_minus_the_targets():
    regression, _, _ = made(True, (3,))
    found = regression.centered().residuals(regression.start)
    assert torch.allclose(found, -regression.wanted.expand(found.shape), atol=1e-13)


def test_first_weights_have_the_variances_of_the_paper():
    network = random_network(600, 50, 40, generator=generator(1, "weights"))
    parts = (network.recurrent, network.input_weights, network.readout)
    for part, variance in zip(parts, (2 / 600, 2 / 600, 1 / 40), strict=True):
        count = part.numel()
        assert abs(part.square().mean() / variance - 1) < 4 * (2 / count) ** 0.5
        assert abs(part.mean()) < 4 * (variance / count) ** 0.5
    other = random_network(600, 50, 40, generator=generator(1, "weights"))
    assert torch.equal(network.recurrent, other.recurrent) and network.start.shape == (360_000,)


def test_weights_drawn_in_single_precision_are_those_numbers_in_double():
    pair = [
        random_network(30, 5, generator=torch.Generator().manual_seed(3), dtype=kind, drawn_in=torch.float32)
        for kind in (torch.float32, torch.float64)
    ]
    assert torch.allclose(pair[0].recurrent.double(), pair[1].recurrent, rtol=1e-6)
    assert torch.equal(pair[1].readout, pair[1].readout.float().double())


def test_the_readout_scale_multiplies_outputs():
    regression, theta, _ = made(True)
    scaled = regression.network.with_readout_scale(0.3)
    expected = 0.3 * regression.network.outputs_of(theta, regression.sequences)
    assert torch.allclose(scaled.outputs_of(theta, regression.sequences), expected, rtol=1e-13)
    with pytest.raises(ValueError, match="scale must be positive and finite, got 0"):
        regression.network.with_readout_scale(0)


def test_shorter_sequences_are_read_to_their_own_end():
    numbers = generator(2, "ragged")
    network = random_network(9, 3, 2, generator=numbers)
    ragged = [torch.randn(length, 3, generator=numbers, dtype=torch.float64) for length in (4, 2, 5)]
    for build in (every_time, last_time):
        whole = build(ragged)
        alone = [network.outputs_of(network.start, build([each]))[0] for each in ragged]
        counted = [build([each]).counted[0] for each in ragged]
        expected = torch.cat([outputs[mask].flatten() for outputs, mask in zip(alone, counted, strict=True)])
        assert torch.allclose(whole.flat(network.outputs_of(network.start, whole)), expected, rtol=1e-13)
        assert whole.read.sum(1).tolist() == [4, 2, 5]


def test_flat_and_dense_are_inverse():
    regression, _, numbers = made(True)
    vector = torch.randn(2, regression.numbers, generator=numbers, dtype=torch.float64)
    dense = regression.sequences.dense(vector, 2)
    assert torch.equal(regression.sequences.flat(dense), vector)
    assert bool((dense[:, ~regression.sequences.counted] == 0).all())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda t: every_time(t[:, :1]), "with L >= 2 and nothing empty, got (3, 1, 4)"),
        (lambda t: every_time(t.long()), "floating-point tensor (*E, n, L, d_x), got torch.int64"),
        (lambda t: every_time(t * float("nan")), "tokens must be finite, got 48 that are not"),
        (lambda t: every_time([t[0], t[1, :1]]), "got shape (1, 4) at place 1"),
        (lambda t: every_time([t[0], t[1, :, :3]]), "with one d_x, got shape (4, 3) at place 1"),
        (lambda t: last_time([]), "at least one sequence, got none"),
        (lambda t: every_time(t * (torch.arange(4) > 0)[:, None]), "must not be zero, got zero at [0]"),
        (lambda t: Sequences(t, torch.ones(3, 4, dtype=torch.bool)), "counted must leave out the first time"),
        (lambda t: Sequences(t, torch.zeros(3, 4, dtype=torch.bool)), "at least one output, got none"),
        (lambda t: Sequences(t, torch.ones(3, 4)), "counted must be a bool tensor of shape (3, 4), got"),
        (lambda t: Sequences([t[0], t[1, :2]], None), "sequences of different lengths go as a list"),
        (lambda t: stacked_sequences([]), "at least one set of sequences, got none"),
        (lambda t: stacked_sequences([every_time(t), last_time(t)]), "agree in shape and counted times"),
    ],
)  # fmt: skip
def test_sequences_that_cannot_be_read_are_refused(make, message):
    tokens = random_tokens(3, 4, 4, generator=generator(0, "bad"))
    with pytest.raises(ValueError, match=re.escape(message)):
        make(tokens)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda n: random_network(2, 3, 4, generator=n), "got 2 units for 4 outputs"),
        (lambda n: random_network(0, 3, generator=n), "width must be at least 1, got 0"),
        (lambda n: random_network(5, 3, generator=n, own_times=1), "own_times must be at least 2, got 1"),
        (lambda n: stacked_networks([]), "networks of one shape, got none"),
        (
            lambda n: stacked_networks([random_network(m, 3, generator=n) for m in (5, 6)]),
            "networks of one shape",
        ),
        (lambda n: fixed(torch.eye(3), inputs=torch.ones(2, 4)), "got (3, 3), (2, 4), (1, 3)"),
        (lambda n: fixed(torch.eye(3).double()), "one floating type"),
        (lambda n: fixed(torch.eye(3) / 0), "weights must be finite"),
    ],
)  # fmt: skip
def test_networks_that_do_not_fit_are_refused(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make(generator(0, "bad"))


def test_regressions_that_do_not_fit_are_refused():
    regression, theta, _ = made(True)
    network, sequences, targets = regression.network, regression.sequences, regression.targets
    with pytest.raises(ValueError, match=re.escape("broadcasts to it, got (3, 4, 3)")):
        SequenceRegression(network, sequences, torch.zeros(3, 4, 3).double())
    with pytest.raises(ValueError, match=re.escape("broadcasts to it, got (4, 2)")):
        SequenceRegression(network, sequences, targets[0])
    with pytest.raises(ValueError, match=r"like the weights, got torch\.float32"):
        SequenceRegression(network, sequences, targets.float())
    with pytest.raises(ValueError, match="targets must be finite where outputs count"):
        SequenceRegression(network, sequences, targets / 0)
    SequenceRegression(network, sequences, targets.where(sequences.counted[..., None], torch.nan))
    with pytest.raises(ValueError, match=r"4 coordinates in torch\.float64, got 3 in torch\.float64"):
        network.driven(Sequences(sequences.tokens[..., :3], sequences.counted))
    own, far, _ = made(False)
    with pytest.raises(ValueError, match="at most 5 tokens, got 8"):
        own.network.matrices(far, 8)
    with pytest.raises(ValueError, match=re.escape("theta must have shape (*E, 49), got (7, 7)")):
        network.matrices(theta.reshape(7, 7), 4)
