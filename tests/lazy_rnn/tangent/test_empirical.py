"""Tangent kernels against explicit Jacobians, and products without either."""

import pytest
import torch

from lrtheory import generator, gradient
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences, every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.tangent import empirical
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.tangent.features import features, members
from lrtheory.lazy_rnn.tangent.products import jacobian_product, jacobian_transpose_product, kernel_product


def task(*, width=11, inputs=4, outputs=2, count=3, times=5, shared=True, seed=0):
    numbers = generator(seed, "task")
    network = random_network(width, inputs, outputs, generator=numbers, own_times=None if shared else times)
    tokens = random_tokens(count, times, inputs, generator=numbers) * 1.3
    theta = network.start + 0.1 * torch.randn(network.dim, generator=numbers, dtype=torch.float64)
    return network, theta, tokens, numbers


def jacobian(network, theta, sequences):
    return torch.func.jacrev(lambda weights: sequences.flat(network.outputs_of(weights, sequences)))(theta)


def some_counted(tokens):
    """Different numbers of counted times a sequence, and one with a single one."""
    counted = torch.zeros(tokens.shape[:2], dtype=torch.bool)
    counted[:, 1:] = True
    counted[0, 2], counted[1, 1:-1] = False, False
    return Sequences(tokens, counted)


@pytest.mark.parametrize("build", [every_time, last_time, some_counted], ids=["every", "last", "some"])
@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_the_kernel_is_the_jacobian_times_its_transpose(build, outputs, shared):
    network, theta, tokens, _ = task(outputs=outputs, shared=shared)
    sequences = build(tokens)
    rows = jacobian(network, theta, sequences)
    found = tangent_kernel(network, theta, sequences)
    assert torch.allclose(found, rows @ rows.mT, rtol=0, atol=1e-10)
    assert torch.equal(found, found.mT)


@pytest.mark.parametrize(("outputs", "shared"), [(1, True), (3, True), (2, False)])
def test_the_kernel_between_two_sets_is_that_of_their_jacobians(outputs, shared):
    network, theta, tokens, numbers = task(outputs=outputs, shared=shared)
    own, other = every_time(tokens), last_time(random_tokens(4, 3, 4, generator=numbers))
    expected = jacobian(network, theta, own) @ jacobian(network, theta, other).mT
    assert torch.allclose(tangent_kernel(network, theta, own, other), expected, rtol=0, atol=1e-10)
    assert torch.allclose(tangent_kernel(network, theta, other, own), expected.mT, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("block", "contract"), [(1, 1), (2, 1), (8, 1), (2, 100)])
def test_blocks_and_ways_of_contraction_change_nothing(block, contract, monkeypatch):
    network, theta, tokens, _ = task(count=5, outputs=2)
    sequences = some_counted(tokens)
    whole = tangent_kernel(network, theta, sequences)
    monkeypatch.setattr(empirical, "_BLOCK", block)
    monkeypatch.setattr(empirical, "_ROWS_TO_CONTRACT_FIRST", contract)
    assert torch.allclose(tangent_kernel(network, theta, sequences), whole, rtol=1e-12)
    assert torch.allclose(tangent_kernel(network, theta, sequences, sequences), whole, rtol=1e-12)


def test_members_have_kernels_of_their_own():
    network, theta, tokens, _ = task()
    ensemble = torch.stack([theta, 0.5 * theta, network.start])
    found = tangent_kernel(network, ensemble, every_time(tokens))
    for k in range(3):
        assert torch.allclose(found[k], tangent_kernel(network, ensemble[k], every_time(tokens)), rtol=1e-13)
    assert [member[1].shape for member in members(network, ensemble, every_time(tokens))] == [theta.shape] * 3


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_the_squared_gradient_is_the_kernel_between_the_residuals(shared):
    network, theta, tokens, numbers = task(shared=shared)
    targets = torch.randn(3, 5, 2, generator=numbers, dtype=torch.float64)
    regression = SequenceRegression(network, some_counted(tokens), targets)
    gap = regression.residuals(theta)
    kernel = tangent_kernel(network, theta, regression.sequences)
    assert torch.allclose(gradient(regression, theta).square().sum(), gap @ kernel @ gap, rtol=1e-12)


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_products_are_those_of_the_jacobian_without_it(shared):
    network, theta, tokens, numbers = task(shared=shared)
    sequences = some_counted(tokens)
    rows = jacobian(network, theta, sequences)
    move = torch.randn(network.dim, generator=numbers, dtype=torch.float64)
    vector = torch.randn(len(rows), generator=numbers, dtype=torch.float64)
    assert torch.allclose(jacobian_product(network, theta, sequences, move), rows @ move, atol=1e-11)
    pulled = jacobian_transpose_product(network, theta, sequences, vector)
    assert torch.allclose(pulled, rows.mT @ vector, atol=1e-11)
    whole = kernel_product(network, theta, sequences, vector)
    assert torch.allclose(whole, rows @ (rows.mT @ vector), atol=1e-10)


def test_the_first_order_change_is_that_of_central_differences():
    network, theta, tokens, numbers = task()
    sequences = every_time(tokens)
    move = torch.randn(network.dim, generator=numbers, dtype=torch.float64)
    ends = [sequences.flat(network.outputs_of(theta + step * move, sequences)) for step in (1e-7, -1e-7)]
    found = jacobian_product(network, theta, sequences, move)
    assert torch.allclose(found, (ends[0] - ends[1]) / 2e-7, atol=1e-6)


def test_factors_hold_no_more_than_they_say():
    network, theta, tokens, _ = task(outputs=3)
    found = features(network, theta, some_counted(tokens))
    assert found.pulls.shape == (3, 4 * 3, 4, 11) and found.states.shape == (3, 4, 11)
    assert len(found.order) == (3 + 1 + 4) * 3
