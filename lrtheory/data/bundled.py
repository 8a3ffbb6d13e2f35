"""Small real data sets that come with the package or with scikit-learn, and always work offline."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtheory.data.images import FASHION_CLASSES, Images
from lrtheory.data.sources import Info, bundled, info

_PER_COEFFICIENT = 1e-6  # the stored whole numbers are millionths


@dataclass(frozen=True)
class JapaneseVowels:
    """Utterances of two vowels by nine speakers.

    Attributes:
        train: 270 arrays (frames, 12), 7 to 26 frames each: cepstrum coefficients.
        train_speaker: (270,), speaker from 0 to 8.
        test: 370 arrays (frames, 12), 7 to 29 frames each.
        test_speaker: (370,), speaker from 0 to 8.
        info: source and licence.
    """

    train: tuple[NDArray[np.float64], ...]
    train_speaker: NDArray[np.int64]
    test: tuple[NDArray[np.float64], ...]
    test_speaker: NDArray[np.int64]
    info: Info


@dataclass(frozen=True)
class PenDigits:
    """Handwritten digits as strokes of a pen.

    Attributes:
        x: (10992, 8, 2), eight points of each stroke in order, coordinates from 0 to 100, uint8.
        y: (10992,), the digit. Who wrote it is not known, so no split keeps writers apart.
        info: source and licence.
    """

    x: NDArray[np.uint8]
    y: NDArray[np.uint8]
    info: Info


@dataclass(frozen=True)
class Digits:
    """Small images of handwritten digits.

    Attributes:
        x: (1797, 8, 8), gray levels from 0 to 16, float64.
        y: (1797,), the digit.
        info: source and licence.
    """

    x: NDArray[np.float64]
    y: NDArray[np.int64]
    info: Info


def japanese_vowels() -> JapaneseVowels:
    """Load the Japanese vowels; bundled, so it always works.

    Example:
        >>> vowels = japanese_vowels()
        >>> len(vowels.train), len(vowels.test), vowels.train[0].shape[1]
        (270, 370, 12)
    """
    stored = _npz("japanese_vowels")
    parts = {
        part: _utterances(stored[f"{part}_flat"] * _PER_COEFFICIENT, stored[f"{part}_len"])
        for part in ("train", "test")
    }
    return JapaneseVowels(
        parts["train"], stored["train_speaker"].astype(np.int64), parts["test"],
        stored["test_speaker"].astype(np.int64), info("japanese_vowels"),
    )


def unit_frames(utterances: Sequence[NDArray[np.float64]], frames: int = 7) -> NDArray[np.float64]:
    """First frames of each utterance, each divided by its norm: sequences of one length for a network.

    Example:
        >>> frames = unit_frames(japanese_vowels().train)
        >>> frames.shape, round(float(np.linalg.norm(frames[0, 0])), 6)
        ((270, 7, 12), 1.0)

    Args:
        utterances: arrays (frames, 12).
        frames: how many frames are kept; 7 is the length of the shortest utterance.

    Returns:
        Sequences, shape (utterances, frames, 12).

    Raises:
        ValueError: an utterance is shorter.
    """
    shortest = min(len(utterance) for utterance in utterances)
    if not 0 < frames <= shortest:
        raise ValueError(f"frames must be between 1 and {shortest}, the shortest utterance, got {frames}")
    cut = np.stack([utterance[:frames] for utterance in utterances])
    unit: NDArray[np.float64] = cut / np.linalg.norm(cut, axis=2, keepdims=True)
    return unit


def fashion_mnist_subset() -> Images:
    """Load 1000 training and 200 test images of Fashion-MNIST, the first of each class; bundled.

    Example:
        >>> images = fashion_mnist_subset()
        >>> images.x_train.shape, np.bincount(images.y_test).tolist()  # as many of each class
        ((1000, 28, 28), [20, 20, 20, 20, 20, 20, 20, 20, 20, 20])
    """
    stored = _npz("fashion_mnist_subset")
    return Images(
        stored["x_train"], stored["y_train"], stored["x_test"], stored["y_test"],
        stored["train_index"].astype(np.int64), stored["test_index"].astype(np.int64), FASHION_CLASSES,
        info("fashion_mnist_subset"),
    )


def pendigits() -> PenDigits:
    """Load the pen strokes; bundled, so it always works.

    Example:
        >>> strokes = pendigits()
        >>> strokes.x.shape, int(strokes.x.min()), int(strokes.x.max())
        ((10992, 8, 2), 0, 100)
    """
    stored = _npz("pendigits")
    return PenDigits(stored["x"], stored["y"], info("pendigits"))


def digits() -> Digits:
    """Load the 8 x 8 digits that scikit-learn ships.

    Example:
        >>> found = digits()
        >>> found.x.shape, float(found.x.max()), int(found.y[0])
        ((1797, 8, 8), 16.0, 0)
    """
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    loaded = load_digits()
    return Digits(loaded.images, loaded.target.astype(np.int64), info("digits"))


def _npz(name: str) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(bundled(name)), allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def _utterances(flat: NDArray[np.float64], lengths: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
    # uint8 lengths would wrap around in the running sum
    return tuple(np.split(flat, np.cumsum(lengths.astype(np.int64))[:-1]))
