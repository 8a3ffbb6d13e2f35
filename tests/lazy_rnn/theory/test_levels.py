"""Linear training and levels of laziness against explicit derivatives and the networks themselves."""

import math
import re

import pytest
import torch

from lrtheory import GradientDescent, HeavyBall, descend, generator, gradient
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens
from lrtheory.lazy_rnn.tangent.products import jacobian_product, jacobian_transpose_product
from lrtheory.lazy_rnn.theory.levels import LazyRegression, level_outputs
from lrtheory.lazy_rnn.theory.linearized import LinearizedRegression, linearized


def task(*, width=13, outputs=2, times=5, build=every_time, shared=True, seed=0):
    numbers = generator(seed, "task")
    network = random_network(width, 4, outputs, generator=numbers, own_times=None if shared else times)
    tokens = random_tokens(3, times, 4, generator=numbers) * 1.2
    targets = random_targets(tokens, outputs, generator=numbers)
    move = torch.randn(network.dim, generator=numbers, dtype=torch.float64) / width
    return SequenceRegression(network, build(tokens), targets), move


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_level_zero_is_the_network_and_level_one_its_linearization(shared):
    regression, move = task(shared=shared)
    network, sequences, start = regression.network, regression.sequences, regression.start
    zero = level_outputs(network, start + move, sequences, order=0)
    one = level_outputs(network, start + move, sequences, order=1)
    assert torch.allclose(zero, regression.outputs(start), rtol=1e-12)
    assert torch.allclose(one - zero, jacobian_product(network, start, sequences, move), atol=1e-12)
    for order in (0, 1, 2, None):
        found = level_outputs(network, start, sequences, order=order)
        assert torch.allclose(found, regression.outputs(start), rtol=1e-12)


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
def test_the_last_level_is_the_network_with_frozen_gates(shared):
    regression, move = task(shared=shared)
    network, sequences, theta = regression.network, regression.sequences, regression.start + move
    gates = [h > 0 for h in network.states(regression.start, sequences)]
    state, found = network.driven(sequences)[0].relu(), []
    found.append(state @ network.readout.mT)
    matrices = network.matrices(theta, sequences.times)
    for matrix, added, gate in zip(matrices, network.driven(sequences)[1:], gates[1:], strict=True):
        state = gate * (state @ matrix.mT + added)
        found.append(state @ network.readout.mT)
    expected = sequences.flat(torch.stack(found, -2))
    for order in (4, 9, None):
        assert torch.allclose(level_outputs(network, theta, sequences, order=order), expected, rtol=1e-11)
    assert not torch.allclose(level_outputs(network, theta, sequences, order=3), expected, rtol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_levels_are_the_series_of_a_network_without_sign_changes(order):
    regression, move = task()
    gaps = []
    for size in (2e-2, 1e-2):
        theta = regression.start + size * move
        found = level_outputs(regression.network, theta, regression.sequences, order=order)
        gaps.append(float((found - regression.outputs(theta)).norm()))
    assert abs(math.log2(gaps[0] / gaps[1]) - (order + 1)) < 0.1


def test_levels_may_be_taken_around_other_weights():
    regression, move = task()
    network, sequences, center = regression.network, regression.sequences, regression.start + move
    found = level_outputs(network, center + 0.3 * move, sequences, order=1, around=center)
    expected = regression.outputs(center) + 0.3 * jacobian_product(network, center, sequences, move)
    assert torch.allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("build", [every_time, last_time])
def test_the_linearization_in_function_space_is_the_linear_network(build):
    regression, _ = task(build=build)
    linear, level = linearized(regression), LazyRegression(regression, 1)
    lr = float(1 / linear.eigenvalues[-1])
    for rule in (GradientDescent(lr), HeavyBall(0.5 * lr, 0.7)):
        short, long = (descend(rule, each, each.start, steps=25) for each in (linear, level))
        gaps = level.outputs(long.final) - regression.wanted
        assert torch.allclose(linear.residuals(short.final), gaps, atol=1e-10)
        assert torch.allclose(short.final.norm(), (long.final - level.start).norm(), rtol=1e-9)


def test_residuals_of_the_linearization_shrink_by_the_kernel():
    regression, _ = task()
    linear = linearized(regression)
    lr = float(0.7 / linear.eigenvalues[-1])
    path = descend(GradientDescent(lr), linear, linear.start, steps=3)
    step = torch.eye(linear.dim, dtype=torch.float64) - lr * linear.kernel
    expected = torch.linalg.matrix_power(step, 3) @ regression.residuals(regression.start)
    assert torch.allclose(linear.residuals(path.final), expected, atol=1e-11)
    impulse = lr * (torch.eye(linear.dim) + step + step @ step) @ linear.start_residuals
    move = -jacobian_transpose_product(regression.network, regression.start, regression.sequences, impulse)
    assert torch.allclose(path.final.norm(), move.norm(), rtol=1e-9)


@pytest.mark.parametrize("order", [1, 2, None])
def test_levels_are_landscapes_with_the_gradient_of_their_loss(order):
    regression, move = task()
    level, theta = LazyRegression(regression, order), regression.start + 0.1 * move
    ends = [level.loss(theta + step * move) for step in (1e-6, -1e-6)]
    assert torch.allclose(gradient(level, theta) @ move, (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-7)


def test_an_ensemble_of_linearizations_is_its_members():
    regression, move = task()
    both = linearized(regression, torch.stack([regression.start, regression.start + move]))
    alone = linearized(regression, regression.start + move)
    v = torch.arange(2.0 * both.dim, dtype=torch.float64).reshape(2, -1)
    assert torch.allclose(both.loss(v)[1], alone.loss(v[1]), rtol=1e-9)
    assert torch.allclose(both.gradient(v)[1], alone.gradient(v[1]), rtol=1e-8)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (torch.eye(3), "got (3, 3) and (2,)"),
        (torch.tensor([[1.0, 0.5], [0.0, 1.0]]), "kernel must be symmetric, got entries that differ by 0.5"),
        (torch.tensor([[1.0, 2.0], [2.0, 1.0]]), "no negative eigenvalue, got -1"),
        (torch.tensor([[1.0, 0.0], [0.0, torch.inf]]), "must be finite"),
    ],
)
def test_matrices_that_are_no_kernels_are_refused(kernel, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        LinearizedRegression(kernel.double(), torch.ones(2, dtype=torch.float64))


def test_batches_and_bad_orders_are_refused():
    regression, move = task()
    linear = linearized(regression)
    for landscape, theta in ((linear, linear.start), (LazyRegression(regression, 1), move)):
        with pytest.raises(ValueError, match="has no batches"):
            landscape.loss(theta, torch.tensor([0]))
    with pytest.raises(ValueError, match="order must be at least 1, got 0"):
        LazyRegression(regression, 0)
    with pytest.raises(ValueError, match="order must be at least 0, got -1"):
        level_outputs(regression.network, move, regression.sequences, order=-1)
