"""Covariance of single gradients from products of pairs: the gradients themselves give the same."""

import pytest
import torch

from lrtheory import generator
from lrtheory.learning_order.measures.gradients import gradient_covariance, gradient_products
from lrtheory.learning_order.models.branches import random_branches
from lrtheory.learning_order.models.patched_digits import patched_digits


def drawn():
    data = patched_digits(generator(0, "data"), train=30, dtype=torch.float64)
    net, theta = random_branches(data, pixel_units=5, patch_units=6, generator=generator(0, "weights"))
    return net, theta, torch.stack([net.gradient(theta, torch.tensor([k])) for k in range(30)])


def test_products_are_those_of_the_gradients_of_single_examples():
    net, theta, each = drawn()
    assert torch.allclose(gradient_products(net, theta), each @ each.mT, rtol=1e-9, atol=1e-12)


def test_trace_and_top_are_those_of_the_covariance():
    net, theta, each = drawn()
    found = gradient_covariance(net, theta)
    values = torch.linalg.eigvalsh(torch.cov(each.mT, correction=0))
    assert found.trace == pytest.approx(float(values.sum()), rel=1e-9)
    assert found.top == pytest.approx(float(values[-1]), rel=1e-9)


def test_several_members_are_refused():
    net, theta, _ = drawn()
    with pytest.raises(ValueError, match=r"theta must be one member, shape \(416,\), got \(2, 416\)"):
        gradient_products(net, torch.stack([theta, theta]))
