"""Experiments at small size, and the runs they average, against slower ways to the same numbers."""

import numpy as np
import pytest
import torch

from lrtheory import generator
from lrtheory.diagrams.exact.every_set import last_weights, losses_over_every_set
from lrtheory.diagrams.experiments import order_by_order
from lrtheory.diagrams.measures.controlled import Controls, controlled_losses
from lrtheory.diagrams.models.minimum_example import lopsided_valley, mean_losses
from lrtheory.diagrams.models.networks import small_tanh_net

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

EXPERIMENTS = ("tanh_net_orders", "digits_orders", "lenet_orders", "near_a_minimum")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_runs_at_small_size(name):
    chosen = getattr(order_by_order, name)
    found = chosen(**chosen.smoke)
    assert all(np.isfinite(array).all() for array in found.values() if array.dtype.kind == "f")


def test_every_training_set_is_run_and_weighed():
    net, lr, total = small_tanh_net(examples=3), 0.3, 0.0
    for first in range(3):
        for second in range(3):
            theta = net.start
            for seen in (first, second):
                point = theta.clone().requires_grad_()
                (slope,) = torch.autograd.grad(net.losses(point)[seen], point)
                theta = theta - lr * slope
            total += float(net.loss(theta)) / 9
    found = losses_over_every_set(net, net.start, examples=2, lr=lr)
    assert found.test == pytest.approx(total, rel=1e-12)
    assert found.gap == pytest.approx(found.test - found.train)


def test_too_many_training_sets_are_refused():
    net = small_tanh_net()
    with pytest.raises(ValueError, match="take fewer examples"):
        losses_over_every_set(net, net.start, examples=7, lr=0.1)


def test_the_control_has_its_mean_over_every_training_set():
    net = small_tanh_net(examples=4)
    controls = Controls(net, net.start)
    sets = torch.cartesian_prod(*[torch.arange(4)] * 3)
    test, train = controls.of(sets, lr=0.2)
    exact, exact_train = controls.means(3, lr=0.2)
    assert float(test.mean()) == pytest.approx(exact, rel=1e-12)
    assert float(train.mean()) == pytest.approx(exact_train, rel=1e-12)


def test_the_control_follows_its_run_to_second_order():
    net = small_tanh_net(examples=4)
    controls = Controls(net, net.start)
    sets = torch.tensor([[0, 1, 2], [3, 3, 1]])
    misses = []
    for lr in (0.02, 0.01):
        test, train = controls.of(sets, lr=lr)
        last = last_weights(net, net.start, sets, lr=lr)
        own = torch.stack([net.example_loss(last, seen) for seen in sets.T]).mean(dim=0)
        misses.append(torch.stack([net.loss(last) - test, own - train]).abs())
    slopes = torch.log2(misses[0] / misses[1])
    assert torch.allclose(slopes[0], torch.full((2,), 3.0).double(), atol=0.15)
    assert torch.allclose(slopes[1], torch.full((2,), 2.0).double(), atol=0.15)


def test_controlled_means_are_the_exact_ones_within_their_errors():
    net = small_tanh_net()
    exact = losses_over_every_set(net, net.start, examples=3, lr=0.1)
    found = controlled_losses(
        net, net.start, Controls(net, net.start), examples=3, lr=0.1, runs=4000,
        generator=generator(0, "sets"), runs_at_once=1000,
    )
    for name, truth in (("test", exact.test), ("gap", exact.gap), ("plain_test", exact.test)):
        mean = getattr(found, name)
        assert abs(mean.value - truth) < 4 * mean.stderr
    assert found.test.stderr < found.plain_test.stderr / 3


def test_means_of_too_few_runs_are_refused():
    net = small_tanh_net()
    controls = Controls(net, net.start)
    with pytest.raises(ValueError, match="runs at least 4"):
        controlled_losses(net, net.start, controls, examples=2, lr=0.1, runs=3, generator=generator(0, "x"))


def test_the_valley_is_followed_as_every_training_set_says():
    valley = lopsided_valley().population()
    start = torch.zeros(1, dtype=torch.float64)
    truth = losses_over_every_set(valley, start, examples=12, lr=0.4).test
    assert mean_losses(0.4, 12)[-1] == pytest.approx(truth, rel=1e-12)
    assert mean_losses(0.2, 12)[-1] == pytest.approx(0.05528717, abs=5e-9)


def test_a_rate_that_leaves_the_valley_is_refused():
    with pytest.raises(ValueError, match="leave the interval"):
        mean_losses(0.7, 3)
