"""One feature only: the data, the network that starts at zero, the kernel's interpolation, the rank."""

import math

import pytest
import torch

from lrtheory import generator
from lrtheory.learning_order.models.two_layer import TwoLayerNet, random_start
from lrtheory.learning_order.models.xor import effective_rank, kernel_outputs, paired_net, random_signs


def test_labels_are_products_of_the_first_two_signs():
    signs = random_signs(400, 7, generator=generator(0, "signs"))
    assert torch.allclose(signs.inputs.abs(), torch.tensor(1 / math.sqrt(7)).double())
    assert torch.allclose(signs.labels, 7 * signs.inputs[:, 0] * signs.inputs[:, 1])
    assert (signs.inputs.mean(0).abs() * math.sqrt(7) < 4 / math.sqrt(400)).all()
    assert abs(float(signs.labels.mean())) < 4 / math.sqrt(400)


def test_pairs_cancel_at_the_start_and_have_the_deviation_asked_for():
    signs = random_signs(20, 9, generator=generator(0, "signs"))
    net, start = paired_net(signs, 300, std=2.5, weight_decay=0.1, generator=generator(0, "weights"))
    assert net.outputs(start).abs().max() < 1e-13 and net.width == 600 and net.weight_decay == 0.1
    assert abs(float(start.std()) / 2.5 - 1) < 4 / math.sqrt(2700 * 2)
    assert torch.allclose(net.readout.abs(), torch.tensor(1 / math.sqrt(300)).double())
    assert net.gradient(start).norm() > 0.1


def test_the_kernel_interpolates_and_tells_new_inputs():
    x = torch.randn(6, 5, generator=generator(1, "x"), dtype=torch.float64)
    labels = torch.tensor([1.0, -1, -1, 1, 1, -1], dtype=torch.float64)
    kernel = torch.stack([torch.stack([kernel_entry(a, b) for b in x]) for a in x])
    assert torch.allclose(kernel_outputs(x, labels, x), labels, atol=1e-9)
    other = torch.randn(5, generator=generator(2, "x"), dtype=torch.float64)
    row = torch.stack([kernel_entry(other, b) for b in x])
    assert torch.allclose(kernel_outputs(x, labels, other[None])[0], row @ torch.linalg.solve(kernel, labels))


def kernel_entry(a, b):
    angle = torch.acos((a @ b / a.norm() / b.norm()).clamp(-1, 1))
    return a @ b * (math.pi - angle) / (2 * math.pi)


def test_products_of_gradients_tend_to_the_kernel():
    x = torch.randn(2, 6, generator=generator(3, "x"), dtype=torch.float64)
    width = 200_000
    readout = torch.full((width,), 1 / math.sqrt(width), dtype=torch.float64)
    net = TwoLayerNet(x, torch.ones(2, dtype=torch.float64), readout)
    open_ = (net.units(random_start(net, 1.0, generator=generator(4, "w")))[0] > 0).double()
    product = float((open_[:, 0] * open_[:, 1]).mean() * (x[0] @ x[1]))
    noise = 0.5 / math.sqrt(width) * float(abs(x[0] @ x[1]))
    assert abs(product - float(kernel_entry(x[0], x[1]))) < 4 * noise


def test_the_effective_rank_counts_equal_directions_and_ignores_scale():
    values = torch.diag(torch.tensor([3.0, 3.0, 0.0, 0.0]))
    assert effective_rank(values) == 2 and effective_rank(5 * values) == 2
    assert effective_rank(torch.diag(torch.tensor([2.0, 1.0]))) == pytest.approx(9 / 5)


def test_what_does_not_fit_is_refused():
    signs = random_signs(4, 3, generator=generator(0, "signs"))
    with pytest.raises(ValueError, match="inputs must be at least 2, got 1"):
        random_signs(4, 1, generator=generator(0, "signs"))
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        random_signs(0, 3, generator=generator(0, "signs"))
    with pytest.raises(ValueError, match="pairs must be at least 1, got 0"):
        paired_net(signs, 0, generator=generator(0, "weights"))
    with pytest.raises(ValueError, match="std must be positive"):
        paired_net(signs, 1, std=0.0, generator=generator(0, "weights"))
    with pytest.raises(ValueError, match="features must be finite and not all zero"):
        effective_rank(torch.zeros(3, 2))
    x = torch.eye(3)
    for labels, others in ((torch.ones(2), x), (torch.ones(3), torch.ones(1, 2))):
        with pytest.raises(ValueError, match=r"must have the shapes \(n, d\), \(n,\), \(k, d\), got"):
            kernel_outputs(x, labels, others)
