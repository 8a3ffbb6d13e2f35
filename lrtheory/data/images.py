"""Labeled images with a training and a test part, and the names of their classes; loads nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrtheory.data.sources import Info

FASHION_CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)
CIFAR_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)


@dataclass(frozen=True)
class Images:
    """A labeled image set; gray levels from 0 to 255.

    Attributes:
        x_train: (n, height, width), or (n, height, width, 3) in color, uint8.
        y_train: (n,), class of each, uint8.
        x_test: as x_train.
        y_test: as y_train.
        train_index: (n,), place of each training image in the whole set.
        test_index: the same for the test images.
        classes: names of the classes.
        info: source and licence.
    """

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    train_index: NDArray[np.int64]
    test_index: NDArray[np.int64]
    classes: tuple[str, ...]
    info: Info
