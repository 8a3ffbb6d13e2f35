"""The assignments by name, and what each consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrtheory.grading import assignments

if TYPE_CHECKING:
    from lrtheory.grading.assignments.checks import Check

NAMES = ("chaos", "diagrams", "learning_order", "lazy_rnn")


@dataclass(frozen=True)
class Assignment:
    """An assignment: its name, which is that of its theory, and its checks in order."""

    name: str
    checks: Sequence[Check]

    @property
    def points(self) -> int:
        """What a right answer to everything gets."""
        return sum(check.points for check in self.checks)


def load(name: str) -> Assignment:
    """The assignment of that name.

    Example:
        >>> load("chaos").name
        'chaos'

    Raises:
        ValueError: there is none.
    """
    if name not in NAMES:
        raise ValueError(f"no assignment is called {name!r}: take one of {', '.join(NAMES)}")
    return Assignment(name, tuple(getattr(assignments, name).CHECKS))
