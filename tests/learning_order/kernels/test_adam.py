"""Adam as a rule: the steps of torch's, its memory, what it refuses."""

import pytest
import torch

from lrtheory import descend, generator
from lrtheory.learning_order.kernels.adam import Adam
from lrtheory.learning_order.models.two_layer import TwoLayerNet, balanced_readout, random_start


def drawn():
    numbers = generator(0, "adam")
    x = torch.randn(11, 3, generator=numbers, dtype=torch.float64)
    net = TwoLayerNet(x, torch.where(x[:, 1] > 0, 1.0, -1.0).double(), balanced_readout(4))
    return net, random_start(net, 1.0, members=2, generator=numbers)


@pytest.mark.parametrize(
    ("rule", "betas", "floor"),
    [(Adam(0.03), (0.9, 0.999), 1e-8), (Adam(0.2, 0.5, 0.7, 0.01), (0.5, 0.7), 0.01)],
)
def test_its_steps_are_those_of_torch(rule, betas, floor):
    net, start = drawn()
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([weights], lr=rule.lr, betas=betas, eps=floor)
    for _ in range(20):
        optimizer.zero_grad()
        net.loss(weights).sum().backward()
        optimizer.step()
    path = descend(rule, net, start, steps=20)
    assert torch.allclose(path.final, weights.detach(), rtol=1e-10)
    assert path.memory.shape == (2, 2, 12)


def test_what_is_out_of_range_is_refused():
    for change, message in (
        ({"lr": 0.0}, "lr must be positive"), ({"lr": 0.1, "first": 1.0}, r"first must lie in \(0, 1\)"),
        ({"lr": 0.1, "second": 0.0}, r"second must lie in \(0, 1\)"),
        ({"lr": 0.1, "floor": 0.0}, "floor must be positive"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            Adam(**change)
