"""Photographs with and without a patch that can be memorized: large rate, small rate, small with noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrtheory.doors import check_choice, positive, whole
from lrtheory.learning_order.experiments.image_training import (
    ImageTraining,
    Pictures,
    curves,
    forget,
    named_generator,
)
from lrtheory.results import experiment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lrtheory.learning_order.models.patches import PatchTask

    Split = tuple[NDArray[np.uint8], NDArray[np.int64]]

_MEAN, _SPREAD = (125.3, 123.0, 113.9), (63.0, 62.1, 66.7)  # of the authors' code, in gray levels
_SYNTHETIC = (160, 80)
_NO_JPEG = (
    "the JPEG copy of CIFAR-10 that the stored runs read is not passed on, since no license is stated; "
    "images='cifar10' runs the same protocol on the images themselves"
)
_SMOKE = {
    "images": "synthetic", "patches": True, "models": ("large", "act_noise"), "width": 1, "seeds": (0,),
    "epochs": 2, "batch_size": 16, "optimizer": "sgd", "lr": 0.0, "train_limit": 48, "test_limit": 24,
}
_ROUNDED = 0.05  # rounding of convolutions, which a few steps amplify


@experiment(
    version=1, smoke=_SMOKE, dtype="float32", cuda=True,
    elsewhere={
        f"{model}_{part}_{what}": _ROUNDED if what == "loss" else 0.2
        for model in ("large", "act_noise") for what in ("loss", "acc")
        for part in ("train", "train_clean", "train_patch_only", "train_both", "clean", "mixed", "patch")
    },
)
def photographs(
    *, images: str = "cifar10", patches: bool = True,
    models: tuple[str, ...] = ("large", "small", "act_noise"), width: int = 4,
    seeds: tuple[int, ...] = (0, 1), epochs: int = 60, batch_size: int = 128, optimizer: str = "sgd",
    lr: float = 0.0, train_limit: int = 0, test_limit: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Curves of a wide residual network over epochs: what each model sees first.

    Needs a GPU but for tiny settings. Models of one seed share weights at the start, patches and the order
    of the images. A GPU draws order, signs and noise by streams of its own, other than a processor's.

    Args:
        images: "cifar10"; "cifar10-jpeg", a copy that only the adopted runs read; or "synthetic", ten random
            pictures under noise, which say nothing about photographs.
        patches: whether a patch that can be memorized is put on the images.
        models: of "large", "small", "act_noise".
        width: k of the network of depth 16.
        seeds: runs of each model.
        epochs: rates and noise drop at epoch 30, and without patches again at 45.
        batch_size: images a step.
        optimizer: "sgd" or "adam".
        lr: rate of the first epoch of every model, > 0; 0 for the rate that the model is named after.
        train_limit: training images, spread over the classes; 0 for all.
        test_limit: the same for the test.
        device: where it runs; "cuda" in bfloat16.

    Returns:
        MODEL_QUANTITY, shape (seeds, epochs): ``lr``, ``noise``, and ``loss`` and ``acc`` of ``train`` (of
        each group too) and of the test: ``clean``, ``mixed``, ``patch`` alone; or ``test`` without patches.
        ``parameters``: weights of the network.
    """
    import numpy as np

    if not (seeds and models):
        raise ValueError(f"seeds and models must name at least one each, got {seeds} and {models}")
    for seed in seeds:
        whole("seeds", seed)
    whole("epochs", epochs, least=1)
    settings = (images, patches, width, batch_size, optimizer, lr, train_limit, test_limit, device)
    keys = {(model, seed): repr((model, seed, *settings)) for model in models for seed in seeds}
    pictures = _pictures(images, train_limit, test_limit, device)
    found: dict[str, list[list[float]]] = {}
    for (model, seed), key in keys.items():
        training = _prepared(model, seed, pictures, patches, width, batch_size, optimizer, lr)
        for name, curve in curves(training, epochs, f"{model}, seed {seed}", key).items():
            found.setdefault(f"{model}_{name}", []).append(curve)
        parameters = sum(each.numel() for each in training.network.parameters())
    for key in keys.values():
        forget(key)
    arrays: dict[str, Any] = {name: np.array(rows, np.float32) for name, rows in found.items()}
    return arrays | {"seeds": np.array(seeds), "parameters": np.array(parameters)}


def drawn_task(seed: int, train: int, test: int) -> PatchTask:
    """The patches of a seed, and which images carry them; on every device the same."""
    from lrtheory.learning_order.models.patches import random_patches

    return random_patches(train, test, generator=named_generator("patches", seed))


def _prepared(
    model: str, seed: int, pictures: Pictures, patches: bool, width: int, batch_size: int, optimizer: str,
    lr: float,
) -> ImageTraining:
    """A network at its start, with all that its training needs."""
    from dataclasses import replace

    from lrtheory.learning_order.models.image_networks import WideResNet16
    from lrtheory.learning_order.models.schedules import training_schedule

    schedule = training_schedule(model, patches=patches)
    if lr != 0:
        schedule = replace(schedule, lr=replace(schedule.lr, start=positive("lr", lr)))
    task = drawn_task(seed, len(pictures.train), len(pictures.test)) if patches else None
    network = WideResNet16(width, generator=named_generator("init", seed))
    return ImageTraining(
        network, pictures, task, schedule=schedule, seed=seed, batch_size=batch_size, optimizer=optimizer
    )


def _pictures(images: str, train_limit: int, test_limit: int, device: str) -> Pictures:
    """Images on the device, normalized, in bfloat16 on CUDA."""
    import torch

    splits = _splits(images)
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    parts: list[torch.Tensor] = []
    limits = {"train_limit": train_limit, "test_limit": test_limit}
    for split, (name, limit) in zip(splits, limits.items(), strict=True):
        pixels, labels = (torch.as_tensor(each).to(device) for each in _spread(split, limit, name))
        mean, spread = (torch.tensor(each, device=device) for each in (_MEAN, _SPREAD))
        parts += [((pixels.float() - mean) / spread).to(dtype), labels]
    return Pictures(*parts)


def _spread(split: Split, limit: int, name: str) -> Split:
    """Images sorted by class, or a number of them at equal distances; the protocol draws by their places."""
    import numpy as np

    pixels, labels = split
    if whole(name, limit) > len(labels):
        raise ValueError(f"{name} must be at most {len(labels)}, the images, got {limit}; 0 takes all")
    order = np.argsort(labels, kind="stable")
    kept = order[np.linspace(0, len(order) - 1, limit or len(order)).round().astype(int)]
    return pixels[kept], labels[kept]


def _splits(images: str) -> tuple[Split, Split]:
    """Training and test images, bytes, with labels."""
    import numpy as np

    from lrtheory.data.sources import DataNotAvailable
    from lrtheory.data.whole import cifar10

    check_choice("images", images, ("cifar10", "cifar10-jpeg", "synthetic"))
    if images == "cifar10-jpeg":
        raise DataNotAvailable(_NO_JPEG)
    if images == "synthetic":
        drawn = np.random.default_rng(0)
        pictures = drawn.normal(size=(10, 32, 32, 3))
        return _synthetic(pictures, _SYNTHETIC[0], drawn), _synthetic(pictures, _SYNTHETIC[1], drawn)
    whole_set = cifar10()
    return (
        (whole_set.x_train, whole_set.y_train.astype(np.int64)),
        (whole_set.x_test, whole_set.y_test.astype(np.int64)),
    )


def _synthetic(pictures: NDArray[np.float64], count: int, drawn: np.random.Generator) -> Split:
    """Noisy copies of ten random pictures: no photographs."""
    import numpy as np

    labels = np.arange(count) % len(pictures)
    noisy = 128 + 40 * pictures[labels] + 40 * drawn.normal(size=(count, *pictures.shape[1:]))
    return noisy.clip(0, 255).astype(np.uint8), labels
