"""Grids: named values, every combination of which is a point; they run nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lrtheory.results import Experiment

MOST_POINTS = 10_000_000  # what is known of each point has to fit in memory
_SHOWN = 3  # bad values named in a message


@dataclass(frozen=True)
class Grid:
    """Every combination of some named values; the last name changes fastest.

    Attributes:
        names: of the parameters, in order.
        values: what each of them takes.
    """

    names: tuple[str, ...]
    values: tuple[tuple[object, ...], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(map(len, self.values))

    @property
    def size(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    def point(self, index: int) -> dict[str, object]:
        """Values at a point, which is numbered row by row from 0."""
        found = []
        for values in reversed(self.values):
            index, place = divmod(index, len(values))
            found.append(values[place])
        return dict(zip(self.names, reversed(found), strict=True))


def points_text(count: int) -> str:
    """A number of points in words: "1 point", "12 points"."""
    return f"{count} point{'' if count == 1 else 's'}"


def checked_grid(experiment: Experiment, given: Mapping[str, Iterable[object]]) -> Grid:
    """A grid whose every value the experiment takes, in the form in which it is stored.

    Parameters are checked one by one, so a grid of good values has good points only.

    Args:
        experiment: what is to run.
        given: names of parameters and the values of each.

    Raises:
        ValueError: no names, no values, a value twice, too many points, or values that the experiment does
            not take; the message counts these and shows the first.
    """
    if not given:
        raise ValueError("grid must name a parameter, got {}; for example {'lr': [0.1, 0.2]}")
    axes: dict[str, tuple[object, ...]] = {}
    wrong: list[tuple[object, str]] = []
    for name, values in given.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise ValueError(f"grid must give a list of values of {name!r}, got {values!r}")
        axes[name] = _checked_axis(experiment, name, values, wrong)
    if wrong:
        values = [value for value, _ in wrong]
        shown = ", ".join(map(repr, values[:_SHOWN])) + (", ..." if len(values) > _SHOWN else "")
        more = f"; {len(wrong)} values are refused: {shown}" if len(wrong) > 1 else ""
        raise ValueError(wrong[0][1] + more)
    grid = Grid(tuple(axes), tuple(axes.values()))
    if grid.size > MOST_POINTS:
        raise ValueError(
            f"a grid must have at most {MOST_POINTS} points, got {grid.size}; split it into several"
        )
    return grid


def _checked_axis(
    experiment: Experiment, name: str, values: Iterable[object],
    wrong: list[tuple[object, str]],
) -> tuple[object, ...]:
    """Values of one parameter in their stored form; what is wrong with them is added to a list."""
    found: list[object] = []
    for value in values:
        try:
            found.append(experiment.parameters(**{name: value})[name])
        except ValueError as error:
            wrong.append((value, str(error)))
    if not found and not wrong:
        raise ValueError(f"grid must give at least one value of {name!r}, got none")
    seen: set[str] = set()
    for value in found:
        text = json.dumps(value, sort_keys=True)
        if text in seen:
            raise ValueError(f"grid must give each value once, got {value!r} of {name!r} twice")
        seen.add(text)
    return tuple(found)
