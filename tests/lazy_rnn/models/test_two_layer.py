"""The two-layer network: its gradient, its loss and what it refuses."""

import re

import pytest
import torch

from lrtheory import generator, gradient
from lrtheory.landscape import autograd_gradient
from lrtheory.lazy_rnn.models.two_layer import random_two_layer


def network(width=9, inputs=5, classes=3, count=7):
    numbers = generator(0, "data")
    x = 1.3 * torch.randn(count, inputs, generator=numbers, dtype=torch.float64)
    labels = torch.randint(0, classes, (count,), generator=numbers)
    return random_two_layer(width, x, labels, classes=classes, generator=numbers)


@pytest.mark.parametrize("samples", [None, torch.tensor([2, 0, 2])])
def test_the_gradient_is_that_of_the_mean_cross_entropy(samples):
    landscape = network()
    theta = landscape.start + 0.1
    assert torch.allclose(gradient(landscape, theta, samples), autograd_gradient(landscape, theta, samples))
    chosen = range(7) if samples is None else samples
    each = []
    for k in chosen:
        units = torch.clamp(theta.reshape(9, 5) @ landscape.inputs[k], min=0)
        outputs = landscape.readout @ units
        each.append(torch.logsumexp(outputs, 0) - outputs[landscape.labels[k]])
    assert torch.allclose(landscape.loss(theta, samples), torch.stack(each).mean(), rtol=1e-12)


def test_accuracy_counts_the_largest_output():
    landscape = network()
    outputs = landscape.units(landscape.start, landscape.inputs) @ landscape.readout.mT
    right = [bool(row.argmax() == label) for row, label in zip(outputs, landscape.labels, strict=True)]
    assert landscape.accuracy(landscape.start, landscape.inputs, landscape.labels) == sum(right) / 7


def test_first_weights_have_the_variances_of_the_paper():
    landscape = network(width=400, inputs=90, classes=30)
    for part, variance in ((landscape.hidden, 2 / 400), (landscape.readout, 1 / 30)):
        assert abs(part.square().mean() / variance - 1) < 4 * (2 / part.numel()) ** 0.5
    assert landscape.dim == 36_000 == landscape.start.numel()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": 2}, "labels must be one of 0 to 1 for each of 7 inputs"),
        ({"width": 0}, "width must be at least 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    own = network()
    sizes = {"width": 9, "classes": 3, **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        random_two_layer(
            sizes["width"], own.inputs, own.labels, classes=sizes["classes"], generator=generator(0, "bad")
        )
