"""Networks of the experiments: their sizes, their scales, and convolutions written as products."""

import math

import pytest
import torch
from torch.nn.functional import conv2d

from lrtheory import generator
from lrtheory.diagrams.models.networks import Dense, LeNet, digits_softmax, fashion_lenet, small_tanh_net


def test_lenet_has_the_published_number_of_weights():
    assert fashion_lenet(images=10).dim == 4490


def test_lenet_is_what_convolutions_compute():
    net = LeNet(generator(0, "lenet"))
    images = torch.rand((3, 28, 28), generator=generator(0, "images"), dtype=torch.float64)
    first = (net.first.weight_scale * net.first.weight).reshape(10, 1, 5, 5)
    second = (net.second.weight_scale * net.second.weight).reshape(10, 10, 5, 5)
    h = torch.tanh(conv2d(images[:, None], first, net.first.bias_scale * net.first.bias, stride=2))
    h = torch.tanh(conv2d(h, second, net.second.bias_scale * net.second.bias, stride=2))
    scores = net.last(torch.tanh(net.third(h.permute(0, 2, 3, 1).flatten(1))))
    assert torch.allclose(net(images), scores, rtol=1e-12, atol=1e-12)


def test_a_layer_multiplies_standard_normal_weights_by_its_scale():
    layer = Dense(30, 50, generator(0, "layer"))
    assert float(layer.weight.detach().std()) == pytest.approx(1, abs=0.1)
    row = layer(torch.zeros(50, dtype=torch.float64)) / layer.bias
    assert torch.allclose(row, torch.full((30,), math.sqrt(2 / 31), dtype=torch.float64))
    assert layer.weight_scale == pytest.approx(math.sqrt(2 / 80))


def test_fashion_images_are_as_many_of_each_class():
    assert torch.bincount(fashion_lenet(images=40).targets).tolist() == [4] * 10


def test_gray_levels_fill_the_interval_from_zero_to_one():
    for population in (fashion_lenet(images=100), digits_softmax(images=100)):
        assert (float(population.inputs.min()), float(population.inputs.max())) == (0, 1)


def test_softmax_regression_starts_without_opinion():
    digits = digits_softmax(images=20)
    assert digits.dim == 650
    assert torch.allclose(digits.losses(digits.start), torch.full((20,), math.log(10)).double())


def test_the_small_net_has_eight_weights_and_depends_on_its_seed():
    assert small_tanh_net().dim == 8
    assert not torch.equal(small_tanh_net(seed=1).start, small_tanh_net().start)


@pytest.mark.parametrize("examples", [2, 5])
def test_the_small_net_has_half_the_squared_error_of_a_net_written_out(examples):
    net = small_tanh_net(examples=examples, seed=3)
    first, bias, second = net.start[:4].reshape(2, 2), net.start[4:6], net.start[6:]
    outputs = torch.tanh(net.inputs @ first.T + bias) @ second
    labels = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0][:examples], dtype=torch.float64)
    assert torch.allclose(net.losses(net.start), (outputs - labels) ** 2 / 2, rtol=1e-12)
