"""The compiled run against the plain loop, step by step, with the same noise."""

import pytest
import torch

from lrtheory.landscape import pack
from lrtheory.learning_order import (
    NoiseDraw,
    Phase,
    PQDistribution,
    PreActivationNoise,
    Setting,
)
from lrtheory.learning_order.kernels.q_block import point_noise, weight_noise
from lrtheory.learning_order.kernels.two_block_run import TwoBlockRun
from lrtheory.seeds import generator, stream_seed

DATA = PQDistribution(12, p_only=0.2, q_only=0.3, r=0.4, alpha_from=0.25, signal=0.6)
SETTING = Setting(
    DATA, examples=60, width_p=6, width_q=1500, scale_q=1.7, tau_p=0.3, tau_q=0.9, weight_decay=0.02, lr=0.4
)


def drawn(setting=SETTING, seed=3):
    return setting.drawn((generator(seed, "data"), generator(seed, "weights")))


def plain(task, theta, phase, noise, seed, steps):
    """The run as a reader would write it: draws of the compiled loop, gradients of the task."""
    units = stream_seed(seed, "units")
    of_w = generator(seed, "noise")
    for step in range(steps):
        draw = None
        if phase.pre_activation is not None:
            there = task.examples.groups != 1
            p = torch.zeros(len(there), len(task.second.p), dtype=theta.dtype)
            xi = torch.randn(int(there.sum()), len(task.second.p), generator=of_w)
            p[there] = phase.pre_activation.sigma_p * xi.double()
            q = point_noise(units, step, len(task.second.q), phase.pre_activation)
            draw = NoiseDraw(phase.pre_activation, p, torch.from_numpy(q).double())
        slope = task.gradient_under(theta, draw)
        xi = [torch.zeros_like(part) for part in task.blocks(theta)]
        if phase.noise > 0:
            w = torch.randn(xi[0].shape, generator=of_w).double()
            v = torch.from_numpy(weight_noise(units, step, len(task.second.q))).double()
            xi = [phase.noise * noise.p * w, phase.noise * noise.q * v]
        theta = theta - phase.lr * (slope + pack(xi))
    return theta


@pytest.mark.parametrize("kind", ["logistic", "squared"])
@pytest.mark.parametrize("factor", [0.0, 0.7])
@pytest.mark.parametrize("place", [None, "pre", "gate", "post", "shared"])
def test_the_compiled_run_is_the_plain_loop(kind, factor, place):
    task, start = drawn()
    task = type(task)(task.examples, task.second, task.weight_decay, kind)
    disturbed = None if place is None else PreActivationNoise(place, 0.3, 0.2)
    phase = Phase(0.4, 30, noise=factor, pre_activation=disturbed)
    run = TwoBlockRun(task, start, noise=SETTING.noise, seed=5, dtype=torch.float64)
    run.begin(phase)
    for _ in range(12):
        run.outputs()
        run.advance(phase)
    expected = plain(task, start, phase, SETTING.noise, 5, 12)
    torch.testing.assert_close(run.theta, expected, rtol=0, atol=1e-6 if place else 1e-12)
    torch.testing.assert_close(torch.from_numpy(run.outputs()), task.outputs(run.theta), rtol=0, atol=1e-12)
    assert (expected - start).abs().max() > 1e-2


def test_single_precision_follows_for_hundreds_of_steps():
    setting = Setting(DATA, examples=60, width_p=6, width_q=20_000, scale_q=1.7, weight_decay=0.002, lr=0.2)
    task, start = drawn(setting)
    kinds = (torch.float32, torch.float64)
    runs = [TwoBlockRun(task, start, noise=setting.noise, seed=1, dtype=kind) for kind in kinds]
    phase = Phase(0.2, 300)
    for run in runs:
        run.begin(phase)
        for _ in range(300):
            run.outputs()
            run.advance(phase)
    assert abs(runs[0].q.g - runs[1].q.g).max() < 1e-4
    assert abs(runs[0].outputs() - runs[1].outputs()).max() < 1e-4


def test_a_small_batch_moves_by_its_own_examples_alone():
    task, start = drawn()
    phase = Phase(0.3, 5, noise=0.0, batch=1)
    run = TwoBlockRun(task, start, noise=SETTING.noise, seed=2, dtype=torch.float64)
    run.begin(phase)
    run.outputs()
    run.advance(phase)
    moves = (start - run.theta) / 0.3
    steps = torch.stack([task.gradient(start, torch.tensor([k])) for k in range(len(task.examples))])
    assert (steps - moves).abs().amax(1).min() < 1e-12


def test_a_batch_of_all_examples_is_no_batch():
    task, start = drawn()
    ends = []
    for batch in (None, 60):
        run = TwoBlockRun(task, start, noise=SETTING.noise, seed=2, dtype=torch.float64)
        phase = Phase(0.3, 5, batch=batch)
        run.begin(phase)
        for _ in range(4):
            run.outputs()
            run.advance(phase)
        ends.append(run.theta)
    torch.testing.assert_close(*ends, rtol=0, atol=1e-13)


def test_batches_larger_than_the_data_are_refused():
    task, start = drawn()
    run = TwoBlockRun(task, start, noise=SETTING.noise, seed=2)
    with pytest.raises(ValueError, match="batch must be at most the 60 examples, got 61"):
        run.begin(Phase(0.3, 5, batch=61))
