"""The authors' protocol on digits: a small network with batch norm, where the order does not show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lrtheory.doors import check_choice, whole
from lrtheory.learning_order.experiments.image_training import (
    ImageTraining,
    Pictures,
    curves,
    forget,
    named_generator,
)
from lrtheory.results import experiment

if TYPE_CHECKING:
    from lrtheory.learning_order.models.schedules import TrainingSchedule

BN_MODELS: Final = ("large", "small", "before", "after")
_ENLARGED = 2  # pixels of 8 x 8 digits, each way
_PATCH, _SIDE, _ZETA = 4, 16, 0.5  # found by trial: a zeta of 0.1 is learned by nobody
_FADE = ((30, 0.0),)


@experiment(
    version=1, smoke={"models": ("large", "after"), "seeds": (0,), "epochs": 2, "train": 128},
    dtype="float32", cuda=True,
    elsewhere={
        f"{model}_{part}_{what}": 0.05 if what == "loss" else 0.2
        for model in ("large", "after") for what in ("loss", "acc")
        for part in ("train", "train_clean", "train_patch_only", "train_both", "clean", "mixed", "patch")
    },
)
def bn_cnn(
    *, models: tuple[str, ...] = BN_MODELS, seeds: tuple[int, ...] = (0, 1, 2, 3, 4), epochs: int = 60,
    train: int = 1000, noise: float = 0.4, device: str = "cpu",
) -> dict[str, Any]:
    """Digits of 16 x 16 with a 4 x 4 patch in the middle: clean and patch-only accuracy over epochs.

    Digits are standardized by one mean and one spread, enlarged, then given pixel noise of variance one;
    mixture, rates, momentum, weight decay as on photographs, 32 images a step.

    Args:
        models: "large" rate (0.1, from epoch 30 on 0.004), "small" rate (0.004), and the small rate with
            noise "before" or "after" the activations, off from epoch 30 on.
        seeds: runs of each model.
        epochs: of training.
        train: training images; the other digits are the test.
        noise: its standard deviation.
        device: "cpu" or "cuda".
    """
    import numpy as np

    from lrtheory.learning_order.models.image_networks import SmallCnn
    from lrtheory.learning_order.models.patches import random_patches

    found: dict[str, list[list[float]]] = {}
    keys = {(m, s): repr(("bn_cnn", m, s, train, noise, device)) for m in models for s in seeds}
    for (model, seed), key in keys.items():
        check_choice("models", model, BN_MODELS)
        whole("seeds", seed)
        pictures = _digits(seed, train, device)
        task = random_patches(
            train, len(pictures.test), generator=named_generator("patches", seed), size=_PATCH, side=_SIDE,
            channels=1, zeta_range=_ZETA,
        )
        network = SmallCnn(
            generator=named_generator("init", seed), noise_at="after" if model == "after" else "before"
        )
        training = ImageTraining(
            network, pictures, task, schedule=_schedule(model, noise), seed=seed, batch_size=32
        )
        for name, curve in curves(training, epochs, f"{model}, seed {seed}", key).items():
            found.setdefault(f"{model}_{name}", []).append(curve)
    for key in keys.values():
        forget(key)
    return {name: np.array(rows, np.float32) for name, rows in found.items()} | {"seeds": np.array(seeds)}


def _schedule(model: str, noise: float) -> TrainingSchedule:
    from lrtheory.learning_order.models.schedules import StepSchedule, training_schedule

    plain = training_schedule("large" if model == "large" else "small", patches=True)
    return replace(plain, noise=StepSchedule(noise, _FADE)) if model in ("before", "after") else plain


def _digits(seed: int, train: int, device: str) -> Pictures:
    """Enlarged noisy digits in a random order, the first ones to train on."""
    import torch

    from lrtheory.data.bundled import digits

    stored, draw = digits(), named_generator("digits", seed)
    if not 0 < train < len(stored.y):
        raise ValueError(f"train must lie in [1, {len(stored.y) - 1}], the digits but one, got {train}")
    pixels = torch.as_tensor(stored.x, dtype=torch.float32)
    pixels = (pixels - pixels.mean()) / pixels.std()
    large = pixels.repeat_interleave(_ENLARGED, 1).repeat_interleave(_ENLARGED, 2)
    noisy = (large + torch.randn(large.shape, generator=draw))[..., None]
    order = torch.randperm(len(noisy), generator=draw)
    images, labels = (each[order].to(device) for each in (noisy, torch.as_tensor(stored.y)))
    return Pictures(images[:train], labels[:train], images[train:], labels[train:])
