"""The fused loop against the plain one, step by step, and how members stop."""

import pytest
import torch

from lrtheory import GradientDescent, descend, generator, gradient
from lrtheory.lazy_rnn.kernels import training
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.models.networks import random_network, stacked_networks
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import every_time, last_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens


def task(members=3, *, width=20, outputs=2, build=every_time, dtype=torch.float64, seed=0):
    numbers = generator(seed, "task")
    draw = [random_network(width, 4, outputs, generator=numbers, dtype=dtype) for _ in range(members)]
    tokens = torch.stack([random_tokens(5, 4, 4, generator=numbers, dtype=dtype) for _ in draw])
    targets = torch.stack([random_targets(each, outputs, generator=numbers) for each in tokens])
    return SequenceRegression(stacked_networks(draw), build(tokens), targets)


@pytest.mark.parametrize("batched_up_to", [0, 1000])
@pytest.mark.parametrize("build", [every_time, last_time])
def test_the_fused_loop_is_plain_descent(build, batched_up_to, monkeypatch):
    monkeypatch.setattr(training, "_BATCHED_UP_TO", batched_up_to)
    regression, lr = task(build=build), torch.tensor([1e-3, 2e-3, 5e-3], dtype=torch.float64)
    run = trained(regression, regression.start, lr, steps=30)
    watch = {"loss": regression.loss, "slope": lambda theta: gradient(regression, theta).square().sum(-1)}
    rule = GradientDescent(lr[:, None])
    path = descend(rule, regression, regression.start, steps=30, every=1, observe=watch)
    assert torch.allclose(run.theta, path.final, rtol=0, atol=1e-12)
    assert torch.allclose(run.loss, path.observed["loss"], rtol=1e-11)
    assert torch.allclose(run.slopes, path.observed["slope"], rtol=1e-10)
    before = regression.residuals(regression.start)
    assert torch.allclose(run.residuals[0], before, rtol=0, atol=4e-15)
    assert not bool(run.diverged.any())


def test_an_ensemble_in_single_precision_is_its_members():
    whole, lr = task(dtype=torch.float32), 2e-3
    run = trained(whole, whole.start, lr, steps=20)
    path = descend(GradientDescent(lr), whole, whole.start, steps=20)
    assert torch.allclose(run.theta, path.final, atol=1e-5)


@pytest.mark.parametrize("batched_up_to", [0, 1000])
def test_members_stop_at_their_own_step_or_loss(batched_up_to, monkeypatch):
    monkeypatch.setattr(training, "_BATCHED_UP_TO", batched_up_to)
    regression = task()
    free = trained(regression, regression.start, 4e-3, steps=120)
    level = free.loss[60, 1]
    steps, stop = torch.tensor([7, 500, 120]), torch.tensor([0, level, 0]).double()
    run = trained(regression, regression.start, 4e-3, steps=steps, stop=stop)
    assert torch.equal(run.loss[7:, 0], free.loss[7, 0].expand(len(run.loss) - 7))
    at = int(run.first_below(level * (1 + 1e-12))[1])
    assert bool((run.loss[at:, 1] == run.loss[at, 1]).all()) and at <= 60
    assert torch.allclose(run.loss[120, 2], free.loss[120, 2], rtol=1e-9)
    assert torch.isnan(run.first_below(0.0)).all()


def test_a_member_that_diverges_leaves_the_others_alone():
    regression = task(width=40)
    lr = torch.tensor([1e-3, 50.0, 1e-3], dtype=torch.float64)
    run = trained(regression, regression.start, lr, steps=60)
    alone = trained(regression, regression.start, 1e-3, steps=60)
    assert run.diverged.tolist() == [False, True, False]
    assert torch.allclose(run.theta[::2], alone.theta[::2], rtol=1e-12)
    assert bool(run.loss[:2, 1].isfinite().all())


def test_weights_before_are_not_changed():
    regression = task()
    before = regression.start.clone()
    trained(regression, regression.start, 1e-3, steps=3)
    assert torch.equal(regression.start, before)


def test_bad_rates_steps_and_networks_are_refused():
    regression = task()
    with pytest.raises(ValueError, match="lr must be positive and finite, got -1"):
        trained(regression, regression.start, -1.0, steps=3)
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        trained(regression, regression.start, 1.0, steps=-1)
    own = random_network(6, 4, 2, generator=generator(0, "own"), own_times=4)
    tokens = random_tokens(5, 4, 4, generator=generator(0, "t"))
    targets = random_targets(tokens, 2, generator=generator(0, "y"))
    apart = SequenceRegression(own, every_time(tokens), targets)
    with pytest.raises(ValueError, match=r"share weights over time; use lrtheory\.descend"):
        trained(apart, own.start, 1.0, steps=3)
