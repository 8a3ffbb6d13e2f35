"""The experiments on batches, epochs and overfitting at their smallest: their stores have what they must."""

import numpy as np
import pytest
import torch

from lrtheory.descent import GradientDescent, descend
from lrtheory.diagrams.experiments.overfitting import (
    PAIRS,
    TUNERS,
    drawn_sets,
    epoch_losses,
    fashion_pair,
    imitated_batches,
    mean_estimations,
    random_start,
    shared_epochs,
    tuned_models,
)
from lrtheory.diagrams.models.swing import mean_estimation
from lrtheory.diagrams.theory.curvature import minimum_gap, overfitting

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


def test_two_kinds_of_clothes_make_a_model_of_fifty_weights_and_unit_length():
    model = fashion_pair(*PAIRS[0])
    assert model.features.shape == (200, 50)
    assert float(model.features.square().sum(dim=1).mean()) == pytest.approx(1)
    assert float(model.targets.sum()) == 0
    assert random_start(PAIRS[0], 0, 0).tolist() != random_start(PAIRS[0], 1, 0).tolist()


def test_one_epoch_of_one_example_is_a_step_in_either_order():
    model, start = fashion_pair(*PAIRS[1]), random_start(PAIRS[1], 0, 0)
    (data,) = drawn_sets(model, 1, 5, 0, ("test",))
    theta = start.expand(5, -1)
    once = descend(GradientDescent(0.1), data, theta, steps=1).final
    torch.testing.assert_close(epoch_losses(data, theta, lr=0.1, epochs=1), model.loss(once))
    assert [len(each.noise) for each in drawn_sets(model, 2, 2500, 0, ())] == [1000, 1000, 500]


def test_the_imitation_is_nearer_to_sgd_and_the_difference_has_the_predicted_size():
    found = imitated_batches(trials=200, rates=(0.01,), starts=1)
    plain, error = found["plain"][:, 0].T
    expected = found["pull"] * 0.01**2 * 10 * (1 - 1 / 10) / 4
    assert (np.abs(plain - expected) < 5 * error + 0.12 * expected).all()
    assert np.abs(found["imitated"][:, 0, 0]).max() < 0.15 * np.abs(plain).max()


def test_more_epochs_differ_by_both_parts():
    found = shared_epochs(trials=1000, rates=(0.005,), epochs=(2, 8))
    value, error = found["difference"][:, 0].T
    share = np.array([1 / 8, 7 / 32]) * 10 * 0.005**2
    assert (np.abs(value - share * found["pulls"].sum()) < 4 * error + 0.06 * value).all()
    assert (value > 3 * share * found["pulls"][0]).all()


def test_the_noisy_parabolas_overfit_as_predicted():
    found = mean_estimations(trials=2000, points=4, smallest=0.01)
    for h, excess, gap in zip(found["curvature"], found["excess"], found["gap"], strict=True):
        here = mean_estimation(float(h), 10.0).moments(torch.zeros(1, dtype=torch.float64))
        for (value, error), formula in ((excess, overfitting), (gap, minimum_gap)):
            assert abs(value - formula(here, examples=10, steps=100, lr=0.05)) < 4 * error


def test_all_tuners_see_the_same_training_sets():
    found = tuned_models(trials=500, points=3, smallest=1.0, distances=(10.0,))
    assert found["excess"].shape == (1, len(TUNERS), 3, 2)
    assert (found["strength"][0, 0] == 0).all() and (found["strength"][0, 2, 0] > 0).all()
    at_four = found["excess"][0, :, -1, 0]  # there the penalty has gone again: equal only on equal sets
    assert at_four == pytest.approx(np.full(3, at_four[0]), rel=1e-4)
