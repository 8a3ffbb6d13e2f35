"""Curves of whole runs: what is recorded and when, where runs stop, and the order that the paper claims."""

from dataclasses import replace

import pytest
import torch

from lrtheory.learning_order import (
    SMALL,
    Blocks,
    Phase,
    PreActivationNoise,
    annealed_pre_activation,
    component_accuracies,
    component_losses,
    first_step,
    fresh_examples,
    large_then_small,
    learning_curves,
    noise_free,
    q_modes,
    q_outputs,
    small_throughout,
)
from lrtheory.seeds import generator

TINY = replace(SMALL, examples=150, width_q=2000, width_p=6)


def drawn(setting=TINY, seed=0):
    task, start = setting.drawn((generator(seed, "data"), generator(seed, "weights")))
    return task, start, fresh_examples(setting, generator(seed, "test"))


def curves(phases, setting=TINY, seed=0, every=7, **more):
    task, start, test = drawn(setting, seed)
    noise = setting.noise
    return task, test, learning_curves(
        task, start, phases, noise=noise, seed=seed, every=every, test=test, **more
    )


def test_records_hold_what_the_measures_say_of_the_weights():
    task, test, run = curves([Phase(0.3, 10), Phase(0.1, 11, noise=0.5)], dtype=torch.float64)
    assert run.steps.tolist() == [0, 7, 10, 14, 21] and run.ends.tolist() == [10, 21] and not run.stopped
    start = drawn()[1]
    for row, theta in ((0, start), (-1, run.theta)):
        torch.testing.assert_close(run.loss[row], task.train_loss(theta))
        torch.testing.assert_close(run.losses[row], torch.stack(component_losses(task, theta)))
        torch.testing.assert_close(run.accuracies[row], torch.stack(component_accuracies(task, theta, test)))
        torch.testing.assert_close(run.g[row], q_outputs(task, theta))
    v = [task.blocks(theta).q for theta in (start, run.theta)]
    r = 0.07
    gates = [torch.stack([x[:, 0], x[:, 0] + r * x[:, 1], x[:, 0] - r * x[:, 1]]) > 0 for x in v]
    assert run.flips[0] == 0 and run.flips[-1] == pytest.approx((gates[0] != gates[1]).double().mean().item())
    assert run.wedge[-1] == pytest.approx((gates[1][1] != gates[1][2]).double().mean().item())
    assert run.spread[-1] == pytest.approx((v[1].square().mean() / v[0].square().mean()).sqrt().item())
    assert run.at(10) == 2 and run.loss[run.at(10)] == run.loss[2]


def test_a_run_stops_at_the_first_step_where_the_loss_is_down():
    _, _, whole = curves(noise_free(0.3, stop=0.55), every=1)
    assert whole.stopped and whole.loss[-1] <= 0.55 and (whole.loss[:-1] > 0.55).all()
    _, _, two = curves([Phase(0.3, 4, noise=0.0), Phase(0.3, 4000, noise=0.0, stop=0.55)], every=1000)
    assert two.ends.tolist() == [4, int(whole.steps[-1])]
    torch.testing.assert_close(two.theta, whole.theta, rtol=0, atol=0)


def test_a_stop_that_is_never_reached_is_said():
    _, _, run = curves([Phase(0.01, 9, stop=1e-3)])
    assert not run.stopped and run.ends.tolist() == [9]


def test_the_same_seed_gives_the_same_run_and_another_does_not():
    task, start, test = drawn()
    ends = [
        learning_curves(task, start, [Phase(0.3, 6)], noise=TINY.noise, seed=seed, every=6, test=test).theta
        for seed in (4, 4, 5)
    ]
    assert torch.equal(ends[0], ends[1]) and not torch.equal(ends[0], ends[2])


def test_without_a_test_set_accuracy_on_p_is_unknown():
    task, start, _ = drawn()
    run = learning_curves(task, start, [Phase(0.3, 3)], noise=TINY.noise, seed=0, every=3)
    assert run.accuracies[:, [0, 2]].isnan().all() and not run.accuracies[:, 1].isnan().any()


@pytest.mark.parametrize("spread", [-0.1, float("nan"), float("inf")])
@pytest.mark.parametrize("block", [0, 1])
def test_noise_that_is_no_size_is_refused(block, spread):
    task, start, _ = drawn()
    sizes = [0.1, 0.1]
    sizes[block] = spread
    with pytest.raises(ValueError, match=rf"noise\.{'pq'[block]} must lie in"):
        learning_curves(task, start, [Phase(0.3, 2)], noise=Blocks(*sizes), seed=0, every=1)


def test_weights_and_numbers_that_no_run_can_have_are_refused():
    task, start, _ = drawn()
    more = {"noise": TINY.noise, "seed": 0, "every": 1}
    with pytest.raises(ValueError, match="start must be finite"):
        learning_curves(task, start * float("nan"), [Phase(0.3, 2)], **more)
    with pytest.raises(ValueError, match=r"dtype must be torch.float32 or torch.float64, got torch.float16"):
        learning_curves(task, start, [Phase(0.3, 2)], dtype=torch.float16, **more)
    with pytest.raises(ValueError, match="test must hold examples with both patterns, got 9 of 9"):
        alone = TINY.data.sample_group("p_only", 9, generator=generator(0, "alone"))
        learning_curves(task, start, [Phase(0.3, 2)], test=alone, **more)
    with pytest.raises(ValueError, match="pre_activation must be a PreActivationNoise or None, got 'pre'"):
        Phase(0.3, 2, pre_activation="pre")


def test_noise_of_size_zero_on_pre_activations_is_none():
    _, _, plain = curves([Phase(0.3, 30, noise=0.0)])
    for place in ("pre", "gate", "post", "shared"):
        silent = PreActivationNoise(place, 0.0)
        _, _, found = curves([Phase(0.3, 30, noise=0.0, pre_activation=silent)])
        torch.testing.assert_close(found.theta, plain.theta, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("p_only", "q_only"), [(1.0, 0.0), (0.0, 1.0), (0.4, 0.6)])
def test_without_examples_of_some_group_a_run_is_still_plain_descent(p_only, q_only):
    setting = replace(TINY, data=replace(TINY.data, dim=20, p_only=p_only, q_only=q_only), weight_decay=0.05)
    task, start, _ = drawn(setting)
    run = learning_curves(
        task, start, [Phase(0.2, 15, noise=0.0)], noise=setting.noise, seed=0, every=15, dtype=torch.float64
    )
    theta = start
    for _ in range(15):
        theta = theta - 0.2 * task.gradient(theta)
    torch.testing.assert_close(run.theta, theta, rtol=1e-10, atol=1e-10)
    assert run.losses[-1].isnan().tolist() == [p_only == 0, q_only == 0, True]


def test_bad_requests_are_refused():
    task, start, _ = drawn()
    good = {"noise": TINY.noise, "seed": 0, "every": 5}
    with pytest.raises(ValueError, match="phases must be a list of one Phase or more, got a single one"):
        learning_curves(task, start, Phase(0.1, 2), **good)
    with pytest.raises(ValueError, match="phases must be a list of one Phase or more, got none"):
        learning_curves(task, start, [], **good)
    with pytest.raises(ValueError, match="start must be one run in the plane"):
        learning_curves(task, torch.stack([start, start]), [Phase(0.1, 2)], **good)
    with pytest.raises(ValueError, match="every must be"):
        learning_curves(task, start, [Phase(0.1, 2)], **(good | {"every": 0}))
    with pytest.raises(ValueError, match="step must be a recorded one, got 4; the next is 5"):
        learning_curves(task, start, [Phase(0.1, 9)], **good).at(4)
    with pytest.raises(FloatingPointError, match=r"the run diverged at step .* at lr = 1e\+30"):
        learning_curves(task, start, [Phase(1e30, 50, noise=0.0)], **good)


@pytest.fixture(scope="module", params=[0, 1, 2])
def order(request):
    """L-S, S and noise-free descent of the small setting."""
    seed = request.param
    arms = {
        "LS": large_then_small(SMALL.lr, SMALL.small_lr, switch=SMALL.switch, stop=SMALL.stop),
        "S": small_throughout(SMALL.small_lr, stop=SMALL.stop),
        "G": noise_free(SMALL.lr, stop=SMALL.stop),
    }
    every = {"LS": 50, "S": 100, "G": 5}
    return {name: curves(phases, SMALL, seed, every[name])[2] for name, phases in arms.items()}


@pytest.mark.slow
def test_a_large_rate_learns_p_and_leaves_q_until_it_is_annealed(order):
    run = order["LS"]
    t0 = run.at(SMALL.switch)
    assert run.accuracies[t0, 0] >= 0.96 and 0.59 <= run.losses[t0, 1] <= 0.68
    late = (run.steps >= 300) & (run.steps <= SMALL.switch)
    curved = q_modes(run.g).second_difference
    assert run.losses[late, 1].min() >= 0.59 and run.losses[late, 1].max() <= 0.68
    assert curved[late].min() >= 0.05 and curved[late].max() <= 0.6
    first = first_step(run.steps, run.accuracies[:, 0] >= 0.9)
    assert first <= 1300 and run.losses[run.at(int(first)), 1] >= 0.6
    assert run.flips[t0] == pytest.approx(0.3151, abs=0.01)
    assert run.stopped and run.accuracies[-1, 0] >= 0.96 and run.accuracies[-1, 2] >= 0.98
    assert run.accuracies[-1, 1] >= 0.75


@pytest.mark.slow
def test_without_noise_or_at_a_small_rate_q_is_memorized_first(order):
    quiet, small = order["G"], order["S"]
    assert 60 <= quiet.steps[-1] <= 200 and quiet.accuracies[-1, 1] == 1 and quiet.losses[-1, 1] <= 0.45
    assert 0.02 <= quiet.accuracies[-1, 0] - quiet.accuracies[0, 0] <= 0.14
    assert 0.02 <= small.accuracies[-1, 0] - small.accuracies[0, 0] <= 0.2
    assert quiet.accuracies[-1, 0] <= 0.72 and small.accuracies[-1, 0] <= 0.75
    early = first_step(quiet.steps, quiet.losses[:, 1] <= 0.55)
    assert early <= 60 and quiet.accuracies[quiet.at(int(early)), 0] <= 0.7
    assert order["LS"].accuracies[-1, 0] - quiet.accuracies[-1, 0] >= 0.25
    assert order["LS"].accuracies[-1, 0] - small.accuracies[-1, 0] >= 0.2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "low", "high"), [("pre", 0.93, 1), ("gate", 0.93, 1), ("shared", 0.93, 1), ("post", 0, 0.65)]
)
def test_noise_in_the_gates_mends_the_small_rate_and_noise_after_them_does_not(place, low, high):
    noise = PreActivationNoise(place, 0.24, 0.07)
    phases = annealed_pre_activation(SMALL.lr, noise, switch=1200, stop=SMALL.stop)
    run = curves(phases, SMALL, 0, 100)[2]
    assert run.stopped and low <= run.accuracies[-1, 0] <= high
    assert place == "post" or run.steps[-1] <= 1200 + 80
