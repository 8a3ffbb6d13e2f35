"""Runs on digits with patches, small: shapes, seeds, and the oracle of the order at full size."""

import numpy as np
import pytest

from lrtheory.learning_order.claims.digits import first_at
from lrtheory.learning_order.experiments.digits import (
    EVERY,
    PHASE,
    digits,
    digits_adam,
    digits_first_phase,
    digits_noise,
    digits_rates,
)
from lrtheory.learning_order.experiments.digits_protocol import LOOKS, drawn_net, followed, stacked
from lrtheory.learning_order.experiments.since import break_even, digits_trained
from lrtheory.rules import GradientDescent


def small(experiment, **changes):
    return experiment(**{**experiment.smoke, **changes})


def test_a_run_is_looked_at_from_its_start_to_its_end_and_repeats():
    net, start = drawn_net(0, patch_units=32, pixel_units=16)
    one, two = (followed(net, start, GradientDescent(0.1), 25, 0, every=10) for _ in range(2))
    assert one["step"].tolist() == [0, 10, 20, 25] and set(one) == {*LOOKS, "step"}
    assert one["loss"][0] == pytest.approx(float(net.loss(start)))
    assert one["patch_accuracy"][0] == pytest.approx(float(net.patch_accuracy(start)))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    other = followed(net, start, GradientDescent(0.1), 25, 1, every=10)
    assert not np.array_equal(one["loss"][1:], other["loss"][1:])
    full = followed(net, start, GradientDescent(0.1), 1, 0, every=1, batch_size=1000)
    plain = start - 0.1 * net.gradient(start)
    assert full["loss"][-1] == pytest.approx(float(net.loss(plain)), rel=1e-5)


def test_cells_come_in_front_and_steps_once():
    found = {"loss": [np.arange(3.0) + k for k in range(4)], "step": [np.arange(3)] * 4}
    table = stacked(found, (2, 2))
    assert table["loss"].shape == (2, 2, 3) and table["loss"][1, 0, 0] == 2
    assert table["step"].tolist() == [0, 1, 2]


def test_the_first_look_that_counts_is_found():
    reached = np.array([[False, True, True], [True, False, True], [False, False, False]])
    values = np.arange(9.0).reshape(3, 3)
    assert first_at(reached, values)[:2].tolist() == [1, 3] and np.isnan(first_at(reached, values)[2])
    assert first_at(reached, values, since=2)[:2].tolist() == [2, 5]


@pytest.mark.slow
def test_rows_are_cells_and_columns_are_looks():
    shapes = [
        (digits_rates, {"rates": (0.5, 1.0)}, (1, 2, 1)), (digits_first_phase, {}, (2, 1, 1)),
        (digits_noise, {}, (2, 1, 1, 5)), (digits_adam, {"seeds": 2}, (1, 2, 7)),
        (break_even, {}, (1, 1, 1)), (digits_trained, {}, (1, 1, 1)),
    ]  # fmt: skip
    for experiment, changes, shape in shapes:
        run = small(experiment, **changes)
        assert {values.shape for name, values in run.items() if name != "step"} == {shape}, experiment.name
        shares = [values for name, values in run.items() if "accuracy" in name]
        assert all(((each >= 0) & (each <= 1)).all() for each in shares), experiment.name


@pytest.mark.slow
def test_the_second_seed_of_two_is_that_seed_alone():
    two, one = small(digits_adam, seeds=2), small(digits_adam, seed=1)
    assert np.array_equal(two["loss"][:, 1], one["loss"][:, 0])
    assert not np.array_equal(two["loss"][:, 0], one["loss"][:, 0])


@pytest.mark.slow
def test_a_large_rate_learns_digits_first_and_a_small_one_patches():
    """At full size, one seed: the windows were set before, on another implementation."""
    run = digits(seeds=1, large_steps=3320, small_steps=7000)
    last = slice((PHASE - 140) // EVERY, PHASE // EVERY + 1)
    assert run["large_patch_accuracy"][0, last].mean() <= 0.5
    assert run["large_accuracy"][0, last].mean() >= 0.65
    assert first_at(run["small_patch_accuracy"] >= 0.95, run["small_accuracy"])[0] <= 0.45
    matched = first_at(run["large_loss"] <= 0.3, run["large_accuracy"], PHASE // EVERY)
    matched = matched - first_at(run["small_loss"] <= 0.3, run["small_accuracy"])
    assert matched[0] >= 0.12
    assert run["large_accuracy"][0, -1] - run["small_accuracy"][0, -1] >= 0.04
    assert abs(run["large_loss"][0, -1] - run["small_loss"][0, -1]) <= 0.03
    assert run["large_patch_accuracy"][0, -1] == run["small_patch_accuracy"][0, -1] == 1


@pytest.mark.slow
def test_levels_are_reached_in_order_and_what_is_not_reached_is_not_a_number():
    run = break_even(seeds=1, rates=(0.4,), levels=(0.3, 0.5, 0.999), units=256, most_steps=260)
    assert run["step"][0, 0, 0] <= run["step"][0, 1, 0] < 260 and np.isnan(run["step"][0, 2, 0])
    assert (run["trace"][0, :2] > run["top"][0, :2]).all() and (run["sharpness"][0, :2] > 0).all()


@pytest.mark.slow
def test_leaky_rectifiers_with_trained_readouts_diverge_at_large_rates_alone():
    run = digits_trained(seeds=1, rates=(0.1, 0.7), slopes=(0.2,), rest=10)
    assert run["diverged"][:, 0, 0].tolist() == [False, True]
    assert np.isnan(run["patch_loss"][1, 0, 0]) and run["patch_loss"][0, 0, 0] < np.log(10)
