"""What the loop and its parts cannot answer is refused at the door, by name, with the remedy."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, HeavyBall, Nesterov, batches, cosine, descend, generator
from lrtheory.landscape import gradient, hvp


class Bowl:
    """Half of |theta|^2 per member, or what a slip of the pen makes of it."""

    def __init__(self, dim=3, losses=lambda squares: 0.5 * squares.sum(-1)):
        self.dim, self._losses = dim, losses

    def loss(self, theta, samples=None):
        return self._losses(theta**2)


class Mean:
    """Half the mean squared distance to data points."""

    def __init__(self, points):
        self.points, self.dim = points, points.shape[1]

    def loss(self, theta, samples=None):
        points = self.points if samples is None else self.points[samples]
        return 0.5 * ((theta[..., None, :] - points) ** 2).sum(-1).mean(-1)


class MeanWithGradient(Mean):
    def gradient(self, theta, samples=None):
        points = self.points if samples is None else torch.index_select(self.points, 0, samples)
        return theta - points.mean(0)


POINTS = torch.tensor([[0.0, 1.0], [2.0, 0.0], [4.0, -1.0]], dtype=torch.float64)
SLIPS = {
    "mean over members": lambda squares: 0.5 * squares.mean(),
    "an axis kept": lambda squares: 0.5 * squares.sum(-1, keepdim=True),
    "no sum": lambda squares: squares,
    "the sum over members": lambda squares: squares.sum(0),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("ensemble", [(10,), (1,), (2, 3)])
@pytest.mark.parametrize("act", [
    lambda bowl, theta: descend(GradientDescent(0.1), bowl, theta, steps=1),
    gradient,
    lambda bowl, theta: hvp(bowl, theta, theta),
])  # fmt: skip
def test_losses_that_are_not_one_a_member_are_refused(slip, ensemble, act):
    theta = torch.ones(*ensemble, 3, dtype=torch.float64)
    shape = str(ensemble).replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ValueError, match=f"loss of Bowl must have shape {shape} for theta of shape .* got"):
        act(Bowl(losses=SLIPS[slip]), theta)


def test_the_loss_of_one_run_may_be_a_number():
    theta = torch.ones(3, dtype=torch.float64)
    assert torch.equal(gradient(Bowl(losses=lambda squares: 0.5 * squares.sum()), theta), theta)


def test_a_gradient_of_another_shape_is_refused():
    class Wrong(Bowl):
        def gradient(self, theta, samples=None):
            return theta.sum(-1)

    with pytest.raises(ValueError, match=r"gradient of Wrong must have theta's shape \(4, 3\), got \(4,\)"):
        descend(GradientDescent(0.1), Wrong(), torch.ones(4, 3), steps=1)


@pytest.mark.parametrize("value", [-1e-9, -1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", [float, lambda x: torch.tensor([0.1, x, 0.1])[:, None]])
@pytest.mark.parametrize("rule", [GradientDescent, lambda lr: HeavyBall(lr, 0.5), lambda lr: Nesterov(lr, 0)])
def test_a_schedule_that_gives_no_rate_is_named_with_its_step(rule, kind, value):
    schedule = lambda t: kind(value if t == 2 else 0.1)  # noqa: E731
    with pytest.raises(ValueError, match=r"must give finite rates, not negative ones, got .* at step 2"):
        descend(rule(schedule), Bowl(), torch.ones(3, 3), steps=4)


def test_a_schedule_may_end_at_zero():
    path = descend(GradientDescent(cosine(0.5, steps=3)), Bowl(), torch.ones(3), steps=5, every=1).theta
    assert torch.equal(path[3], path[5]) and not torch.equal(path[2], path[3])


@pytest.mark.parametrize("floor", [-1.0, -1e-12, 0.2, math.nan, math.inf])
def test_a_floor_outside_the_schedule_is_refused(floor):
    with pytest.raises(ValueError, match=r"floor must (lie in \[0, lr = 0.1\]|be one finite number), got"):
        cosine(0.1, steps=3, floor=floor)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_start_that_is_not_finite_is_no_divergence(bad):
    theta = torch.ones(4, 3)
    theta[2, 1] = bad
    with pytest.raises(ValueError, match=r"theta must be finite, got 1 number\(s\) that are not"):
        descend(GradientDescent(0.1), Bowl(), theta, steps=3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_refused_with_the_remedy(dtype):
    with pytest.raises(ValueError, match=f"theta must be float32 or float64, got {dtype}; use theta.double"):
        descend(GradientDescent(0.1), Bowl(), torch.ones(3, dtype=dtype), steps=1)


@pytest.mark.parametrize("landscape", [Bowl(2), Bowl(2, lambda squares: squares.sum(-1))])
def test_batches_of_a_landscape_without_examples_are_refused(landscape):
    stream = batches(6, 2, generator=generator(0, "batches"))
    with pytest.raises(ValueError, match=r"Bowl has no examples to choose from: .* leave out batches="):
        descend(GradientDescent(0.1), landscape, torch.ones(4, 2), steps=1, batches=stream)


@pytest.mark.parametrize("landscape", [Mean, MeanWithGradient])
def test_batches_of_a_landscape_with_examples_are_used(landscape):
    stream = [torch.tensor([2]), torch.tensor([0, 1])]
    start = torch.zeros(3, 2, dtype=torch.float64)
    path = descend(GradientDescent(0.5), landscape(POINTS), start, steps=2, batches=stream)
    first = 0.5 * POINTS[2]
    second = first - 0.5 * (first - POINTS[:2].mean(0))
    assert torch.allclose(path.final, second.expand(3, 2), rtol=1e-14)


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ((torch.zeros(2), torch.zeros(2)), "got tuple at step 0"),
        ([0, 1], "got list at step 0"),
        (np.array([0, 1]), "got ndarray at step 0"),
        (torch.tensor([0.0, 1.0]), "got torch.float32 of shape"),
        (torch.tensor([True, False, True]), "got torch.bool of shape"),
        (torch.tensor(1), r"got torch.int64 of shape \(\) at step 0"),
        (torch.zeros(0, dtype=torch.int64), r"got torch.int64 of shape \(0,\) at step 0"),
    ],
)
def test_batches_that_are_no_indices_are_refused(batch, words):
    with pytest.raises(ValueError, match=f"batches must give int64 tensors of example indices, .*{words}"):
        start = torch.zeros(2, dtype=torch.float64)
        descend(GradientDescent(0.1), Mean(POINTS), start, steps=1, batches=[batch])


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("rule", [HeavyBall, Nesterov])
@pytest.mark.parametrize("ensemble", [(), (2, 3)])
def test_a_run_that_goes_on_from_its_memory_is_one_run(rule, momentum, ensemble):
    start = torch.linspace(-1, 1, 3 * max(1, math.prod(ensemble)), dtype=torch.float64).reshape(*ensemble, 3)
    whole = descend(rule(0.07, momentum), Bowl(), start, steps=25)
    half = descend(rule(0.07, momentum), Bowl(), start, steps=11)
    rest = descend(rule(0.07, momentum), Bowl(), half.final, steps=14, memory=half.memory)
    assert torch.equal(rest.final, whole.final) and torch.equal(rest.memory, whole.memory)
    if momentum:
        at_rest = descend(rule(0.07, momentum), Bowl(), half.final, steps=14).final
        assert not torch.allclose(at_rest, whole.final)


def test_a_rule_without_memory_goes_on_too():
    half = descend(GradientDescent(0.1), Bowl(), torch.ones(3), steps=3)
    rest = descend(GradientDescent(0.1), Bowl(), half.final, steps=3, memory=half.memory)
    assert torch.equal(rest.final, descend(GradientDescent(0.1), Bowl(), torch.ones(3), steps=6).final)


@pytest.mark.parametrize(
    ("rule", "memory", "words"),
    [
        (HeavyBall(0.1, 0.5), torch.zeros(2), r"\(3,\), got \(2,\); take it from a Trajectory"),
        (HeavyBall(0.1, 0.5), 3.0, r"\(3,\), got float"),
        (GradientDescent(0.1), torch.zeros(3), r"NoneType, got \(3,\)"),
    ],
)
def test_the_memory_of_another_rule_or_shape_is_refused(rule, memory, words):
    with pytest.raises(ValueError, match=f"memory must be what {type(rule).__name__} remembers .*{words}"):
        descend(rule, Bowl(), torch.ones(3), steps=1, memory=memory)


@pytest.mark.parametrize("momentum", [-0.1, 1.0001, math.nan])
@pytest.mark.parametrize("rule", [HeavyBall, Nesterov])
def test_a_momentum_that_is_none_is_refused(rule, momentum):
    with pytest.raises(ValueError, match=r"momentum must lie in \[0, 1\], got"):
        rule(0.1, momentum)


def test_the_heavy_ball_that_forgets_nothing_is_the_standard_map():
    """Theta'' = theta' + p', p' = p - lr sin(theta): Chirikov's map with K = lr, written out."""

    class Pendulum:
        dim = 1

        def loss(self, theta, samples=None):
            return -theta[..., 0].cos()

    start, kick = torch.tensor([[0.3], [2.0]], dtype=torch.float64), 1.3
    path = descend(HeavyBall(kick, 1.0), Pendulum(), start, steps=40, every=1).theta[:, :, 0].numpy()
    angle, speed = start[:, 0].numpy().copy(), np.zeros(2)
    for t in range(41):
        assert np.allclose(path[t], angle, rtol=0, atol=1e-9)
        speed = speed - kick * np.sin(angle)
        angle = angle + speed
