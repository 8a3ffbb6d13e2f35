"""The two kinds of control an explorer has, a slider and a choice; nothing here draws or computes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Value = str | int | float

_MATCH = 1e-9  # relative distance under which a number is taken for the grid's own value
_DIGITS = range(3, 16)  # significant digits tried, fewest first, until the texts of the values differ


@dataclass(frozen=True)
class Slider:
    """A number the reader turns: explicit values on a page, any value between them in a live kernel.

    Evenly spaced values (``np.linspace``) become a linear slider, values with a constant ratio
    (``np.geomspace``) a logarithmic one, whole numbers keep to whole numbers, and any other list
    of values is kept to as it is.

    Args:
        values: at least two finite numbers, strictly increasing.
        label: what is turned, in words ("learning rate").
        start: the value shown first and on paper; one of ``values``; the first by default.
        unit: written after the value, when it has one.
        format: Python format of the value (".2f"); by default as few digits as tell the values apart.

    Raises:
        ValueError: values are too few, not finite, not increasing; start is not among them; the
            label is empty; the format shows two values alike.
    """

    values: Iterable[float]
    label: str
    start: float | None = None
    unit: str | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        """Check the values and keep them as a tuple of plain numbers."""
        grid = tuple(_plain(value) for value in self.values)
        _check_grid(grid)
        object.__setattr__(self, "values", grid)
        _check_label(self.label)
        object.__setattr__(self, "format", self._checked_format())
        start = grid[0] if self.start is None else self.nearest(self.start)
        if start not in grid:
            shown = ", ".join(map(self.text, grid))
            raise ValueError(f"start must be one of the values {shown}; got {self.start}")
        object.__setattr__(self, "start", start)

    @property
    def grid(self) -> tuple[float, ...]:
        """The values, in increasing order."""
        return tuple(self.values)

    @property
    def start_index(self) -> int:
        """Place of the start among the values."""
        return self.grid.index(self.start)

    @property
    def whole(self) -> bool:
        """Whether every value is a whole number (an ``int``, not a float that happens to be one)."""
        return all(isinstance(value, int) for value in self.grid)

    @property
    def spacing(self) -> Literal["linear", "log", "listed"]:
        """How the values are spaced: evenly, by a constant ratio, or otherwise."""
        grid = self.grid
        if _constant([after - before for before, after in pairwise(grid)]):
            return "linear"
        if grid[0] > 0 and not self.whole and _constant([after / before for before, after in pairwise(grid)]):
            return "log"
        return "listed"

    def text(self, value: Value) -> str:
        """The value as the reader sees it, with its unit."""
        number = _formatted(float(value) if not self.whole else value, self.format or "")
        return f"{number} {self.unit}" if self.unit else number

    def nearest(self, value: Value) -> float:
        """The grid's own value where ``value`` is equal to it up to rounding; else ``value``."""
        number = _plain(value)
        scale = self.grid[-1] - self.grid[0]
        for own in self.grid:
            if math.isclose(number, own, rel_tol=_MATCH, abs_tol=_MATCH * min(scale, abs(own) or scale)):
                return own
        return number

    def admitted(self, name: str, value: Value) -> float:
        """The value to compute with.

        Raises:
            ValueError: value is not a number within the range of the slider.
        """
        if isinstance(value, str):
            raise ValueError(f"{name} must be a number, got {value!r}")
        number = self.nearest(value)
        if self.whole and not isinstance(number, int):
            raise ValueError(f"{name} must be a whole number, got {number:g}")
        if not self.grid[0] <= number <= self.grid[-1]:
            raise ValueError(f"{name} must be between {self.grid[0]:g} and {self.grid[-1]:g}, got {number:g}")
        return number

    def _checked_format(self) -> str:
        if self.format is not None:
            _check_distinct(self.grid, self.format)
            return self.format
        if self.whole:
            return "d"
        for digits in _DIGITS:
            texts = {_formatted(value, f".{digits}g") for value in self.grid}
            if len(texts) == len(self.grid):
                break
        return f".{digits}g"


@dataclass(frozen=True)
class Choice:
    """One of a few named options.

    Args:
        options: at least two, all different; ``compute`` receives the option itself.
        label: what is chosen, in words ("rule").
        start: the option shown first and on paper; the first by default.

    Raises:
        ValueError: options are too few or repeat; start is not among them; the label is empty.
    """

    options: Sequence[Value]
    label: str
    start: Value | None = None

    def __post_init__(self) -> None:
        """Check the options and keep them as a tuple."""
        grid = tuple(self.options)
        object.__setattr__(self, "options", grid)
        _check_label(self.label)
        if len(grid) < 2:
            raise ValueError(f"options must hold at least two, got {len(grid)}; leave the control out")
        if len({str(option) for option in grid}) < len(grid):
            raise ValueError(f"options must differ, got {', '.join(map(str, grid))}; remove the repeat")
        start = grid[0] if self.start is None else self.admitted("start", self.start)
        object.__setattr__(self, "start", start)

    @property
    def grid(self) -> tuple[Value, ...]:
        """The options, in the order given."""
        return tuple(self.options)

    @property
    def start_index(self) -> int:
        """Place of the start among the options."""
        return self.grid.index(self.start)

    def text(self, value: Value) -> str:
        """The option as the reader sees it."""
        return str(value)

    def admitted(self, name: str, value: Value) -> Value:
        """The option to compute with.

        Raises:
            ValueError: value is not one of the options.
        """
        if value not in self.grid:
            raise ValueError(f"{name} must be one of {', '.join(map(str, self.grid))}; got {value}")
        return self.grid[self.grid.index(value)]


Control = Slider | Choice


def _plain(value: object) -> float:
    """A Python number for a number of any library (NumPy's and PyTorch's scalars have ``item``)."""
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(f"values must be numbers, got {value!r}; for names use Choice")
    return number


def _check_grid(grid: tuple[float, ...]) -> None:
    if len(grid) < 2:
        raise ValueError(f"values must hold at least two numbers, got {len(grid)}; try np.linspace")
    for value in grid:
        if not math.isfinite(value):
            raise ValueError(f"values must be finite, got {value}")
    for before, after in pairwise(grid):
        if after == before:
            raise ValueError(f"values must differ, got {after} twice; remove the repeat")
        if after < before:
            raise ValueError(f"values must increase, got {after} after {before}; sort them")


def _check_label(label: str) -> None:
    if not label.strip():
        raise ValueError(f"label must say in words what the control turns, got {label!r}")


def _check_distinct(grid: tuple[float, ...], form: str) -> None:
    for before, after in pairwise(grid):
        shown = _formatted(before, form)
        if shown == _formatted(after, form):
            raise ValueError(f"format {form!r} shows {before} and {after} both as {shown!r}; ask for more")


def _constant(steps: list[float]) -> bool:
    return all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)


def _formatted(value: Value, form: str) -> str:
    # Python writes 1e-05; readers, and screen readers, do better with 1e-5.
    return re.sub(r"e([+-])0+(?=\d)", r"e\1", format(value, form)).replace("e+", "e")
