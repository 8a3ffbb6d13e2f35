"""The wide residual network: its size, its start, its function, and the noise that all images share."""

import math
import re

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d

from lrtheory import generator
from lrtheory.learning_order.models.image_networks import SmallCnn, WideResNet16, noise_planes, noisy_relu


def network(width=1, **more):
    return WideResNet16(width, generator=generator(0, "weights"), **more)


def images(count=3):
    return torch.randn(count, 3, 32, 32, generator=generator(0, "images"))


@pytest.mark.parametrize(("width", "count"), [(10, 17_116_634), (4, 2_748_890)])
def test_it_has_the_weights_of_the_authors_network(width, count):
    with torch.device("meta"):
        made = WideResNet16(width, generator=None)  # nothing is drawn
    assert sum(each.numel() for each in made.parameters()) == count


def test_thirteen_activations_see_noise_at_places_of_their_own():
    made = network()
    assert made.noise_sides == [32] * 5 + [16] * 4 + [8] * 4
    assert made.noise_size == 5 * 32**2 + 4 * 16**2 + 4 * 8**2 == 6400


def test_it_starts_as_the_authors_network_does():
    made = network(2)
    for module in made.modules():
        if isinstance(module, torch.nn.Conv2d):
            spread = math.sqrt(2 / (module.kernel_size[0] ** 2 * module.out_channels))
            error = 4 / math.sqrt(module.weight.numel())
            assert module.weight.std().item() == pytest.approx(spread, rel=error)
            assert module.bias is None
        if isinstance(module, torch.nn.BatchNorm2d):
            assert (module.weight == 1).all() and (module.bias == 0).all()
    bound = 1 / math.sqrt(128)
    assert 0.9 * bound < made.readout.weight.abs().max() <= bound and (made.readout.bias == 0).all()
    assert not torch.equal(made.blocks[1].conv1.weight, made.blocks[1].conv2.weight)


def test_it_is_the_function_that_its_weights_say():
    """Written out with convolutions and batch statistics, block by block."""
    made, x = network(1, classes=4), images()
    noise = 0.3 * torch.randn(made.noise_size, generator=generator(0, "noise"))
    planes = list(noise_planes(noise, made.noise_sides))

    def active(hidden):
        normal = batch_norm(hidden, None, None, training=True)
        return (normal + planes.pop(0)).clamp(min=0)

    hidden = conv2d(x, made.stem.weight, padding=1)
    for number, block in enumerate(made.blocks):
        stride = 2 if number in (2, 4) else 1
        first = active(hidden)
        second = active(conv2d(first, block.conv1.weight, padding=1, stride=stride))
        inner = conv2d(second, block.conv2.weight, padding=1)
        kept = hidden if number in (1, 3, 5) else None
        if number == 0:
            assert block.shortcut is None  # 16 channels stay 16 at width 1
            kept = hidden
        if kept is None:
            kept = conv2d(first, block.shortcut.weight, stride=stride)
        hidden = inner + kept
    wanted = active(hidden).mean((2, 3)) @ made.readout.weight.mT
    assert planes == []
    assert torch.allclose(made(x, noise), wanted, atol=1e-4)


@pytest.mark.parametrize("kind", ["wide", "small"])
def test_noise_acts_in_training_only(kind):
    made = network() if kind == "wide" else SmallCnn(generator=generator(0, "weights"))
    x = images() if kind == "wide" else images()[:, :1, :16, :16]
    noise = torch.randn(made.noise_size, generator=generator(0, "noise"))
    with torch.no_grad():
        assert not torch.allclose(made(x, noise), made(x))
        assert torch.equal(made(x, 0 * noise), made(x))
        made.eval()
        assert torch.equal(made(x, noise), made(x))


def test_noise_is_one_number_a_place_for_all_channels_and_images():
    hidden = 50 + torch.randn(4, 5, 3, 3, generator=generator(0, "hidden"))
    noise = torch.randn(3, 3, generator=generator(0, "noise"))
    shift = noisy_relu(hidden, noise) - hidden
    assert torch.allclose(shift, noise.expand(4, 5, 3, 3), atol=1e-5) and noise.std() > 0.3
    assert torch.equal(noisy_relu(hidden - 50, None), (hidden - 50).clamp(min=0))
    assert noisy_relu(-hidden, noise).max() == 0  # before the activation, so closed units stay silent


def test_noise_is_cut_into_planes_in_order():
    planes = noise_planes(torch.arange(13.0), (2, 3))
    assert planes[0].tolist() == [[0, 1], [2, 3]] and planes[1][0].tolist() == [4, 5, 6]
    assert noise_planes(None, (2, 3)) == [None, None]
    with pytest.raises(ValueError, match=re.escape("noise must have shape (13,), one number a place; got")):
        noise_planes(torch.zeros(12), (2, 3))


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_small_network_adds_noise_on_the_side_it_is_told(place):
    """After the last activation the noise shifts the features of each place, of all images alike."""
    made = SmallCnn(generator=generator(0, "weights"), noise_at=place, classes=7)
    x = torch.randn(4, 1, 16, 16, generator=generator(0, "images"))
    noise, plane = torch.zeros(made.noise_size), -100 - 10 * torch.arange(16.0)
    noise[-16:] = plane
    outputs, plain = made(x, noise), made(x)
    if place == "before":  # no unit is open
        assert torch.allclose(outputs, made.readout.bias.expand(4, 7), atol=1e-5)
    else:
        shift = made.readout.weight.view(7, 32, 16).sum(1) @ plane
        assert torch.allclose(outputs - plain, shift.expand(4, 7), rtol=1e-4, atol=2e-3)


def test_the_small_network_is_the_function_that_its_weights_say():
    made = SmallCnn(generator=generator(0, "weights"))
    hidden = torch.randn(4, 1, 16, 16, generator=generator(0, "images"))
    x, sides = hidden, [16, 8, 4]
    for convolution, stride, side in zip(made.convolutions, (1, 2, 2), sides, strict=True):
        hidden = conv2d(hidden, convolution.weight, padding=1, stride=stride)
        hidden = batch_norm(hidden, None, None, training=True).clamp(min=0)
        assert hidden.shape[-1] == side
    assert [each.weight.shape[0] for each in made.convolutions] == [16, 32, 32]
    assert torch.allclose(made(x), hidden.reshape(4, 512) @ made.readout.weight.mT, atol=1e-4)
    assert made.noise_sides == sides and made.noise_size == 256 + 64 + 16


def test_sizes_and_places_are_refused():
    with pytest.raises(ValueError, match=r"width must be at least 1, got 0; .* width 10"):
        network(0)
    with pytest.raises(ValueError, match="classes must be at least 1, got 0"):
        network(1, classes=0)
    with pytest.raises(ValueError, match="noise_at must be one of before, after; got 'inside'"):
        SmallCnn(generator=generator(0, "weights"), noise_at="inside")
