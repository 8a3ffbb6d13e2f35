"""Gradients, curvature and packing of weights."""

import pytest
import torch

from lrtheory import gradient, hvp, pack, unpack
from lrtheory.landscape import Landscape, autograd_gradient


class Quartic:
    """A student's own landscape: two members, nothing inherited."""

    dim = 2

    def loss(self, theta, samples=None):
        return (theta**4).sum(-1) / 4 + theta.prod(-1)


class Plane:
    dim = 2

    def loss(self, theta, samples=None):
        return theta.sum(-1)


def weights(*shape):
    return torch.linspace(-1, 1, torch.Size(shape).numel(), dtype=torch.float64).reshape(shape)


def test_a_class_with_dim_and_loss_is_a_landscape():
    assert isinstance(Quartic(), Landscape)


@pytest.mark.parametrize("ensemble", [(), (3, 2)])
def test_gradient_of_an_ensemble_is_the_gradient_of_each_member(ensemble):
    theta = weights(*ensemble, 2)
    assert torch.allclose(gradient(Quartic(), theta), theta**3 + theta.flip(-1), rtol=1e-12)


@pytest.mark.parametrize("ensemble", [(), (3, 2)])
def test_hvp_is_the_hessian_times_the_vector(ensemble):
    theta, vector = weights(*ensemble, 2), weights(*ensemble, 2).flip(-1) + 0.3
    exact = 3 * theta**2 * vector + vector.flip(-1)
    assert torch.allclose(hvp(Quartic(), theta, vector), exact, rtol=1e-12)


def test_hvp_of_a_linear_loss_is_zero():
    assert torch.equal(hvp(Plane(), weights(3, 2), weights(3, 2)), torch.zeros(3, 2, dtype=torch.float64))


def test_a_landscape_of_its_own_gradient_is_used():
    class Marked(Quartic):
        def gradient(self, theta, samples=None):
            return torch.full_like(theta, 7.0)

    assert gradient(Marked(), weights(2)).eq(7).all()
    assert not autograd_gradient(Marked(), weights(2)).eq(7).any()


def test_unpack_undoes_pack():
    parts = [weights(4, 2, 3), weights(4, 5), weights(4, 1, 1)]
    again = unpack(pack(parts, ensemble_axes=1), [(2, 3), (5,), (1, 1)])
    assert all(torch.equal(a, b) for a, b in zip(parts, again, strict=True))


def test_wrong_shapes_are_refused_by_name():
    with pytest.raises(ValueError, match=r"theta must have shape \(\*E, 2\), got \(3,\)"):
        gradient(Quartic(), weights(3))
    with pytest.raises(ValueError, match=r"theta must be a floating-point tensor .* got torch.int64"):
        gradient(Quartic(), torch.ones(2, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"theta must be a .*tensor.* got list"):
        gradient(Quartic(), [0.0, 1.0])
    with pytest.raises(ValueError, match=r"vector must have theta's shape \(3, 2\), got \(2,\)"):
        hvp(Quartic(), weights(3, 2), weights(2))
    with pytest.raises(ValueError, match="shapes hold 6 weights, theta has 5"):
        unpack(weights(5), [(2, 3)])
