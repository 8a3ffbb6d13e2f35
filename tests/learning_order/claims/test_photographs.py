"""The checks of the claims about photographs would notice other numbers."""

from dataclasses import replace

import numpy as np
import pytest

from lrtheory.learning_order.claims import gpu, photographs
from lrtheory.learning_order.experiments.adopted import gpu_run

FAILS = "does not reproduce"


def changed(kind="patches", **arrays):
    run = gpu_run(kind)
    return replace(run, arrays={**run.arrays, **arrays})


def given(monkeypatch, module, run):
    monkeypatch.setattr(module, "gpu_run", lambda kind: run)


def test_the_first_epoch_of_knowing_is_counted_from_one():
    accuracies = np.array([[0.1, 0.9, 0.91, 0.5], [0.95, 0.1, 0.1, 0.1]])
    run = changed(large_patch_acc=accuracies)
    assert photographs.patch_epochs(run, "large").tolist() == [3, 1]
    with pytest.raises(ValueError, match="large must know the patch in every seed, and does not"):
        photographs.patch_epochs(changed(large_patch_acc=accuracies[:, :2]), "large")


def test_the_part_recovered_is_that_of_the_last_five_epochs():
    ends = {"large": 0.8, "small": 0.6, "act_noise": 0.75}
    curves = {f"{m}_clean_acc": np.array([[0.0] + [end] * 5, [1.0] + [end] * 5]) for m, end in ends.items()}
    assert photographs.recovered(changed(**curves), "clean_acc") == pytest.approx([0.75, 0.75])


def test_a_large_rate_that_waits_in_both_seeds_would_reproduce(monkeypatch):
    patch = gpu_run("patches")["large_patch_acc"]
    assert photographs._annealed_before_patch("large", "smoke").status == FAILS
    given(monkeypatch, photographs, changed(large_patch_acc=patch[[0, 0]]))
    assert photographs._annealed_before_patch("large", "smoke").status == "holds"


def test_a_small_rate_that_is_late_or_not_behind_is_noticed(monkeypatch):
    run = gpu_run("patches")
    late = changed(small_patch_acc=run["large_patch_acc"], small_clean_acc=run["large_clean_acc"])
    given(monkeypatch, photographs, late)
    assert photographs._small_is_first("smoke").status == FAILS
    lead = photographs._ahead("patches", "clean_acc", "large", "small", slice(-5, None), 0.1, "smoke")
    assert lead.status == FAILS and lead.measured == 0


@pytest.mark.slow
def test_an_agreement_fails_on_other_draws(monkeypatch):
    """The images with a patch of another seed are one percent more or fewer."""
    held = gpu._repeated("smoke")
    assert held.status == "holds" and held.measured < 2e-6
    monkeypatch.setattr(gpu, "drawn_task", lambda seed, *sizes: drawn(seed + 2, *sizes))
    assert gpu._repeated("smoke").status == FAILS


def drawn(seed, *sizes):
    from lrtheory.learning_order.experiments.photographs import drawn_task

    return drawn_task(seed, *sizes)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["large_lr", "act_noise_noise", "parameters"])
def test_an_agreement_fails_on_another_schedule_or_network(monkeypatch, name):
    given(monkeypatch, gpu, changed(**{name: 1.01 * gpu_run("patches")[name]}))
    monkeypatch.setattr(gpu, "ADOPTED", {"patches": {}})
    assert gpu._repeated("smoke").status == FAILS


@pytest.mark.slow
def test_an_agreement_fails_on_other_training(monkeypatch):
    monkeypatch.setattr("lrtheory.learning_order.experiments.image_training.MOMENTUM", 0.89)
    assert gpu._repeated("smoke").status == FAILS


def test_another_mixture_is_noticed(monkeypatch):
    counts = np.where(np.arange(60) % 2, 8100, 8150) * np.ones((2, 1), int)
    draw = np.random.default_rng(0)
    arrays = {
        f"{model}_train_patch_only_acc": (draw.integers(0, counts) / counts).astype(np.float32)
        for model in ("large", "small", "act_noise")
    }
    assert gpu._mixture("smoke").status == "holds"
    given(monkeypatch, gpu, changed(**arrays))
    assert gpu._mixture("smoke").status == FAILS


def test_noise_that_differs_between_images_is_noticed(monkeypatch):
    def fresh(hidden, noise):
        return (hidden if noise is None else hidden + noise + 0.01 * hidden).relu()

    assert photographs._shared_noise("smoke").status == "holds"
    monkeypatch.setattr("lrtheory.learning_order.models.image_networks.noisy_relu", fresh)
    assert photographs._shared_noise("smoke").status == FAILS
