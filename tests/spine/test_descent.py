"""Rules, schedules, batches and the loop."""

import math

import numpy as np
import pytest
import torch

from lrtheory import (
    GradientDescent,
    HeavyBall,
    Nesterov,
    NoisyGradientDescent,
    batches,
    constant,
    cosine,
    descend,
    generator,
    step_decay,
)


class Parabola:
    dim = 2

    def __init__(self, curvature=(1.0, 3.0)):
        self.curvature = torch.tensor(curvature, dtype=torch.float64)

    def loss(self, theta, samples=None):
        return 0.5 * (self.curvature * theta**2).sum(-1)


class Mean:
    """Mean of squared distances to data points: a landscape with examples."""

    dim = 1

    def __init__(self, points):
        self.points = points

    def loss(self, theta, samples=None):
        points = self.points if samples is None else self.points[samples]
        return 0.5 * ((theta - points) ** 2).mean(-1)


ONES = torch.ones(3, 2, dtype=torch.float64)


def linear_recursion(matrix, start, steps):
    return np.linalg.matrix_power(np.array(matrix), steps) @ np.array(start)


def test_gradient_descent_on_a_parabola_is_a_power():
    path = descend(GradientDescent(0.1), Parabola(), ONES, steps=7)
    exact = torch.tensor([0.9**7, 0.7**7], dtype=torch.float64).expand(3, 2)
    assert torch.allclose(path.final, exact, rtol=1e-12)


def test_heavy_ball_is_its_linear_recursion():
    lr, momentum, curvature, steps = 0.2, 0.7, 3.0, 9
    final = descend(HeavyBall(lr, momentum), Parabola((1.0, curvature)), ONES[0], steps=steps).final[1]
    matrix = [[1 + momentum - lr * curvature, -momentum], [1, 0]]
    assert float(final) == pytest.approx(linear_recursion(matrix, [1, 1], steps)[0], rel=1e-10)


def test_nesterov_is_its_linear_recursion():
    lr, momentum, curvature, steps = 0.2, 0.7, 3.0, 9
    final = descend(Nesterov(lr, momentum), Parabola((1.0, curvature)), ONES[0], steps=steps).final[1]
    shrink = 1 - lr * curvature
    matrix = [[(1 + momentum) * shrink, -momentum * shrink], [1, 0]]
    assert float(final) == pytest.approx(linear_recursion(matrix, [1, 1], steps)[0], rel=1e-10)


def test_without_noise_the_noisy_rule_is_gradient_descent():
    silent = NoisyGradientDescent(0.1, lambda theta, source: torch.zeros_like(theta))
    noisy = descend(silent, Parabola(), ONES, steps=5, generator=generator(0, "noise")).final
    assert torch.equal(noisy, descend(GradientDescent(0.1), Parabola(), ONES, steps=5).final)


def test_noise_enters_as_part_of_the_gradient():
    push = NoisyGradientDescent(0.1, lambda theta, source: torch.full_like(theta, 2.0))
    path = descend(push, Parabola((0.0, 0.0)), 0 * ONES, steps=5, generator=generator(0, "noise"))
    assert torch.allclose(path.final, torch.full_like(ONES, -1.0))


def test_every_member_may_have_its_own_rate():
    rates = torch.tensor([[0.1], [0.2], [0.3]], dtype=torch.float64)
    together = descend(GradientDescent(rates), Parabola(), ONES, steps=6).final
    alone = [descend(GradientDescent(float(r)), Parabola(), ONES[0], steps=6).final for r in rates]
    assert torch.allclose(together, torch.stack(alone), rtol=1e-12)


def test_an_ensemble_is_its_members():
    start = torch.randn(4, 3, 2, generator=generator(0, "start"), dtype=torch.float64)
    together = descend(HeavyBall(0.1, 0.9), Parabola(), start, steps=8).final
    assert torch.equal(together[2, 1], descend(HeavyBall(0.1, 0.9), Parabola(), start[2, 1], steps=8).final)


def test_the_record_holds_the_start_each_stride_and_the_end():
    path = descend(
        GradientDescent(0.1), Parabola(), ONES, steps=10, every=4, observe={"loss": Parabola().loss}
    )
    assert path.steps.tolist() == [0, 4, 8, 10]
    assert path.theta.shape == (4, 3, 2)
    assert torch.equal(path.observed["loss"], Parabola().loss(path.theta))
    assert torch.equal(path.final, path.theta[-1])


def test_weights_that_are_not_kept_cost_nothing_and_the_end_is_still_there():
    kept = descend(GradientDescent(0.1), Parabola(), ONES, steps=10, every=2)
    path = descend(GradientDescent(0.1), Parabola(), ONES, steps=10, every=2, keep_theta=False)
    assert path.theta.shape == (0, 3, 2)
    assert torch.equal(path.final, kept.final)


def test_no_steps_leave_the_start():
    path = descend(GradientDescent(0.1), Parabola(), ONES, steps=0)
    assert path.steps.tolist() == [0]
    assert torch.equal(path.final, ONES)


def test_schedules_have_the_values_they_promise():
    assert constant(0.1)(5) == 0.1
    decay = step_decay(0.4, at=3, factor=0.25)
    assert [decay(t) for t in (0, 2, 3, 9)] == [0.4, 0.4, 0.1, 0.1]
    wave = cosine(1.0, steps=10, floor=0.2)
    assert wave(0) == 1.0
    assert wave(5) == pytest.approx(0.6)
    assert wave(10) == wave(99) == pytest.approx(0.2)


def test_a_schedule_sets_the_rate_of_each_step():
    path = descend(GradientDescent(step_decay(0.5, at=2, factor=0.2)), Parabola((1.0, 1.0)), ONES, steps=3)
    assert torch.allclose(path.final, ONES * 0.5**2 * 0.9)


@pytest.mark.parametrize("order", ["reshuffled", "fixed"])
def test_an_epoch_sees_every_example_once(order):
    stream = batches(12, 3, order=order, generator=generator(0, "batches"))
    epochs = [[next(stream) for _ in range(4)] for _ in range(3)]
    for epoch in epochs:
        assert sorted(torch.cat(epoch).tolist()) == list(range(12))
    same = torch.equal(torch.cat(epochs[0]), torch.cat(epochs[1]))
    assert same == (order == "fixed")


def test_draws_with_replacement_are_uniform():
    stream = batches(5, 1000, order="replacement", generator=generator(0, "batches"))
    counts = torch.bincount(torch.cat([next(stream) for _ in range(50)]), minlength=5).double() / 50_000
    assert (counts - 0.2).abs().max() < 4 * math.sqrt(0.2 * 0.8 / 50_000)


def test_descent_on_batches_is_stochastic_gradient_descent():
    points = torch.tensor([1.0, 2.0, 6.0], dtype=torch.float64)
    order = [torch.tensor([0]), torch.tensor([2])]
    start = torch.zeros(1, dtype=torch.float64)
    final = descend(GradientDescent(0.5), Mean(points), start, steps=2, batches=order).final
    assert float(final) == 0.5 * (0.5 * 1.0) + 0.5 * 6.0


def test_divergence_names_the_first_step_and_the_members():
    rates = torch.tensor([[0.1], [3.0], [30.0]], dtype=torch.float64)
    alone = Parabola((1.0, 1.0))
    said = r"diverged at step (\d+): 1 of 3 member.* by step 1000"
    with pytest.raises(FloatingPointError, match=said) as caught:
        descend(GradientDescent(rates), alone, ONES, steps=5000)
    step = int(str(caught.value).split("step ")[1].split(":")[0])
    assert step == math.floor(math.log(torch.finfo(torch.float64).max) / math.log(29)) + 1


def test_a_descent_that_stays_finite_says_nothing():
    assert descend(GradientDescent(1.9), Parabola((1.0, 1.0)), ONES, steps=3000).final.isfinite().all()


@pytest.mark.parametrize("lr", [-0.1, 0.0, math.nan, math.inf])
@pytest.mark.parametrize(
    "rule", [GradientDescent, lambda lr: HeavyBall(lr, 0.5), lambda lr: Nesterov(lr, 0.5)]
)
def test_a_rate_that_is_no_rate_is_refused(rule, lr):
    with pytest.raises(ValueError, match="lr must be positive and finite, got"):
        rule(lr)


@pytest.mark.parametrize("rule", [HeavyBall, Nesterov])
@pytest.mark.parametrize("momentum", [-0.1, 1.1, math.nan])
def test_a_momentum_that_is_none_is_refused(rule, momentum):
    with pytest.raises(ValueError, match=r"momentum must lie in \[0, 1\], got"):
        rule(0.1, momentum)


@pytest.mark.parametrize("rule", [HeavyBall(0.1, 0.9), Nesterov(0.1, 0.9)])
def test_a_rule_with_momentum_starts_at_rest(rule):
    assert rule.start(ONES).shape == ONES.shape and not rule.start(ONES).any()
    assert "At rest" in rule.start.__doc__


def test_bad_arguments_are_refused_by_name():
    with pytest.raises(ValueError, match="lr must be positive and finite, got"):
        GradientDescent(torch.tensor([0.1, -0.1]))
    with pytest.raises(ValueError, match=r"steps must be .*at least 0, got -1"):
        descend(GradientDescent(0.1), Parabola(), ONES, steps=-1)
    with pytest.raises(ValueError, match=r"every must be .*at least 1, got 0"):
        descend(GradientDescent(0.1), Parabola(), ONES, steps=1, every=0)
    with pytest.raises(ValueError, match=r"theta must have shape \(\*E, 2\), got \(3, 3\)"):
        descend(GradientDescent(0.1), Parabola(), torch.ones(3, 3), steps=1)
    with pytest.raises(ValueError, match="a noisy rule draws numbers: pass generator="):
        descend(NoisyGradientDescent(0.1, lambda theta, source: theta), Parabola(), ONES, steps=1)
    with pytest.raises(ValueError, match="batches ran out at step 1"):
        points = torch.ones(2, dtype=torch.float64)
        descend(GradientDescent(0.1), Mean(points), ONES[:, :1], steps=2, batches=[torch.tensor([0])])
    with pytest.raises(ValueError, match="batch_size must divide the number of examples, got 5 for 12"):
        batches(12, 5, generator=generator(0, "batches"))
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        batches(12, 0, generator=generator(0, "batches"))
    with pytest.raises(ValueError, match="order must be one of reshuffled, fixed, replacement; got 'sorted'"):
        batches(12, 3, order="sorted", generator=generator(0, "batches"))
    with pytest.raises(ValueError, match="batches draws numbers: pass generator="):
        batches(12, 3)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        cosine(0.1, steps=0)


@pytest.mark.parametrize("momentum", [0.3, 0.9])
@pytest.mark.parametrize("lr", [0.05, 0.4])
def test_torch_stores_the_point_ahead_of_the_one_that_nesterov_stores(lr, momentum):
    """Its weights are ours plus momentum times the last displacement, at every step."""
    loss, start = Parabola(), torch.tensor([1.0, -0.7], dtype=torch.float64)
    theirs = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([theirs], lr=lr, momentum=momentum, nesterov=True)
    place, memory = start, None
    for _ in range(12):
        optimizer.zero_grad()
        loss.loss(theirs).sum().backward()
        optimizer.step()
        run = descend(Nesterov(lr, momentum), loss, place, steps=1, memory=memory)
        place, memory = run.final, run.memory
        ahead = place + momentum * memory
        assert torch.allclose(theirs.detach(), ahead, rtol=1e-12, atol=1e-15)
        assert not torch.allclose(theirs.detach(), place, rtol=1e-3)
