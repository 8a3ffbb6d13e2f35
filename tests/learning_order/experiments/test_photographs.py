"""The runs on photographs: their small end on synthetic images, refusals, and what the GPU's runs hold."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lrtheory.data.sources import DataNotAvailable
from lrtheory.learning_order.experiments import image_training
from lrtheory.learning_order.experiments.adopted import ADOPTED, SEEN, gpu_run, images_seen
from lrtheory.learning_order.experiments.image_training import Pictures, named_generator
from lrtheory.learning_order.experiments.photographs import (
    _pictures,
    _prepared,
    _spread,
    drawn_task,
    photographs,
)

SMALL = {**photographs.smoke, "models": ("act_noise",), "epochs": 1, "train_limit": 32, "test_limit": 10}
PARTS = ("train", "train_clean", "train_patch_only", "train_both", "clean", "mixed", "patch")


def small(**changes):
    return photographs(**{**SMALL, **changes})


@pytest.mark.slow
def test_curves_have_a_row_a_seed_and_a_column_an_epoch():
    two = small(seeds=(0, 3))
    names = {f"act_noise_{part}_{what}" for part in PARTS for what in ("loss", "acc")}
    assert set(two) == names | {"act_noise_lr", "act_noise_noise", "seeds", "parameters"}
    assert two["act_noise_clean_loss"].shape == (2, 1) and two["seeds"].tolist() == [0, 3]
    assert two["parameters"] == sum(each.numel() for each in made_of().network.parameters())
    one = small(seeds=(3,))
    assert all(np.array_equal(one[name][0], two[name][1]) for name in names)
    assert two["act_noise_train_loss"][0] != two["act_noise_train_loss"][1]
    assert two["act_noise_noise"][0] == np.float32(0.4) and two["act_noise_lr"][0] == np.float32(0.004)


def made_of(width=1, seed=0, model="act_noise", patches=True, batch_size=16, optimizer="sgd", lr=0.0):
    pictures = _pictures("synthetic", 48, 24, "cpu")
    return _prepared(model, seed, pictures, patches, width, batch_size, optimizer, lr)


def test_plain_images_have_one_test_set_and_another_rate():
    run = small(patches=False)
    names = {f"act_noise_{part}_{what}" for part in ("train", "test") for what in ("loss", "acc")}
    assert set(run) == names | {"act_noise_lr", "act_noise_noise", "seeds", "parameters"}
    assert run["act_noise_lr"].item(0) == np.float32(0.01)


@pytest.mark.slow
def test_each_setting_changes_the_run():
    changes = ({}, {"optimizer": "adam"}, {"batch_size": 8}, {"width": 2}, {"lr": 0.02}, {"train_limit": 40})
    assert len({small(**each)["act_noise_clean_loss"].item() for each in changes}) == len(changes)


def test_a_step_is_nesterovs_on_the_cross_entropy_with_decay_of_all_weights():
    """Two steps from the weights and velocities of the first, written out."""
    made, twin = made_of(batch_size=24, lr=0.05), made_of(batch_size=24, lr=0.05)
    start = [each.detach().clone() for each in made.network.parameters()]
    velocity = [torch.zeros_like(each) for each in start]
    made.epoch(1)
    order = torch.randperm(48, generator=named_generator("shuffle", 0))
    labels, task = twin.pictures.train_labels[order], twin.task
    images, _ = task.shown(
        twin.pictures.train[order], labels, task.train[order], generator=named_generator("draws", 0)
    )
    noise = named_generator("noise", 0)
    weights = list(twin.network.parameters())
    for rows in (slice(0, 24), slice(24, 48)):
        plane = 0.4 * torch.randn(6400, generator=noise)
        outputs = twin.network(images[rows].permute(0, 3, 1, 2), plane)
        loss = -outputs.log_softmax(1)[torch.arange(24), labels[rows]].mean()
        pulls = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, speed, pull in zip(weights, velocity, pulls, strict=True):
                pull = pull + 5e-4 * weight
                speed.mul_(0.9).add_(pull)
                weight -= 0.05 * (pull + 0.9 * speed)
    for weight, found in zip(weights, made.network.parameters(), strict=True):
        assert torch.allclose(weight, found, atol=2e-5)
    assert (start[0] != weights[0]).any()


@pytest.mark.parametrize("passes", [7, 1000])
def test_tests_are_of_the_network_at_rest_whatever_the_size_of_a_pass(monkeypatch, passes):
    monkeypatch.setattr(image_training, "_EVALUATED", passes)
    made = made_of(patches=False)
    found, network, pictures = made._evaluated(), made.network.eval(), made.pictures
    with torch.no_grad():
        outputs = network(pictures.test.permute(0, 3, 1, 2)).double()
    chosen = outputs.log_softmax(1)[torch.arange(24), pictures.test_labels]
    assert found["test_loss"] == pytest.approx(-chosen.mean().item(), rel=1e-5)
    right = (outputs.argmax(1) == pictures.test_labels).double().mean()
    assert found["test_acc"] == pytest.approx(right.item())


@pytest.mark.slow
def test_a_stopped_run_goes_on_where_it_was(tmp_path, monkeypatch):
    whole = small(epochs=2)
    monkeypatch.setenv("LRTHEORY_CHECKPOINTS", str(tmp_path / "kept"))
    epoch = image_training.ImageTraining.epoch

    def until_the_second(self, number):
        if number == 2:
            raise KeyboardInterrupt
        return epoch(self, number)

    monkeypatch.setattr(image_training.ImageTraining, "epoch", until_the_second)
    with pytest.raises(KeyboardInterrupt):
        small(epochs=2)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    seen = []
    monkeypatch.setattr(image_training.ImageTraining, "epoch", lambda s, n: seen.append(n) or epoch(s, n))
    again = small(epochs=2)
    assert seen == [2] and all(np.array_equal(again[name], whole[name]) for name in whole)
    assert list((tmp_path / "kept").iterdir()) == []  # finished, so nothing is kept
    small(seeds=(1,), epochs=1)
    assert seen == [2, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": "imagenet"}, "images must be one of cifar10, cifar10-jpeg, synthetic; got"),
        ({"models": ("big",)}, "model must be one of large, small, act_noise; got 'big'"),
        ({"models": ()}, r"seeds and models must name at least one each, got \(0,\) and \(\)"),
        ({"seeds": ()}, "must name at least one each"),
        ({"seeds": (-1,)}, "seeds must be at least 0, got -1"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"), ({"lr": -0.1}, "lr must be positive"),
        ({"batch_size": 49}, "batch_size must be at most the 32 images, got 49"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"optimizer": "lion"}, "optimizer must be one of sgd, adam; got 'lion'"),
        ({"train_limit": 161}, "train_limit must be at most 160, the images, got 161; 0 takes all"),
        ({"test_limit": -1}, "test_limit must be at least 0"),
    ],
)  # fmt: skip
def test_settings_that_are_none_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes)


def test_photographs_that_are_not_here_are_not_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("LRTHEORY_OFFLINE", "1")
    monkeypatch.setenv("LRTHEORY_DATA", str(tmp_path))
    with pytest.raises(DataNotAvailable, match="data fetch cifar10"):
        small(images="cifar10")
    with pytest.raises(DataNotAvailable, match=r"JPEG copy .* not passed on, .* images='cifar10'"):
        small(images="cifar10-jpeg")


def test_images_are_normalized_and_sorted_by_class():
    pictures = _pictures("synthetic", 0, 0, "cpu")
    assert isinstance(pictures, Pictures) and pictures.train.shape == (160, 32, 32, 3)
    assert (pictures.train_labels.diff() >= 0).all() and pictures.test_labels.bincount().tolist() == [8] * 10
    pixels, labels = np.full((4, 2, 2, 3), 7, np.uint8), np.array([1, 0, 1, 0])
    kept, classes = _spread((pixels * np.arange(4, dtype=np.uint8)[:, None, None, None], labels), 2, "limit")
    assert classes.tolist() == [0, 1] and kept[:, 0, 0, 0].tolist() == [7, 14]  # first and last when sorted


def test_synthetic_pixels_get_the_authors_mean_and_spread(monkeypatch):
    pixels = np.stack([np.full((32, 32, 3), value, np.uint8) for value in (0, 200)])
    split = pixels, np.array([0, 1])
    monkeypatch.setattr("lrtheory.learning_order.experiments.photographs._splits", lambda _: (split, split))
    found = _pictures("cifar10", 0, 0, "cpu").train[:, 0, 0]
    assert torch.allclose(found[0], -torch.tensor([125.3 / 63, 123.0 / 62.1, 113.9 / 66.7]))
    assert torch.allclose(found[1], torch.tensor([74.7 / 63, 77.0 / 62.1, 86.1 / 66.7]))


def test_the_patches_of_a_seed_are_those_of_the_protocol():
    """Images without a patch, of 50,000: counted in the stored accuracies of the GPU's runs too."""
    clean = [50_000 - int(drawn_task(seed, 50_000, 1).train.sum()) for seed in (0, 1)]
    assert clean == [9977, 9911]
    seen = images_seen(gpu_run("patches"), "clean")
    for row, count in zip(seen, clean, strict=True):
        assert np.isfinite(row).sum() > 40
        assert count - 80 <= np.nanmin(row) and np.nanmax(row) <= count


def test_counts_are_read_off_accuracies():
    run, rng = gpu_run("patches"), np.random.default_rng(0)
    counts = rng.integers(9900, 10000, (2, 60))
    arrays = {
        f"{model}_train_clean_acc": (rng.integers(0, counts) / counts).astype(np.float32)
        for model in ("large", "small", "act_noise")
    }
    found = images_seen(replace(run, arrays=arrays), "clean")
    alone = np.isfinite(found)
    assert np.array_equal(found[alone], counts[alone]) and alone.sum() > 110
    with pytest.raises(ValueError, match="group must be one of clean, patch_only; got 'both'"):
        images_seen(run, "both")


@pytest.mark.parametrize("kind", ADOPTED)
def test_a_gpu_run_says_who_made_it_from_what(kind):
    run = gpu_run(kind)
    assert "JPEG copy" in run.caption() and "H100" in run.caption() and not run.stale
    assert run["large_train_acc"].shape == (2 if kind == "patches" else 1, 60)
    assert run["parameters"] == 2_748_890 and SEEN == 49_920
    with pytest.raises(ValueError, match="kind must be one of patches, plain; got 'batch'"):
        gpu_run("batch")
