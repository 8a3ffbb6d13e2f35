"""One feature only: what the rate, the start and weight decay do, at full size."""

import numpy as np
import pytest

from lrtheory.learning_order.experiments.xor import CONTROLS, RATES, xor, xor_controls


def test_data_of_a_seed_are_the_same_at_all_rates_and_the_kernel_needs_no_run():
    one, two = (xor(seeds=1, rates=(lr,), steps=2, calm_steps=1, seed=3) for lr in (5.0, 50.0))
    assert np.array_equal(one["kernel_accuracy"], two["kernel_accuracy"]) and one["accuracy"].shape == (1, 1)
    assert not np.array_equal(one["movement"], two["movement"])


@pytest.mark.slow
def test_a_larger_rate_moves_more_and_generalizes_better():
    """Means of three seeds; the windows were set before, on another implementation."""
    run = xor(seeds=3)
    assert run["accuracy"].mean(1) == pytest.approx([0.735, 0.79, 0.84, 0.90], abs=0.045)
    assert (np.diff(run["accuracy"], axis=0) > 0).all() and (run["train_accuracy"] == 1).all()
    assert run["movement"].mean(1) == pytest.approx([0.40, 0.52, 0.67, 2.2], rel=0.1)
    assert run["rank"].mean(1) == pytest.approx([111.3, 108.7, 104.2, 75.6], rel=0.05)
    assert run["energy"].mean(1) == pytest.approx([0.115, 0.159, 0.209, 0.396], rel=0.1)
    assert run["kernel_accuracy"].mean() == pytest.approx(0.69, abs=0.03)
    assert (run["dead"] == 0).all() and len(RATES) == 4


@pytest.mark.slow
def test_decay_finds_the_feature_and_a_large_start_stays_lazy():
    run = xor_controls(seeds=1)
    accuracy = {case[0]: float(each[0]) for case, each in zip(CONTROLS, run["accuracy"], strict=True)}
    moved = {case[0]: float(each[0]) for case, each in zip(CONTROLS, run["movement"], strict=True)}
    assert accuracy["decay"] >= 0.99 and accuracy["decay, small rate"] >= 0.99
    assert accuracy["large start"] == pytest.approx(0.63, abs=0.04)
    assert moved["large start"] == pytest.approx(0.04, abs=0.01) and moved["decay"] > 0.9
