"""Norms along the passes, products of layers, fresh directions, and smoothness, against plain matrices."""

import math

import pytest
import torch

from lrtheory import generator, gradient
from lrtheory.lazy_rnn.measures.passes import (
    backward_norms,
    fresh_norms,
    gated_product_norm,
    log_norms,
    pre_activation_norms,
    state_norms,
)
from lrtheory.lazy_rnn.measures.smoothness import gradient_ratio, state_difference, tangent_remainder
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import every_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel


def task(*, width=18, outputs=2, times=5, seed=0):
    numbers = generator(seed, "task")
    network = random_network(width, 4, outputs, generator=numbers)
    tokens = random_tokens(3, times, 4, generator=numbers) * 1.2
    targets = random_targets(tokens, outputs, generator=numbers)
    move = torch.randn(network.dim, generator=numbers, dtype=torch.float64) / width
    return SequenceRegression(network, every_time(tokens), targets), move


def test_norms_are_those_of_the_states():
    regression, move = task()
    network, sequences = regression.network, regression.sequences
    theta = torch.stack([regression.start, regression.start + move])
    states = torch.stack(network.states(theta, sequences), -2)
    assert torch.allclose(state_norms(network, theta, sequences), states.norm(dim=-1))
    before = pre_activation_norms(network, theta, sequences)
    assert before.shape == (2, 3, 5) and bool((before > states.norm(dim=-1)).all())


def test_rows_backward_are_derivatives_of_the_last_output():
    regression, _ = task()
    network, sequences, start = regression.network, regression.sequences, regression.start
    found = backward_norms(network, start, sequences)
    gates = [h > 0 for h in network.states(start, sequences)]
    for k in range(3):
        row = network.readout * gates[-1][k]
        for time in range(sequences.times - 1, 0, -1):
            expected = row.square().sum(-1).mean() * 2 / 18
            assert torch.allclose(found[k, time - 1], expected, rtol=1e-12)
            row = (row @ network.recurrent) * gates[time - 1][k]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_norm_of_a_product_is_that_of_the_matrix(count):
    numbers = generator(count, "product")
    matrices = list(torch.randn(count, 12, 12, generator=numbers, dtype=torch.float64))
    gates = list(torch.rand(count, 12, generator=numbers, dtype=torch.float64) > 0.4)
    whole = torch.eye(12, dtype=torch.float64)
    for matrix, gate in zip(matrices, gates, strict=True):
        whole = gate[:, None] * matrix @ whole
    expected = float(torch.linalg.matrix_norm(whole, 2))
    assert math.isclose(gated_product_norm(matrices, gates), expected, rel_tol=1e-9)


def test_fresh_parts_are_what_least_squares_leaves():
    regression, _ = task(width=40)
    hidden = regression.network.states(regression.start, regression.sequences)
    found = fresh_norms(hidden)
    for time in range(1, 5):
        basis = torch.cat(hidden[:time]).mT
        for k in range(3):
            fitted = basis @ torch.linalg.lstsq(basis, hidden[time][k][:, None]).solution
            assert torch.allclose(found[k, time - 1], (hidden[time][k] - fitted[:, 0]).norm(), rtol=1e-9)
    with pytest.raises(ValueError, match="width must be at least 15, got 10; a wider network has room"):
        fresh_norms([h[:, :10] for h in hidden])


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_norms_drawn_in_law_are_those_of_networks(shared):
    width, times, count = 24, 6, 1500
    tokens = 0.8 * random_tokens(1, times, 3, generator=generator(0, "tokens"))
    law = log_norms(width, tokens.expand(count, -1, -1), shared=shared, generator=generator(1, "law"))
    numbers, own = generator(2, "networks"), None if shared else times
    drawn = []
    for _ in range(count):
        network = random_network(width, 3, generator=numbers, own_times=own)
        drawn.append(state_norms(network, network.start, every_time(tokens))[0].log())
    drawn = torch.stack(drawn)
    error = math.sqrt(2 / count)
    spread = drawn.std(0)
    assert bool(((law.mean(0) - drawn.mean(0)).abs() < 4.5 * error * spread).all())
    assert bool(((law.std(0) / spread).log().abs() < 4.5 / math.sqrt(count)).all())


def test_the_gradient_ratio_lies_between_the_eigenvalues_of_the_kernel():
    regression, move = task()
    theta = torch.stack([regression.start, regression.start + move])
    ratios = gradient_ratio(regression, theta)
    for at, found in zip(theta, ratios, strict=True):
        kernel = tangent_kernel(regression.network, at, regression.sequences)
        gap, values = regression.residuals(at), torch.linalg.eigvalsh(kernel)
        assert torch.allclose(found, 2 * gap @ kernel @ gap / (gap @ gap) / 18, rtol=1e-10)
        assert 2 * values[0] / 18 <= found <= 2 * values[-1] / 18


def test_what_is_left_beyond_the_tangent_is_of_second_order():
    regression, move = task(width=30)
    left = [float(tangent_remainder(regression, regression.start, size * move)) for size in (1e-3, 1e-4)]
    assert abs(math.log10(left[0] / left[1]) - 2) < 0.1
    whole = regression.loss(regression.start + move) - regression.loss(regression.start)
    first = gradient(regression, regression.start) @ move
    assert torch.allclose(tangent_remainder(regression, regression.start, move), whole - first, rtol=1e-12)


@pytest.mark.parametrize("size", [0.01, 1.0, 5.0])
def test_the_change_of_the_states_is_a_sum_over_the_times_of_the_move(size):
    regression, move = task()
    network, sequences, theta = regression.network, regression.sequences, regression.start
    changes, made, excess = state_difference(network, theta, size * move, sequences)
    gates = [(h > 0).double() for h in network.states(theta, sequences)]
    after = network.states(theta + size * move, sequences)
    matrix, shift = network.recurrent, (size * move).reshape(18, 18)
    for last in range(5):
        assert torch.allclose(made[last], changes[last], atol=1e-12)
        assert torch.allclose(changes[last], after[last] - network.states(theta, sequences)[last], atol=1e-13)
        total = torch.zeros_like(changes[0])
        for begin in range(1, last + 1):  # the identity, term by term
            term = (gates[begin] + excess[begin]) * (after[begin - 1] @ shift.mT)
            for time in range(begin + 1, last + 1):
                term = (gates[time] + excess[time]) * (term @ matrix.mT)
            total += term
        assert torch.allclose(total, changes[last], atol=1e-12)
        flipped = (after[last] > 0) != (gates[last] > 0)
        assert bool((excess[last].abs() <= 1).all()) and bool((excess[last][~flipped] == 0).all())
