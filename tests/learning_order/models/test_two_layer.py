"""The two-layer network on the whole input: its loss, its gradient, its members, what it refuses."""

import dataclasses
import math
import re

import pytest
import torch

from lrtheory import generator, gradient
from lrtheory.landscape import autograd_gradient
from lrtheory.learning_order.models.two_layer import TwoLayerNet, balanced_readout, random_start


def drawn(count=9, inputs=4, width=6, members=3, **options):
    numbers = generator(0, "two-layer")
    x = 1.3 * torch.randn(count, inputs, generator=numbers, dtype=torch.float64)
    labels = torch.where(torch.randn(count, generator=numbers) > 0, 1.0, -1.0).double()
    readout = torch.randn(members, width, generator=numbers, dtype=torch.float64)
    net = TwoLayerNet(x, labels, readout, **options)
    return net, random_start(net, 0.7, members=members, generator=numbers)


def plain_loss(net, member, theta, k):
    """Loss of one example, written out."""
    f = 0.0
    for i in range(net.width):
        h = sum(float(u) * float(x) for u, x in zip(theta.view(net.width, -1)[i], net.inputs[k], strict=True))
        f += float(net.readout[member, i]) * max(h, 0.0)
    y = float(net.labels[k])
    return math.log1p(math.exp(-y * f)) if net.loss_name == "logistic" else (f - y) ** 2 / 2


@pytest.mark.parametrize("loss_name", ["logistic", "squared"])
@pytest.mark.parametrize("samples", [None, torch.tensor([2, 0, 2, 5])])
def test_the_loss_is_the_mean_of_the_examples_and_half_the_decay(loss_name, samples):
    net, theta = drawn(weight_decay=0.3, loss_name=loss_name)
    chosen = range(9) if samples is None else samples.tolist()
    for member, losses in enumerate(net.loss(theta, samples)):
        plain = sum(plain_loss(net, member, theta[member], k) for k in chosen) / len(chosen)
        assert float(losses) == pytest.approx(plain + 0.15 * float(theta[member].square().sum()), rel=1e-12)
        assert float(net.data_loss(theta, samples)[member]) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("loss_name", ["logistic", "squared"])
@pytest.mark.parametrize("samples", [None, torch.tensor([2, 0, 2, 5])])
def test_its_gradient_is_that_of_its_loss(loss_name, samples):
    net, theta = drawn(weight_decay=0.3, loss_name=loss_name)
    own, found = gradient(net, theta, samples), autograd_gradient(net, theta, samples)
    assert torch.allclose(own, found, rtol=1e-10, atol=1e-14)


def test_one_readout_serves_every_member():
    net, theta = drawn()
    shared = dataclasses.replace(net, readout=net.readout[1])
    assert torch.allclose(shared.outputs(theta)[1], net.outputs(theta)[1], rtol=1e-12)
    assert shared.outputs(theta).shape == (3, 9) and shared.dim == net.dim == 24
    assert not torch.allclose(shared.outputs(theta)[0], net.outputs(theta)[0])


def test_accuracy_is_the_share_of_right_signs():
    net, theta = drawn()
    right = [float((row * net.labels > 0).double().mean()) for row in net.outputs(theta)]
    assert net.accuracy(theta, net.inputs, net.labels).tolist() == pytest.approx(right)
    assert len(set(right)) > 1


def test_starts_have_the_deviation_asked_for_and_readouts_half_of_each_sign():
    net, _ = drawn(inputs=50, width=100)
    start = random_start(net, 0.2, members=4, generator=generator(1, "start"))
    assert start.shape == (4, 5000)
    assert abs(float(start.std()) - 0.2) < 4 * 0.2 / math.sqrt(2 * start.numel())
    readout = balanced_readout(16)
    assert float(readout.sum()) == 0 and torch.allclose(readout.square(), torch.tensor(1 / 16).double())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss_name": "hinge"}, "loss_name must be one of logistic, squared; got 'hinge'"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0, got -0.1"),
        ({"labels": torch.ones(4)}, "inputs (N, d) and labels (N,) expected, got (9, 4) and (4,)"),
        ({"labels": torch.zeros(9)}, "labels must be -1 or 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    net, _ = drawn()
    with pytest.raises(ValueError, match=re.escape(message)):
        dataclasses.replace(net, **change)


def test_odd_widths_and_deviations_of_zero_are_refused():
    net, _ = drawn()
    with pytest.raises(ValueError, match="width must be even"):
        balanced_readout(3)
    with pytest.raises(ValueError, match="std must be positive"):
        random_start(net, 0.0, generator=generator(0, "start"))
    with pytest.raises(ValueError, match="members must be at least 1"):
        random_start(net, 1.0, members=0, generator=generator(0, "start"))
