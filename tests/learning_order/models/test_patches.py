"""The patch task and the schedules: every constant of the authors, and what one look at images shows."""

import re

import pytest
import torch

from lrtheory import generator
from lrtheory.learning_order.models.patches import GROUPS, PatchTask, random_patches
from lrtheory.learning_order.models.schedules import (
    AUTHORS_DEFAULT,
    MODELS,
    StepSchedule,
    training_schedule,
)

MIXTURE = {"clean": 0.20, "patch_only": 0.16, "both": 0.64}


def task_of(n=6000, **more):
    return random_patches(n, 50, generator=generator(0, "patches"), **more)


def look(task, fill=0.5, seed=0):
    n = len(task.train)
    images = torch.full((n, task.side, task.side, task.z.shape[-1]), fill)
    labels = torch.arange(n) % 10
    shown, groups = task.shown(images, labels, task.train, generator=generator(seed, "look"))
    return images, labels, shown, groups


def test_groups_have_the_shares_of_the_mixture():
    _, _, _, groups = look(task_of())
    for index, name in enumerate(GROUPS):
        share = MIXTURE[name]
        found = (groups == index).double().mean().item()
        assert abs(found - share) < 4 * (share * (1 - share) / 6000) ** 0.5, name


def test_the_patch_covers_rows_and_columns_12_to_18_and_nothing_else():
    images, _, shown, groups = look(task_of(600))
    changed = (shown != images).any(3)
    assert not changed[groups == 0].any()
    both = changed[groups == 2]
    assert both[:, 12:19, 12:19].all() and both.sum() == 49 * len(both)
    alone = shown[groups == 1].clone()
    alone[:, 12:19, 12:19] = 0
    assert not alone.any()


def test_the_patch_is_z_plus_or_minus_zeta_of_the_class():
    task = task_of(2000)
    _, labels, shown, groups = look(task)
    factor = (shown[:, 12:19, 12:19] - task.z) / task.zeta[labels]
    size = factor.flatten(1).median(1).values
    whole = size[groups == 2]
    assert torch.allclose(whole.abs(), torch.ones(()), atol=1e-3)
    assert abs(whole.sign().mean()) < 4 / len(whole) ** 0.5
    alone = size[groups == 1]
    assert alone.abs().max() <= 1.75 + 1e-3
    assert abs(alone.abs().mean() - 1.75 / 2) < 4 * 1.75 / (12 * len(alone)) ** 0.5  # uniform in [0, 1.75]
    assert abs(alone.sign().mean()) < 4 / len(alone) ** 0.5


def test_constants_are_the_authors():
    task = random_patches(4, 4, generator=generator(0, "patches"))
    assert task.z.shape == (7, 7, 3) and task.zeta.shape == (10, 7, 7, 3)
    assert task.z.std().item() == pytest.approx(1.25, rel=4 / (2 * 147) ** 0.5)
    assert 0.0999 < task.zeta.abs().max() <= 0.1 and abs(task.zeta.mean()) < 0.1 * 4 / (3 * 1470) ** 0.5
    assert (task.patch_only_share, task.patch_only_scale, task.place) == (0.2, 1.75, slice(12, 19))


def test_who_carries_a_patch_is_fixed_and_the_rest_is_drawn_at_each_look():
    task = task_of()
    assert abs(task.train.double().mean() - 0.8) < 4 * 0.4 / 6000**0.5 and task.test.shape == (50,)
    _, _, first, groups = look(task, seed=0)
    _, _, second, others = look(task, seed=1)
    assert ((groups == 0) == (others == 0)).all() and (groups != others).any() and (first != second).any()
    assert torch.equal(first, look(task, seed=0)[2])


def test_other_sizes_and_shares_are_followed():
    task = task_of(3000, size=4, side=16, channels=1, zeta_range=0.5, z_scale=2.0, share=0.5)
    assert task.place == slice(6, 10) and task.z.shape == (4, 4, 1)
    assert 0.45 < task.zeta.abs().max() <= 0.5 and task.z.std() == pytest.approx(2.0, rel=0.6)
    assert abs(task.train.double().mean() - 0.5) < 4 * 0.5 / 3000**0.5
    images, _, shown, groups = look(task, fill=0.25)
    assert ((shown != images).any(3).flatten(1).sum(1) > 0).equal(groups > 0)


def test_what_does_not_fit_is_refused():
    task = task_of(5)
    with pytest.raises(ValueError, match=re.escape("images must have shape (5, 32, 32, 3)")):
        task.shown(torch.zeros(5, 3, 32, 32), torch.zeros(5).long(), task.train, generator=generator(0))
    with pytest.raises(ValueError, match=r"5 labels, 4 entries; permute to channels last"):
        images = torch.zeros(5, 32, 32, 3)
        task.shown(images, torch.zeros(5).long(), task.train[:4], generator=generator(0))
    with pytest.raises(ValueError, match=r"size at most 6, got \(7, 7, 3\)"):
        task_of(5, side=6)
    with pytest.raises(ValueError, match=r"use random_patches"):
        PatchTask(torch.zeros(2, 3, 1), torch.zeros(10, 2, 3, 1), task.train, task.test)
    with pytest.raises(ValueError, match=r"patch_only_share must lie in \[0, 1\], got 1.5"):
        PatchTask(task.z, task.zeta, task.train, task.test, patch_only_share=1.5)
    with pytest.raises(ValueError, match=r"patch_only_scale must be positive and finite, got 0"):
        PatchTask(task.z, task.zeta, task.train, task.test, patch_only_scale=0.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n": 0}, "train must be at least 1, got 0"), ({"size": 0}, "size must be at least 1"),
        ({"channels": 0}, "channels must be at least 1"), ({"z_scale": 0.0}, "z_scale must be positive"),
        ({"zeta_range": -1.0}, "zeta_range must be positive"),
        ({"share": 1.1}, r"share must lie in \[0, 1\]"),
    ],
)  # fmt: skip
def test_numbers_that_make_no_task_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        task_of(**changed)


def test_the_authors_schedule_drops_by_a_fifth_three_times():
    found = [AUTHORS_DEFAULT.at(epoch) for epoch in (1, 59, 60, 119, 120, 149, 150, 200)]
    assert found == pytest.approx([0.1, 0.1, 0.02, 0.02, 0.004, 0.004, 0.0008, 0.0008], rel=1e-12)


def test_annealed_large_and_small_rates_are_the_same_number():
    large, small, noisy = (training_schedule(model, patches=True) for model in MODELS)
    assert [large.lr.at(epoch) for epoch in (1, 29, 30, 60)] == [0.1, 0.1, 0.004, 0.004]
    assert {each.lr.at(epoch) for each in (small, noisy) for epoch in range(1, 61)} == {0.004}
    assert [noisy.noise.at(epoch) for epoch in (1, 29)] == [0.4, 0.4]
    assert noisy.noise.at(30) == pytest.approx(0.4e-5) == noisy.noise.at(60)
    assert large.noise.at(1) == small.noise.at(1) == 0


def test_plain_images_have_a_shorter_schedule():
    large, small, noisy = (training_schedule(model, patches=False) for model in MODELS)
    epochs = (1, 29, 30, 44, 45, 60)
    assert [large.lr.at(e) for e in epochs] == pytest.approx([0.1, 0.1, 0.02, 0.02, 0.004, 0.004])
    for each in (small, noisy):
        assert [each.lr.at(e) for e in epochs] == pytest.approx([0.01, 0.01, 0.002, 0.002, 4e-4, 4e-4])
    assert [noisy.noise.at(e) for e in (29, 30)] == pytest.approx([0.4, 0.4e-5]) and small.noise.at(1) == 0


def test_schedules_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"start must not be negative, got -1"):
        StepSchedule(-1.0)
    with pytest.raises(ValueError, match=r"factor must not be negative, got -0.5"):
        StepSchedule(1.0, ((3, -0.5),))
    with pytest.raises(ValueError, match=r"epoch must be at least 1, got 0; epochs count from 1"):
        StepSchedule(1.0, ((0, 0.5),))
    with pytest.raises(ValueError, match=r"epochs count from 1"):
        StepSchedule(1.0).at(0)
    with pytest.raises(ValueError, match=r"model must be one of large, small, act_noise; got 'big'"):
        training_schedule("big", patches=True)
