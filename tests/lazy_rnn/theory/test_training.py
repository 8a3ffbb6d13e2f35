"""What is foretold of training, against training."""

import math
from itertools import pairwise

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.measures.movement import flips, movement
from lrtheory.lazy_rnn.models.networks import random_network, stacked_networks
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens
from lrtheory.lazy_rnn.tangent.products import jacobian_transpose_product
from lrtheory.lazy_rnn.theory.linear_training import movement_curve, residuals, summed_residuals
from lrtheory.lazy_rnn.theory.linearized import linearized
from lrtheory.lazy_rnn.theory.training import predict_training


def task(width=120, members=2, build=every_time, outputs=1):
    numbers = generator(0, "task")
    networks = [random_network(width, 4, outputs, generator=numbers) for _ in range(members)]
    tokens = torch.stack([random_tokens(4, 4, 4, generator=numbers) for _ in networks])
    targets = torch.stack([random_targets(each, outputs, generator=numbers) for each in tokens])
    return SequenceRegression(stacked_networks(networks), build(tokens), targets)


@pytest.mark.parametrize(("build", "outputs"), [(every_time, 1), (last_time, 3)])
def test_a_prediction_is_the_linear_run_with_the_flips_and_the_gap_of_training(build, outputs):
    regression = task(build=build, outputs=outputs)
    told = predict_training(regression, steps=60)
    linear, steps = linearized(regression), told.steps.tolist()
    assert steps[0] == 0 and steps[-1] == 60
    expected = residuals(linear.kernel, linear.start_residuals, lr=told.lr, steps=steps)
    assert torch.allclose(told.residuals, expected, atol=1e-12)
    moved = movement_curve(linear.kernel, linear.start_residuals, lr=told.lr, steps=steps)
    assert torch.allclose(told.movement, moved, atol=1e-12)
    run = trained(regression, regression.start, told.lr, steps=60)
    assert torch.allclose(told.movement[-1], movement(regression.network, run.theta).frobenius, rtol=0.15)
    held = flips(regression.network, run.theta, regression.sequences)
    assert torch.allclose(told.flips[-1], held, atol=0.03) and bool((told.flips[0] == 0).all())
    path = run.residuals[told.steps]
    gap = (path - told.residuals).norm(dim=-1) / path[0].norm(dim=-1)
    early = slice(1, 6)
    assert bool((gap[early] < 3 * told.gap[early]).all()) and bool((gap[early] > told.gap[early] / 3).all())
    assert bool(((run.loss[told.steps] - told.loss).abs()[early] <= 3.5 * told.error[early]).all())


def test_a_rate_may_be_given_for_each_member():
    regression = task()
    rates = torch.tensor([5e-4, 1e-3], dtype=torch.float64)
    told, alone = predict_training(regression, rates, steps=20), predict_training(regression, 5e-4, steps=20)
    assert torch.allclose(told.loss[:, 0], alone.loss[:, 0]) and told.lr is rates
    assert bool(told.loss[-1, 1] < alone.loss[-1, 1])


def test_the_stated_gap_falls_with_the_width():
    gaps = [float(predict_training(task(width, 4), steps=40).gap[-1].mean()) for width in (40, 160, 640)]
    slopes = [math.log(after / before, 4) for before, after in pairwise(gaps)]
    assert all(-1.1 < slope < -0.2 for slope in slopes)


def test_a_rate_beyond_the_edge_must_be_asked_for():
    regression = task()
    edge = 2 / linearized(regression).eigenvalues[:, -1]
    with pytest.raises(ValueError, match="lr must be at most 2 / lambda_max"):
        predict_training(regression, 1.1 * edge, steps=10)
    told = predict_training(regression, 1.1 * edge, steps=10, allow_divergence=True)
    assert bool((told.loss[-1] > told.loss[1]).any())
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        predict_training(regression, steps=0)


def test_flips_count_up_to_the_end_of_each_sequence():
    numbers = generator(1, "ragged")
    network = random_network(60, 4, generator=numbers)
    whole = random_tokens(3, 5, 4, generator=numbers)
    ragged = last_time([whole[0], whole[1, :2], whole[2, :3]])
    task = SequenceRegression(network, ragged, torch.ones(3, 1, 1, dtype=torch.float64))
    told, linear = predict_training(task, steps=30), linearized(task)
    fed = summed_residuals(linear.kernel, linear.start_residuals, lr=told.lr, steps=[30])[0]
    theta = task.start - jacobian_transpose_product(network, task.start, ragged, fed)
    assert torch.allclose(told.flips[-1], flips(network, theta, ragged)) and told.flips[-1] > 0
