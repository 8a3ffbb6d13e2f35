"""Checks at the doors of functions that many of them share: numbers and names. Shapes are landscape.py's."""

from __future__ import annotations

import math
from collections.abc import Iterable


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not positive and finite; NaN is neither.

    Args:
        numbers: by the names that the caller's reader knows.

    Raises:
        ValueError: one of them is not; names it.
    """
    for name, number in numbers.items():
        if not 0 < number < math.inf:
            raise ValueError(f"{name} must be positive and finite, got {number}")


def check_choice(name: str, value: object, known: Iterable[str]) -> None:
    """Refuse a value that is none of those known.

    Args:
        name: of the parameter.
        value: what it was given.
        known: what it may be.

    Raises:
        ValueError: it is another; lists them.
    """
    choices = tuple(known)
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}")
