"""What has been learned: accuracies, losses by group, modes, and first steps, against counting by hand."""

from dataclasses import replace

import pytest
import torch

from lrtheory.learning_order import (
    PQDistribution,
    Setting,
    component_accuracies,
    component_losses,
    first_step,
    fresh_examples,
    p_outputs,
    q_accuracy,
    q_modes,
    q_outputs,
)
from lrtheory.seeds import generator

SETTING = Setting(
    PQDistribution(15, p_only=0.3, q_only=0.2, r=0.5, alpha_from=0.1), examples=80, width_p=4, width_q=30,
    scale_q=0.8,
)


def drawn():
    task, start = SETTING.drawn((generator(2, "data"), generator(2, "weights")))
    others = [0.3 * torch.randn(task.dim, generator=generator(n), dtype=torch.float64) for n in (4, 6)]
    for other in others:  # units that look along zeta, so that the three points fare differently
        task.blocks(other).q[:, 0] *= 0.05
    return task, torch.stack([start, *others]), fresh_examples(SETTING, generator(2), 500)


def test_accuracies_are_counted_on_each_part_and_on_both():
    task, theta, test = drawn()
    found = component_accuracies(task, theta, test)
    for member in range(3):
        p, q = task.blocks(theta[member])
        f_p = (test.x1 @ p.T).clamp_min(0) @ task.second.p
        f_q = (test.x2_plane @ q.T).clamp_min(0) @ task.second.q
        for accuracy, f in ((found.p_only, f_p), (found.both, f_p + f_q)):
            assert accuracy[member] == (f.sign() == test.labels).double().mean()
        many = SETTING.data.sample_group("q_only", 40_000, generator=generator(3))
        f_q = (many.x2_plane @ q.T).clamp_min(0) @ task.second.q
        right = (f_q.sign() == many.labels).double().mean()
        assert abs(found.q_only[member] - right) < 0.01
        torch.testing.assert_close(p_outputs(task, theta, test.x1)[member], f_p)
    assert len(set(found.q_only.tolist())) > 1
    assert (test.groups == 2).all() and len(test) == 500


@pytest.mark.parametrize(
    ("g", "accuracy"),
    [((1, -1, -1), 1), ((1, 1, 1), 0.5), ((-1, -1, 1), 0.25), ((-1, 1, 1), 0), ((0, -2, 3), 0.25)],
)
def test_accuracy_on_q_alone_weighs_the_three_points(g, accuracy):
    assert q_accuracy(torch.tensor(g, dtype=torch.float64)) == accuracy


def test_examples_that_lack_a_pattern_are_no_test():
    task, _ = SETTING.drawn((generator(2, "data"), generator(2, "weights")))
    theta = torch.ones(task.dim, dtype=torch.float64)
    mixed = SETTING.data.sample(50, generator=generator(3, "mixed"))
    lacking = int((mixed.groups != 2).sum())
    with pytest.raises(ValueError, match=f"both patterns, got {lacking} of 50 with one; draw them with"):
        component_accuracies(task, theta, mixed)
    for changed in ({"r": 0.4}, {"dim": 16}):
        other = replace(SETTING.data, **changed).sample_group("both", 5, generator=generator(3, "other"))
        with pytest.raises(ValueError, match=r"test must have d, r = \(15, 0.5\) as the training examples"):
            component_accuracies(task, theta, other)


def test_weights_that_are_not_finite_have_no_accuracy():
    task, start = SETTING.drawn((generator(2, "data"), generator(2, "weights")))
    test = fresh_examples(SETTING, generator(5, "test"), 40)
    pair = torch.stack([start, start * torch.nan])
    found = component_accuracies(task, pair, test)
    alone = component_accuracies(task, start, test)
    for each, one in zip(found, alone, strict=True):
        assert float(each[0]) == float(one)
        assert bool(each[1].isnan())


def test_losses_by_group_add_up_to_the_train_loss():
    task, theta, _ = drawn()
    parts = component_losses(task, theta)
    shares = [(task.examples.groups == k).double().mean() for k in range(3)]
    total = sum(share * part for share, part in zip(shares, parts, strict=True))
    torch.testing.assert_close(total, task.train_loss(theta))
    decay = task.weight_decay / 2 * theta.square().sum(-1)
    torch.testing.assert_close(task.loss(theta), task.train_loss(theta) + decay)


def test_modes_rebuild_the_outputs():
    task, theta, _ = drawn()
    g = q_outputs(task, theta)
    modes = q_modes(g)
    s, odd, linear = modes.second_difference, modes.odd, modes.linear
    torch.testing.assert_close(linear + s / 2, g[:, 0])
    torch.testing.assert_close(linear - s / 2 + odd, g[:, 1])
    torch.testing.assert_close(linear - s / 2 - odd, g[:, 2])
    assert torch.equal(modes.margins, g * torch.tensor([1.0, -1.0, -1.0]).double())


def test_a_first_step_of_numbers_is_refused():
    with pytest.raises(ValueError, match=r"reached must be bool, got torch\.float32"):
        first_step(torch.tensor([0, 5]), torch.tensor([0.0, 0.5]))


def test_the_first_step_is_that_of_each_member_and_nan_if_there_is_none():
    steps = torch.tensor([0, 5, 10])
    reached = torch.tensor([[False, False, True], [True, False, True], [True, False, False]])
    found = first_step(steps, reached)
    assert found[:1].tolist() == [5] and found[1].isnan() and found[2] == 0
