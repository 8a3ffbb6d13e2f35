"""The airfoil network: gradients, scalings, and the compiled descent against the plain one."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, chaos, descend, generator
from lrtheory.chaos.kernels.network import descend_network
from lrtheory.chaos.models.networks import NetworkLandscape
from lrtheory.landscape import autograd_gradient, hvp


def network(sizes=(5, 16, 1), slope=0.01, examples=200):
    source = generator(0, "data")
    inputs = torch.randn(examples, sizes[0], generator=source, dtype=torch.float64)
    targets = torch.randn(examples, sizes[-1], generator=source, dtype=torch.float64)
    return NetworkLandscape(inputs, targets, sizes, slope)


@pytest.mark.parametrize("sizes", [(5, 16, 1), (5, 16, 2, 1), (3, 4, 4, 2)])
@pytest.mark.parametrize("slope", [0.0, 0.01, 0.3])
def test_backpropagation_is_the_gradient_of_the_loss(sizes, slope):
    f = network(sizes, slope)
    theta = f.start(4, generator(0, "start"))
    assert torch.allclose(f.gradient(theta), autograd_gradient(f, theta), rtol=1e-10, atol=1e-14)
    assert torch.allclose(f.gradient(theta[0]), f.gradient(theta)[0], rtol=1e-10, atol=1e-14)


def test_the_gradient_of_a_batch_is_that_of_its_examples():
    f, batch = network(), torch.tensor([3, 1, 4])
    theta = f.start(2, generator(0, "start"))
    alone = NetworkLandscape(f.inputs[batch], f.targets[batch], f.sizes, f.slope)
    assert torch.allclose(f.gradient(theta, batch), alone.gradient(theta), rtol=1e-12)


def test_the_network_is_torchs():
    f = network((5, 16, 2, 1))
    theta = f.start(1, generator(0, "start"))[0]
    module = torch.nn.Sequential(
        torch.nn.Linear(5, 16),
        torch.nn.LeakyReLU(0.01),
        torch.nn.Linear(16, 2),
        torch.nn.LeakyReLU(0.01),
        torch.nn.Linear(2, 1),
    ).double()
    torch.nn.utils.vector_to_parameters(theta, module.parameters())
    assert torch.allclose(f.predictions(theta), module(f.inputs), rtol=1e-12)
    assert torch.allclose(
        f.loss(theta), torch.nn.functional.mse_loss(module(f.inputs), f.targets), rtol=1e-12
    )


def test_5_16_1_has_113_weights():
    assert network((5, 16, 1)).dim == 113


def test_starts_are_torchs_uniform_bounds():
    theta = network().start(2000, generator(0, "start"))
    first, second = theta[:, : 16 * 6], theta[:, 16 * 6 :]
    assert 0.44 < float(first.abs().max()) <= 1 / 5**0.5
    assert 0.24 < float(second.abs().max()) <= 1 / 16**0.5


@pytest.mark.parametrize("slope", [0.0, 0.01])
def test_the_compiled_descent_is_the_plain_one(slope):
    f = network(slope=slope)
    theta = f.start(1, generator(0, "start"))[0]
    plain = descend(GradientDescent(0.05), f, theta, steps=30, every=1, observe={"loss": f.loss})
    fast, _, losses = descend_network(
        theta.numpy(),
        np.zeros(f.dim),
        f.inputs.T.numpy(),
        f.targets[:, 0].numpy(),
        slope=slope,
        lr=0.05,
        steps=30,
    )
    assert np.allclose(fast, plain.final.numpy(), rtol=1e-10, atol=1e-13)
    assert np.allclose(losses, plain.observed["loss"][:-1].numpy(), rtol=1e-12)


def test_the_compiled_tangent_is_the_jacobian_applied():
    f, lr = network(), 0.05
    theta = f.start(1, generator(0, "start"))[0]
    tangent = torch.randn(f.dim, generator=generator(0, "tangent"), dtype=torch.float64)
    at, along = theta, tangent
    for _ in range(10):
        at, along = at - lr * f.gradient(at), along - lr * hvp(f, at, along)
    _, fast, _ = descend_network(
        theta.numpy(),
        tangent.numpy(),
        f.inputs.T.numpy(),
        f.targets[:, 0].numpy(),
        slope=0.01,
        lr=lr,
        steps=10,
    )
    assert np.allclose(fast, along.numpy(), rtol=1e-9, atol=1e-12)


def test_the_compiled_descent_shows_divergence():
    f = network()
    theta = f.start(1, generator(0, "start"))[0].numpy()
    fast, _, _ = descend_network(
        theta, np.zeros(f.dim), f.inputs.T.numpy(), f.targets[:, 0].numpy(), slope=0.01, lr=50.0, steps=200
    )
    assert not np.isfinite(fast).all()


def test_scalings_are_what_they_say():
    centered, standardized, minmax = (chaos.airfoil_network(scaling=name) for name in chaos.AIRFOIL_SCALINGS)
    assert torch.allclose(centered.inputs.std(0, correction=0), torch.ones(5).double())
    assert centered.targets.mean().abs() < 1e-10
    assert float(centered.targets.std(correction=0)) == pytest.approx(6.8966, abs=1e-3)
    assert float(standardized.targets.std(correction=0)) == pytest.approx(1)
    assert (float(minmax.inputs.min()), float(minmax.inputs.max())) == (0, 1)
    assert 100 < float(minmax.targets.min()) < float(minmax.targets.max()) < 145


def test_bad_networks_are_refused_by_name():
    with pytest.raises(ValueError, match=r"sizes needs inputs, hidden layers and outputs, .* got \(5, 1\)"):
        network((5, 1))
    with pytest.raises(ValueError, match=r"inputs and targets must have shapes \(1503, 5\) and \(1503, 2\)"):
        chaos.airfoil_network(sizes=(5, 16, 2))
    with pytest.raises(ValueError, match="scaling must be one of centered, standardized, minmax; got 'raw'"):
        chaos.airfoil_network(scaling="raw")
    with pytest.raises(ValueError, match=r"slope must lie in \[0, 1\), got 1"):
        network(slope=1.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lr": math.nan}, "lr must be positive and finite, got nan"),
        ({"lr": -0.1}, "lr must be positive and finite, got -0.1"),
        ({"steps": -1}, "steps must be at least 0, got -1"),
        ({"slope": math.inf}, "slope must be one finite number"),
        ({"theta": np.zeros(12)}, r"theta and tangent of shape .* got \(12,\)"),
        ({"tangent": np.zeros(5)}, "theta and tangent of shape"),
        ({"targets": np.zeros((3, 1))}, "theta and tangent of shape"),
        ({"targets": np.array([0.0, math.nan, 1.0])}, "must be finite"),
    ],
)
def test_the_compiled_network_refuses_what_does_not_fit(change, words):
    good = {"theta": np.ones(9), "tangent": np.ones(9), "inputs": np.ones((2, 3)), "targets": np.ones(3),
            "slope": 0.1, "lr": 0.1, "steps": 2}  # fmt: skip
    given = good | change
    with pytest.raises(ValueError, match=words):
        descend_network(**given)
