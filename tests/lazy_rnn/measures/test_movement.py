"""Movement, flips, change of the kernel and alignment, by hand on small networks."""

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.measures import movement as module
from lrtheory.lazy_rnn.measures.movement import (
    alignment,
    flips,
    hidden_change,
    kernel_change,
    movement,
    spectral_norm,
)
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.sequences import Sequences, every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel


def moved(*, width=15, shared=True, members=2, times=4):
    numbers = generator(0, "moved")
    network = random_network(width, 3, 2, generator=numbers, own_times=None if shared else times)
    shift = torch.randn(members, network.dim, generator=numbers, dtype=torch.float64) * 0.3
    return network, network.start + shift, random_tokens(3, times, 3, generator=numbers)


def test_movement_is_measured_in_both_norms():
    network, theta, _ = moved()
    found, change = movement(network, theta), (theta - network.start).reshape(2, 15, 15)
    assert torch.allclose(found.frobenius, change.square().sum((1, 2)).sqrt(), rtol=1e-12)
    top = torch.stack([torch.linalg.eigvalsh(each @ each.mT)[-1].sqrt() for each in change])
    assert torch.allclose(found.spectral, top, rtol=1e-10)
    start = network.recurrent
    assert torch.allclose(found.frobenius_ratio, found.frobenius / start.norm(), rtol=1e-12)
    assert torch.allclose(found.spectral_ratio, top / torch.linalg.matrix_norm(start, 2), rtol=1e-10)


def test_with_weights_of_their_own_the_time_that_moved_most_counts():
    network, theta, _ = moved(shared=False)
    change = (theta - network.start).reshape(2, 3, 15, 15)
    expected = torch.linalg.matrix_norm(change, 2).amax(1)
    assert torch.allclose(movement(network, theta).spectral, expected, rtol=1e-10)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 30.0])
def test_both_ways_to_the_largest_singular_value_agree(scale, monkeypatch):
    matrices = scale * torch.randn(2, 1, 40, 40, generator=generator(0, "m"), dtype=torch.float64)
    whole = spectral_norm(matrices)
    monkeypatch.setattr(module, "_WHOLE_UP_TO", 8)
    assert torch.allclose(spectral_norm(matrices), whole, rtol=1e-9) and whole.shape == (2, 1)
    assert spectral_norm(torch.zeros(1, 20, 20, dtype=torch.float64)).item() == 0


def test_flips_are_counted_over_units_sequences_and_times_from_two_on():
    network, theta, tokens = moved()
    sequences = every_time(tokens)
    for member, found in zip(theta, flips(network, theta, sequences), strict=True):
        pairs = zip(network.states(member, sequences), network.states(network.start, sequences), strict=True)
        changed = torch.stack([((a > 0) != (b > 0)).double() for a, b in pairs])
        assert torch.allclose(found, changed[1:].mean(), rtol=1e-12) and changed[0].sum() == 0
    assert flips(network, theta, sequences, since=theta).tolist() == [0, 0]
    assert 0 < float(flips(network, theta, sequences).min()) < 0.5


def test_times_that_no_output_looks_at_do_not_count():
    network, theta, tokens = moved()
    ragged = last_time([tokens[0], tokens[1, :2], tokens[2, :3]])
    alone = (tokens[0], tokens[1, :2], tokens[2, :3])
    whole = [flips(network, theta, last_time([each])) for each in alone]
    expected = sum(share * steps for share, steps in zip(whole, (3, 1, 2), strict=True)) / 6
    assert torch.allclose(flips(network, theta, ragged), expected, rtol=1e-12)
    longer = Sequences(ragged.tokens + 7.0 * ~ragged.read[..., None], ragged.counted)  # other padding
    for measure in (flips, hidden_change):
        assert torch.allclose(measure(network, theta, longer), measure(network, theta, ragged), rtol=1e-12)


def test_the_change_of_the_kernel_is_relative():
    network, theta, tokens = moved()
    sequences = every_time(tokens)
    before, now = tangent_kernel(network, network.start, sequences), tangent_kernel(network, theta, sequences)
    expected = torch.stack([(each - before).norm() / before.norm() for each in now])
    assert torch.allclose(kernel_change(network, theta, sequences), expected, rtol=1e-10)
    back = kernel_change(network, network.start[None], sequences, since=theta[:1])
    assert torch.allclose(back, expected[:1] * before.norm() / now[0].norm(), rtol=1e-10)


def test_the_change_of_the_states_is_relative():
    network, theta, tokens = moved()
    sequences = every_time(tokens)
    now, before = (torch.stack(network.states(each, sequences)[1:]) for each in (theta[1], network.start))
    found = hidden_change(network, theta, sequences)[1]
    assert torch.allclose(found, (now - before).norm() / before.norm(), rtol=1e-12)


def test_alignment_is_one_for_singular_vectors_and_small_by_chance():
    numbers = generator(1, "alignment")
    matrix = torch.randn(50, 50, generator=numbers, dtype=torch.float64) * 3
    left, values, right = torch.linalg.svd(matrix)
    assert torch.allclose(alignment(matrix, left[:, 0], right[0] * 2), torch.ones(()).double(), rtol=1e-9)
    found = alignment(matrix, left[:, [0, 3]].mT, right[[0, 3]])
    assert torch.allclose(found, values[[0, 3]] / values[0], rtol=1e-9)
    pairs = torch.randn(2, 200, 50, generator=numbers, dtype=torch.float64)
    by_chance = alignment(matrix, pairs[0], pairs[1]).square().mean().sqrt()
    assert abs(by_chance / (matrix.norm() / 50 / values[0]) - 1) < 0.2
