"""The runs on photographs that a GPU made, and what can be read off them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from lrtheory.doors import check_choice
from lrtheory.learning_order.experiments.photographs import photographs
from lrtheory.results import Result, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ADOPTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "patches": {"images": "cifar10-jpeg", "device": "cuda"},
    "plain": {"images": "cifar10-jpeg", "patches": False, "seeds": (0,), "device": "cuda"},
}
_MODELS = ("large", "small", "act_noise")
TRAIN_IMAGES: Final = 50_000
SEEN: Final = 390 * 128  # images that an epoch of whole batches shows


def gpu_run(kind: str) -> Result:
    """The runs with patches (two seeds) or on plain images (one), from the store.

    Args:
        kind: "patches" or "plain".

    Raises:
        ValueError: another kind.
        MissingResult: the store does not hold it.
    """
    check_choice("kind", kind, tuple(ADOPTED))
    return Store().get(photographs, **ADOPTED[kind])


def images_seen(run: Result, group: str) -> NDArray[np.float64]:
    """How many images of a group each epoch showed, read off the accuracies of the models.

    An accuracy is a ratio of whole numbers. All models of a seed see the same images, so the denominator is
    common: three accuracies to seven digits leave one candidate.

    Args:
        run: with patches.
        group: "clean" or "patch_only".

    Returns:
        Shape (seeds, epochs); NaN where accuracies of one leave more than one candidate.
    """
    import numpy as np

    check_choice("group", group, ("clean", "patch_only"))
    share = {"clean": 0.20, "patch_only": 0.16}[group]
    counts = np.arange(int(0.9 * share * SEEN), int(1.1 * share * SEEN))
    accuracies = np.stack([run[f"{model}_train_{group}_acc"] for model in _MODELS])[..., None]
    nearest = (np.rint(accuracies.astype(float) * counts) / counts).astype(np.float32)
    fits = (np.abs(nearest - accuracies) <= np.spacing(accuracies)).all(0)
    alone = fits.sum(-1) == 1
    return np.where(alone, counts[fits.argmax(-1)], np.nan)
