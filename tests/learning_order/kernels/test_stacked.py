"""Many networks as one wide one, and the compiled loop: both are the plain loop with the same noise."""

import re

import pytest
import torch

from lrtheory import NoisyGradientDescent, descend, generator
from lrtheory.learning_order.kernels import stacked
from lrtheory.learning_order.kernels.stacked import ensemble_descent
from lrtheory.learning_order.models.two_layer import TwoLayerNet, random_start

LR = torch.tensor([0.1, 0.4, 0.7, 1.0, 1.3], dtype=torch.float64)
NOISE = torch.tensor([0.0, 0.1, 0.2, 0.3, 0.5], dtype=torch.float64)


def drawn(width=6, inputs=5, members=5, count=33, dtype=torch.float64, **options):
    numbers = generator(0, "stacked")
    x = 1.2 * torch.randn(count, inputs, generator=numbers, dtype=dtype)
    labels = torch.where(x[:, 0] > 0.3, 1.0, -1.0).to(dtype)
    net = TwoLayerNet(x, labels, torch.randn(members, width, generator=numbers, dtype=dtype), **options)
    return net, random_start(net, 0.8, members=members, generator=numbers)


def plain(net, theta, lr, noise, steps, every=None):
    def draw(theta, numbers):
        return noise[:, None] * torch.randn(theta.shape, generator=numbers, dtype=theta.dtype)

    return descend(
        NoisyGradientDescent(lr[:, None], draw), net, theta, steps=steps, every=every,
        observe={"loss": net.data_loss}, generator=generator(3, "noise"),
    )


@pytest.mark.parametrize("way", ["stacked", "fused"])
@pytest.mark.parametrize("loss_name", ["logistic", "squared"])
@pytest.mark.parametrize(("width", "inputs"), [(6, 4), (7, 5), (1, 3), (4, 1)])
def test_both_ways_are_the_plain_loop_with_the_same_noise(way, loss_name, width, inputs):
    net, theta = drawn(width, inputs, weight_decay=0.05, loss_name=loss_name)
    lr = LR / 4 if loss_name == "squared" else LR
    path = plain(net, theta, lr, NOISE, 40, every=7)
    start = theta.clone()
    run = ensemble_descent(
        net, theta, lr, steps=40, noise=NOISE, generator=generator(3, "noise"), every=7, way=way
    )
    assert torch.allclose(run.theta, path.final, rtol=1e-11, atol=1e-12)
    assert torch.allclose(run.loss, path.observed["loss"], rtol=1e-11) and run.loss.shape == (7, 5)
    assert run.steps.tolist() == path.steps.tolist() == [0, 7, 14, 21, 28, 35, 40]
    assert torch.equal(theta, start) and not torch.allclose(run.theta, start, atol=0.1)


@pytest.mark.parametrize("block", [40, 400])
def test_blocks_of_members_and_examples_add_up(monkeypatch, block):
    """With room for few units times examples both are cut, and the last piece is smaller."""
    monkeypatch.setattr(stacked, "_BLOCK", block)
    net, theta = drawn(count=150)
    path = plain(net, theta, LR, NOISE, 12)
    run = ensemble_descent(
        net, theta, LR, steps=12, noise=NOISE, generator=generator(3, "noise"), way="stacked"
    )
    assert torch.allclose(run.theta, path.final, rtol=1e-11, atol=1e-12)


def test_noise_is_handed_to_the_compiled_loop_in_pieces(monkeypatch):
    monkeypatch.setattr(stacked, "_STEPS_AT_ONCE", 5)
    net, theta = drawn()
    run = ensemble_descent(
        net, theta, LR, steps=12, noise=NOISE, generator=generator(3, "noise"), way="fused"
    )
    assert torch.allclose(run.theta, plain(net, theta, LR, NOISE, 12).final, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("way", ["stacked", "fused"])
def test_float32_stays_float32_and_near(way):
    net, theta = drawn(dtype=torch.float32, weight_decay=0.01)
    run = ensemble_descent(net, theta, 0.2, steps=20, way=way)
    double = TwoLayerNet(net.inputs.double(), net.labels.double(), net.readout.double(), 0.01)
    exact = ensemble_descent(double, theta.double(), 0.2, steps=20, way="stacked")
    assert run.theta.dtype == torch.float32
    assert (run.theta - exact.theta).abs().max() < 1e-5


@pytest.mark.parametrize("way", ["stacked", "fused"])
def test_outputs_of_hundreds_do_not_spoil_the_logistic_loss(way):
    net, theta = drawn()
    far = ensemble_descent(net, 300 * theta, 0.5, steps=3, way=way).theta
    path = plain(net, 300 * theta, torch.full((5,), 0.5).double(), torch.zeros(5).double(), 3)
    assert torch.allclose(far, path.final, rtol=1e-11)


@pytest.mark.parametrize("way", ["stacked", "fused"])
def test_a_member_that_diverges_leaves_the_others_alone(way):
    net, theta = drawn(loss_name="squared")
    lr = torch.tensor([0.01, 1e4, 0.02, 0.01, 0.03], dtype=torch.float64)
    run = ensemble_descent(net, theta, lr, steps=400, way=way)
    others = [0, 2, 3, 4]
    assert not bool(run.theta[1].isfinite().all()) and bool(run.theta[others].isfinite().all())
    calm = torch.where(lr > 1, 0.01, lr)
    alone = ensemble_descent(net, theta, calm, steps=400, way=way)
    assert torch.equal(run.theta[others], alone.theta[others])


def test_the_faster_way_is_chosen_by_size(monkeypatch):
    chosen = []
    monkeypatch.setattr(stacked, "_fused", lambda *_: chosen.append("fused") or (lambda theta, steps: None))
    net, theta = drawn()  # 5 * 6 * 33 = 990
    ensemble_descent(net, theta, 0.1, steps=1)
    monkeypatch.setattr(stacked, "_FUSED_UP_TO", 989)
    ensemble_descent(net, theta, 0.1, steps=1)
    assert chosen == ["fused"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.0}, "lr must be positive and finite, got 0.0"),
        ({"lr": torch.ones(4)}, "lr must be a number or have shape (5,), got (4,)"),
        ({"lr": "fast"}, "lr must be one finite number, got 'fast'"),
        ({"noise": -1.0}, "noise must be at least 0 and finite, got -1.0"),
        ({"noise": 0.1, "generator": None}, "noise draws numbers: pass generator=generator(seed, 'noise')"),
        ({"way": "slow"}, "way must be one of fastest, stacked, fused; got 'slow'"),
        ({"steps": -1}, "steps must be at least 0, got -1"),
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"theta": torch.zeros(30, dtype=torch.float64)}, "theta must have shape (S, 30)"),
        ({"theta": torch.zeros(5, 30)}, "the inputs' type torch.float64, got (5, 30) and torch.float32"),
    ],
)
def test_what_cannot_run_is_refused(change, message):
    net, theta = drawn()
    given = {"theta": theta, "lr": 0.1, "steps": 2, "generator": generator(0, "noise"), **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        ensemble_descent(net, given.pop("theta"), given.pop("lr"), **given)


def test_no_steps_leave_everything_as_it_is():
    net, theta = drawn()
    run = ensemble_descent(net, theta, 0.1, steps=0)
    assert torch.equal(run.theta, theta) and run.steps.tolist() == [0]
    assert torch.equal(run.loss[0], net.data_loss(theta))
