"""The network of two branches: logits of whole patches, its gradient, noise on units, what is read off."""

import math

import pytest
import torch

from lrtheory import generator, gradient
from lrtheory.landscape import autograd_gradient
from lrtheory.learning_order.models.branches import random_branches
from lrtheory.learning_order.models.patched_digits import patched_digits

BATCH = torch.tensor([2, 7, 7, 31, 0])


def drawn(**units):
    data = patched_digits(generator(0, "data"), train=40, dtype=torch.float64, patch_only=0.3, digit_only=0.3)
    sizes = {"pixel_units": 7, "patch_units": 9, **units}
    return random_branches(data, generator=generator(0, "weights"), **sizes)


def test_logits_are_those_of_the_whole_patches():
    net, theta = drawn()
    first, second = theta[: 7 * 64].reshape(7, 64), theta[7 * 64 :].reshape(9, 16)
    units = (net.data.pixels @ first.mT).relu(), (net.data.patches @ second.mT).relu()
    logits = units[0] @ net.pixel_readout.mT + units[1] @ net.patch_readout.mT
    assert torch.allclose(net.logits(theta), logits, rtol=1e-12) and net.dim == theta.numel() == 592
    assert torch.allclose(net.logits(theta, BATCH), logits[BATCH], rtol=1e-12)
    each = torch.logsumexp(logits, 1) - logits[range(40), net.data.labels]
    assert torch.allclose(net.example_loss(theta), each) and torch.allclose(net.loss(theta), each.mean())


@pytest.mark.parametrize("samples", [None, BATCH])
@pytest.mark.parametrize("members", [(), (2,)])
def test_the_gradient_is_that_of_the_loss(samples, members):
    net, theta = drawn()
    theta = theta * torch.linspace(0.8, 1.2, 2).double()[:, None] if members else theta
    own = gradient(net, theta, samples)
    assert torch.allclose(own, autograd_gradient(net, theta, samples), rtol=1e-10, atol=1e-13)
    assert own.shape == (*members, 592)


@pytest.mark.parametrize("place", ["before", "after"])
def test_noise_on_units_vanishes_with_its_deviation(place):
    net, theta = drawn()
    found = net.noisy_gradient(theta, BATCH, noise=0.0, place=place, generator=generator(0, "units"))
    assert torch.allclose(found, net.gradient(theta, BATCH), rtol=1e-12)


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("place", ["before", "after"])
def test_noise_on_units_is_in_the_forward_pass_and_moves_gates_only_before_them(place, everywhere):
    net, theta = drawn()
    parts = zip(net.branches(theta), (net.data.pixels, net.data.patches), strict=True)
    numbers, weights, readouts = generator(1, "units"), [], (net.pixel_readout, net.patch_readout)
    total = torch.zeros(5, 10, dtype=torch.float64)
    for (matrix, read), readout in zip(parts, readouts, strict=True):
        own = matrix.clone().requires_grad_()
        units = own @ read[BATCH].mT
        deviation = 0.8 * units.detach().std()
        shift = deviation * torch.randn(units.shape, generator=numbers, dtype=torch.float64)
        if not everywhere:
            shift = torch.where(read[BATCH].abs().sum(1) > 0, shift, 0.0)
        state = (units + shift).relu() if place == "before" else units.relu() + shift
        total = total + (readout @ state).mT
        weights.append(own)
    torch.nn.functional.cross_entropy(total, net.data.labels[BATCH]).backward()
    own = net.noisy_gradient(
        theta, BATCH, noise=0.8, place=place, generator=generator(1, "units"), everywhere=everywhere
    )
    assert torch.allclose(own, torch.cat([each.grad.flatten() for each in weights]), rtol=1e-10, atol=1e-13)


def test_accuracies_and_losses_are_those_of_each_part():
    net, theta = drawn(patch_units=60)
    guesses = net.prototype_logits(theta).argmax(1)
    right = sum(int(guess == k // 2) for k, guess in enumerate(guesses))
    assert float(net.patch_accuracy(theta)) == right / 20
    told = net.pixel_logits(theta, net.data.test_pixels).argmax(1) == net.data.test_labels
    assert float(net.test_accuracy(theta)) == float(told.double().mean())
    losses, each = net.group_loss(theta), net.example_loss(theta)
    sizes = {group: int(net.data.members(group).sum()) for group in ("digit", "patch", "both")}
    total = sum(float(losses[group]) * size for group, size in sizes.items())
    assert total / 40 == pytest.approx(float(losses["all"])) and min(sizes.values()) > 0
    assert float(losses["patch"]) == pytest.approx(float(each[net.data.members("patch")].mean()))


def test_weights_have_the_deviations_of_the_docstring():
    net, theta = drawn(pixel_units=300, patch_units=800)
    first, second = net.branches(theta)
    wanted = (
        (first, math.sqrt(2 / 64)), (second, 0.75), (net.pixel_readout, 1.5 / math.sqrt(300)),
        (net.patch_readout, 3 / math.sqrt(800)),
    )  # fmt: skip
    for part, deviation in wanted:
        assert abs(float(part.std()) / deviation - 1) < 4 / math.sqrt(2 * part.numel())


def test_what_does_not_fit_is_refused():
    net, theta = drawn()
    with pytest.raises(ValueError, match="place must be one of before, after; got 'inside'"):
        net.noisy_gradient(theta, BATCH, noise=1.0, place="inside", generator=generator(0, "units"))
    for name in ("pixel_units", "patch_units"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            drawn(**{name: 0})
