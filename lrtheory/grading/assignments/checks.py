"""A check of an answer: it draws its inputs, asks the answer's functions for values and compares these.

The same check marks an answer in its own process (`notebook.public`) and through the pipe of a
sandbox (`grading.judge`): all that it has of the answer is a function `ask`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Test = Callable[["Ask", np.random.Generator], None]
Array = npt.NDArray[np.float64]


class Wrong(Exception):
    """An answer is not what was asked for; the message tells its author what was expected and what came."""


class Ask(Protocol):
    """Calls a function of the answer by name and hands back plain data.

    Arguments and values are None, bool, int, float, str, lists of these, dictionaries with such values under
    strings, and NumPy arrays of booleans or numbers (tensors arrive as arrays, tuples as lists). Whatever an
    answer returns is of these types exactly: no object of its own reaches a check.

    Raises:
        Wrong: there is no such function, it raised, took too long, or returned something else.
    """

    def __call__(self, name: str, *args: object) -> object:
        """The value of function `name` of the answer at these arguments."""
        ...


@dataclass(frozen=True)
class Check:
    """One thing that is checked of an answer, for all of its points or none.

    Attributes:
        question: question of the assignment that it belongs to, "q1", ...
        name: a few words with hyphens, unique in the assignment, for the columns of the marks.
        points: what it is worth, >= 1.
        test: draws inputs from its generator, asks, compares; raises Wrong.
        public: the student's notebook runs it too. No constant answer may pass it.
        seconds: time for all of its calls together, on one slow core.
    """

    question: str
    name: str
    points: int
    test: Test
    public: bool = False
    seconds: float = 20.0

    def __post_init__(self) -> None:
        if self.points < 1 or self.seconds <= 0:
            raise ValueError(f"{self.name}: points and seconds must be positive")


class Checks(list[Check]):
    """The checks of an assignment in order; a function becomes one by decoration."""

    def check(
        self, question: str, points: int, *, public: bool = False, seconds: float = 20.0
    ) -> Callable[[Test], Test]:
        """Decorator: the function is the test of a check of its name, with hyphens."""

        def add(test: Test) -> Test:
            name = test.__name__.strip("_").replace("_", "-")
            self.append(Check(question, name, points, test, public, seconds))
            return test

        return add


def number(value: object, what: str = "the answer") -> float:
    """The value as a finite float.

    Raises:
        Wrong: it is no number, or not finite.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    try:
        found = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
    except OverflowError:
        found = np.nan
    if not np.isfinite(found):
        raise Wrong(f"{what}: expected a finite number, got {_shown(value)}")
    return found


def array(value: object, shape: Sequence[int] | None = None, what: str = "the answer") -> Array:
    """The value as an array of finite floats, of that shape where one is given.

    Raises:
        Wrong: it is not such an array.
    """
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        raw = np.asarray(None)
    if raw.dtype.kind not in "biuf":
        raise Wrong(f"{what}: expected an array of numbers, got {_shown(value)}")
    found = raw.astype(np.float64)
    if shape is not None and found.shape != tuple(shape):
        raise Wrong(f"{what}: expected shape {tuple(shape)}, got {found.shape}")
    if not np.isfinite(found).all():
        bad = np.count_nonzero(~np.isfinite(found))
        raise Wrong(f"{what}: expected finite numbers, got {bad} that are not")
    return found


def close(
    value: object, expected: npt.ArrayLike, *, rtol: float = 1e-6, atol: float = 0.0, what: str = "the answer"
) -> None:
    """Refuse a value that is not the expected one, of the same shape, within rtol |expected| + atol.

    Raises:
        Wrong: with the largest difference.
    """
    right = np.asarray(expected, dtype=np.float64)
    found = array(number(value, what), (), what) if right.ndim == 0 else array(value, right.shape, what)
    off = np.abs(found - right)
    if not (off <= rtol * np.abs(right) + atol).all():
        worst = np.unravel_index(int(np.argmax(off - rtol * np.abs(right))), right.shape)
        where = f" at {tuple(map(int, worst))}" if right.ndim else ""
        told, came = f"{right[worst]:.6g}", f"{found[worst]:.6g}"
        if told == came:  # as from single precision
            told, came = f"{right[worst]:.15g}", f"{found[worst]:.15g}"
        raise Wrong(f"{what}{where}: expected {told}, got {came}")


def all_six(value: object, right: Sequence[bool], what: str) -> None:
    """Refuse what is not six of True and False, all of them right; which one is wrong is not told.

    Raises:
        Wrong: with how many were right.
    """
    if not isinstance(value, list | np.ndarray) or len(value) != 6:
        raise Wrong(f"{what}: expected a list of six, got {value!r:.60}")
    if not all(isinstance(one, bool | np.bool_) for one in value):
        raise Wrong(f"{what}: expected six of True and False, got {value!r:.60}")
    hits = sum(bool(one) == two for one, two in zip(value, right, strict=True))
    if hits < 6:
        raise Wrong(f"{what}: expected all six right, got {hits}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
