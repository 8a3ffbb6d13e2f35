"""Words of the command line for grids: ``lr=0.01:0.5:log20 seed=0..9 label=a,b``; they run nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable

from lrtheory.sweeps.grid import MOST_POINTS

FORMS = "a:b:logN, a:b:linN, i..j or v1,v2,v3"
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_SPACED = re.compile(r"([^:]+):([^:]+):([a-z]*)(\d*)")


def grid_from_words(words: Iterable[str]) -> dict[str, list[object]]:
    """Names and values of a grid.

    Example:
        >>> grid_from_words(["lr=0.01:1:log3", "seed=0..2", "kind=a,b", "sizes=[2,3],[4]"])
        {'lr': [0.01, 0.1, 1.0], 'seed': [0, 1, 2], 'kind': ['a', 'b'], 'sizes': [[2, 3], [4]]}

    Args:
        words: ``name=values`` each; ``a:b:logN`` and ``a:b:linN`` are N numbers from a to b, evenly spaced in
            the logarithm or not; ``i..j`` integers, both ends included; else values as in JSON, with commas
            between.

    Raises:
        ValueError: a word of another form; names it, its bounds and the remedy.
    """
    grid: dict[str, list[object]] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not (equals and name and text):
            raise ValueError(f"a grid is written name=values with values {FORMS}, got {word!r}")
        if name in grid:
            raise ValueError(f"a grid must name each parameter once, got {name!r} twice")
        grid[name] = _values(text, word)
    return grid


def _values(text: str, word: str) -> list[object]:
    if found := _RANGE.fullmatch(text):
        return _integers(int(found[1]), int(found[2]), word)
    if found := _SPACED.fullmatch(text):
        return _spaced(found[1], found[2], found[3], int(found[4] or 0), word)
    try:
        return list(json.loads(f"[{text}]"))
    except ValueError:
        return [_value(part) for part in text.split(",")]


def _integers(first: int, last: int, word: str) -> list[object]:
    if last < first:
        raise ValueError(f"{word!r} is empty: {last} is below {first}; write the smaller number first")
    if last - first >= MOST_POINTS:
        raise ValueError(f"{word!r} is {last - first + 1} values; a grid has at most {MOST_POINTS} points")
    return list(range(first, last + 1))


def _spaced(low: str, high: str, kind: str, number: int, word: str) -> list[object]:
    try:
        first, last = float(low), float(high)
    except ValueError:
        first = last = math.nan
    if not math.isfinite(first + last):
        raise ValueError(f"{word!r} must begin with two finite numbers, as in lr=0.01:0.5:log20")
    if kind not in ("lin", "log") or not 1 <= number <= MOST_POINTS:
        raise ValueError(
            f"{word!r} must end with linN or logN, N from 1 to {MOST_POINTS}, as in lr=0.01:0.5:log20"
        )
    if kind == "log" and (first <= 0 or last <= 0):
        raise ValueError(f"{word!r} takes logarithms, so both ends must be positive; or write lin{number}")
    if number == 1:
        return [first]
    middle = (_between(first, last, place / (number - 1), kind) for place in range(1, number - 1))
    return [first, *middle, last]


def _between(first: float, last: float, part: float, kind: str) -> float:
    """A number between two, rounded to 15 digits so that 0.01:1:log3 passes through 0.1."""
    if kind == "lin":
        found = first + part * (last - first)
    else:
        found = math.exp(math.log(first) + part * (math.log(last) - math.log(first)))
    return float(f"{found:.14g}")


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
