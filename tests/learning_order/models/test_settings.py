"""Settings, phases and noise: what they hold, and what they refuse."""

import math

import pytest
import torch

from lrtheory.learning_order import (
    BASE,
    SMALL,
    Phase,
    PreActivationNoise,
    Setting,
    TwoBlockTask,
    annealed_by_noise,
    annealed_pre_activation,
    large_then_small,
    noise_free,
    small_throughout,
    stationary_noise,
)
from lrtheory.learning_order.models.two_block import Blocks
from lrtheory.seeds import generator


def test_the_noise_of_the_setting_holds_weights_at_their_size():
    assert stationary_noise(1.0, 0.3, 8e-4) == pytest.approx(0.07302529, abs=1e-7)
    assert BASE.noise.q == pytest.approx(0.0876304, abs=1e-6)
    assert BASE.noise.p == pytest.approx(0.0255589, abs=1e-6)
    for tau, lr, decay in ((0.7, 0.2, 0.3), (2.0, 1.5, 1.2)):
        xi = stationary_noise(tau, lr, decay)
        assert (1 - lr * decay) ** 2 * tau**2 + lr**2 * xi**2 == pytest.approx(tau**2)
    assert stationary_noise(1.3, 0.2, 0.0) == 0


@pytest.mark.parametrize(("lr", "decay"), [(0.5, 4.0), (3.0, 1.0)])
def test_a_rate_too_large_for_the_decay_is_refused(lr, decay):
    with pytest.raises(ValueError, match=rf"lr must be below 2 / weight_decay = {2 / decay:g}, got {lr:g}"):
        stationary_noise(1.0, lr, decay)


def test_a_setting_draws_half_of_each_sign_and_weights_of_their_sizes():
    setting = Setting(SMALL.data, examples=30, width_p=8, width_q=40_000, scale_q=3.0, tau_p=0.6, tau_q=1.7)
    task, start = setting.drawn((generator(1, "data"), generator(1, "weights")))
    assert len(task.examples) == 30 and task.weight_decay == setting.weight_decay
    assert task.second.p.sum() == 0 and (task.second.p.abs() == 1 / math.sqrt(8)).all()
    assert torch.allclose(task.second.q.abs(), torch.tensor(3 / 200.0).double())
    assert abs(task.second.q.sign().mean()) < 4 / 200
    p, q = task.blocks(start)
    assert p.shape == (8, 200) and q.shape == (40_000, 2)
    assert p.std() == pytest.approx(0.6, rel=0.08) and q.std() == pytest.approx(1.7, rel=0.02)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"width_p": 5}, "width_p must be even, got 5"),
        ({"width_q": 0}, "width_q"),
        ({"examples": 2.5}, "examples"),
        ({"scale_q": 0.0}, "scale_q must be positive"),
        ({"tau_p": -1.0}, "tau_p must be positive"),
        ({"lr": 0.0}, "lr must be positive"),
        ({"small_lr": float("nan")}, "small_lr"),
        ({"small_lr": 0.4}, "small_lr must be at most lr = 0.3, got 0.4; exchange them"),
        ({"stop": 0.0}, "stop must be positive"),
        ({"weight_decay": -1e-3}, "weight_decay"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Setting(SMALL.data, **changed)


def test_the_phases_of_the_algorithms():
    first, second = large_then_small(0.3, 0.01, switch=40, stop=0.4, most=70)
    assert (first.lr, first.steps, first.stop, first.noise) == (0.3, 40, None, 1.0)
    assert (second.lr, second.steps, second.stop, second.noise) == (0.01, 70, 0.4, 1.0)
    (only,) = small_throughout(0.02, stop=0.3, most=9)
    assert (only.lr, only.steps, only.stop, only.noise) == (0.02, 9, 0.3, 1.0)
    (quiet,) = noise_free(0.2, stop=0.5, most=8)
    assert (quiet.lr, quiet.steps, quiet.stop, quiet.noise) == (0.2, 8, 0.5, 0.0)
    loud, still = annealed_by_noise(0.2, switch=5, stop=0.3, most=6)
    assert (loud.lr, loud.steps, loud.noise, loud.stop) == (0.2, 5, 1.0, None)
    assert (still.lr, still.steps, still.noise, still.stop) == (0.2, 6, 0.0, 0.3)
    noise = PreActivationNoise("gate", 0.3)
    on, off = annealed_pre_activation(0.1, noise, switch=7, stop=0.2, most=3)
    assert (on.lr, on.steps, on.noise, on.pre_activation, on.stop) == (0.1, 7, 0.0, noise, 0.2)
    assert (off.lr, off.steps, off.noise, off.pre_activation, off.stop) == (0.1, 3, 0.0, None, 0.2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lr": 0.0}, "lr must be positive"),
        ({"steps": 0}, "steps"),
        ({"noise": -1.0}, "noise"),
        ({"stop": -0.1}, "stop must be positive and finite, got -0.1; a train loss"),
        ({"batch": 0}, "batch"),
    ],
)
def test_phases_that_make_no_sense_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Phase(**({"lr": 0.1, "steps": 3} | changed))


def test_annealing_must_lower_the_rate():
    with pytest.raises(ValueError, match=r"small_lr must be below lr = 0\.1, got 0\.1"):
        large_then_small(0.1, 0.1, switch=3, stop=0.4)


def test_places_of_noise():
    h, xi = torch.tensor([1.0, -1.0, 0.5, -0.5]), torch.tensor([-2.0, 3.0, 0.25, 0.25])
    expected = {
        "pre": ([0.0, 2.0, 0.75, 0.0], [0, 1, 1, 0]),
        "shared": ([0.0, 2.0, 0.75, 0.0], [0, 1, 1, 0]),
        "gate": ([0.0, -1.0, 0.5, 0.0], [0, 1, 1, 0]),
        "post": ([-1.0, 3.0, 0.75, 0.25], [1, 0, 1, 0]),
    }
    for place, (units, gates) in expected.items():
        found = PreActivationNoise(place, 1.0).disturbed(h, xi)
        assert found[0].tolist() == units and found[1].tolist() == gates


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("before", 0.1), "place must be one of"), (("pre", -0.1), "sigma_q"),
        (("pre", 0.1, -1.0), "sigma_p"),
    ],
)
def test_noise_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        PreActivationNoise(*arguments)


def test_tasks_that_make_no_sense_are_refused():
    examples = SMALL.data.sample(5, generator=generator(1))
    second = Blocks(torch.ones(2).double(), torch.ones(3).double())
    with pytest.raises(ValueError, match="kind must be one of"):
        TwoBlockTask(examples, second, kind="hinge")
    with pytest.raises(ValueError, match="weight_decay"):
        TwoBlockTask(examples, second, weight_decay=-1.0)
    with pytest.raises(ValueError, match=r"w and v of shape \(m,\), got \[\(2, 1\), \(3,\)\]"):
        TwoBlockTask(examples, Blocks(torch.ones(2, 1), torch.ones(3)))
    with pytest.raises(ValueError, match="q_inputs must have 5 rows, got 4"):
        TwoBlockTask(examples, second, q_inputs=torch.ones(4, 3))
