"""Long runs of one block and gates across time: against plain recursions and the laws, at small sizes."""

import math

import numpy as np
import pytest
import torch

from lrtheory.learning_order.experiments.ridge import _outputs_of_a_block, gates_in_time, ridge_law
from lrtheory.learning_order.models.pq import PQDistribution, q_points
from lrtheory.learning_order.theory.flips import gate_flip_rate
from lrtheory.learning_order.theory.gates import averaged_kernel
from lrtheory.learning_order.theory.ridge import ridge_law as law
from lrtheory.seeds import generator

BLOCK = {"units": 500, "examples": 300, "lr": 0.2, "tau": 0.7, "alpha_from": 0.2, "seed": 3}


def test_without_decay_there_is_no_noise_and_the_block_descends_on_its_examples():
    r, amplitude, steps = 0.3, 2.0, 6
    found = _outputs_of_a_block(r, amplitude, 0.0, steps=steps, **BLOCK)
    data = PQDistribution(2, p_only=0.0, q_only=1.0, r=r, alpha_from=0.2)
    train = data.sample(300, generator=generator(3, "data"))
    draw = generator(3, "weights")
    v = (0.7 * torch.randn(2, 500, generator=draw)).double().mT.clone().requires_grad_()
    signs = torch.where(torch.rand(500, generator=draw) < 0.5, -1.0, 1.0).double()
    second = signs * amplitude / math.sqrt(500)
    for step in range(steps + 1):
        g = (q_points(r) @ v.mT).relu() @ second
        assert found[step] == pytest.approx(g.detach().numpy(), abs=1e-5)
        outputs = (train.x2_plane @ v.mT).relu() @ second
        loss = torch.nn.functional.softplus(-train.labels * outputs).mean()
        (gradient,) = torch.autograd.grad(loss, v)
        v = (v - 0.2 * gradient).detach().requires_grad_()
    assert np.abs(found[-1] - found[0]).max() > 0.05


def test_means_begin_where_they_are_told_to_and_seeds_are_columns():
    cases = ((0.1, 3.0, 0.01), (0.2, 2.0, 0.02))
    run = ridge_law(cases=cases, units=300, steps=30, begin=10, every=5, seeds=2, seed=5)
    assert run["outputs"].shape == (2, 2, 3) and run["curve"].shape == (2, 7)
    assert run["curve_steps"].tolist() == [0, 5, 10, 15, 20, 25, 30]
    for k, (r, amplitude, decay) in enumerate(cases):
        for one in range(2):
            alone = _outputs_of_a_block(
                r, amplitude, decay, units=300, examples=4000, steps=30, lr=0.3, tau=1.2, alpha_from=0.5,
                seed=5 + one,
            )  # fmt: skip
            assert run["outputs"][k, one] == pytest.approx(alone[10:].mean(0))
            if one == 0:
                assert run["curve"][k] == pytest.approx((alone @ [1, -0.5, -0.5])[::5])
        kernel = averaged_kernel(q_points(r))
        expected = law(kernel, decay, amplitude=amplitude, alpha_from=0.5).outputs.numpy()
        assert run["predicted"][k] == pytest.approx(expected)


def test_gates_flip_by_the_law_only_with_noise():
    run = gates_in_time(size="tiny", examples=200, steps=(2, 30), seeds=2)
    expected = gate_flip_rate(torch.tensor([2.0, 30.0]), 0.3, 8e-4).numpy()
    error = 4 * np.sqrt(expected / (3 * 4000 * 0.3))  # the three gates of a unit mostly flip together
    assert (np.abs(run["large_flips"] - expected) < error).all()
    assert (run["still_flips"][:, -1] < 0.5 * expected[-1]).all()
    assert (run["large_crossed"][:, -1] < 0.3).all() and (np.abs(run["large_same"] - 1) < 0.2).all()
    assert (run["large_cka_p"] < 1).all() and (run["large_cka"] > 0.97).all()


def test_descent_without_noise_is_followed_to_step_400_alone():
    run = gates_in_time(size="tiny", examples=200, steps=(400, 401), seeds=1)
    assert np.isfinite(run["still_flips"][0, 0]) and np.isnan(run["still_flips"][0, 1])
    assert np.isfinite(run["large_flips"]).all()
