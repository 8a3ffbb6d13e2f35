"""Checks at the doors of functions that many of them share: numbers and names. Shapes are landscape.py's."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# What a parameter of such a name may be in a formula: least value, and whether it must be whole.
_SENSIBLE: Mapping[str, tuple[float, bool]] = {
    "lr": (0.0, False), "time": (0.0, False), "variance": (0.0, False),
    "steps": (0.0, True), "examples": (1.0, True), "epochs": (1.0, True), "batch_size": (1.0, True),
}


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


def sensible(
    *, real: Iterable[str] = (), signed: Iterable[str] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a formula whose rates, times and counts are checked by the names of its parameters.

    ``lr``, ``time`` and ``variance`` must be finite and not negative, ``steps`` whole and not negative,
    ``examples``, ``epochs`` and ``batch_size`` whole and at least 1; where a batch size and examples are
    given together, the one divides the other.

    Args:
        real: names among these that need not be whole, as the steps of a flow.
        signed: names among these that may be negative, as the rate of a formula that is continued.
    """
    free, both = frozenset(real), frozenset(signed)

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        names = [name for name in signature.parameters if name in _SENSIBLE]

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            for name in names:
                least, whole = _SENSIBLE[name]
                least, whole = -math.inf if name in both else least, whole and name not in free
                _check_sensible(name, given.arguments[name], least, whole)
            if "examples" in names and "batch_size" in names:
                _check_divides(given.arguments["batch_size"], given.arguments["examples"])
            return function(*args, **kwargs)

        return checked

    return mark


def _check_sensible(name: str, value: Any, least: float, whole: bool) -> None:
    entries = value.ravel().tolist() if hasattr(value, "ravel") else [value]  # arrays and tensors of rates
    for entry in entries:
        number = not isinstance(entry, bool) and isinstance(entry, Real)
        if not number or not (math.isfinite(entry) and least <= entry) or (whole and entry != int(entry)):
            kind = "a whole number" if whole else "a finite number"
            bound = f" of at least {least:g}" if least > -math.inf else ""
            raise ValueError(f"{name} must be {kind}{bound}, got {entry!r}")


def _check_divides(batch_size: int, examples: int) -> None:
    if examples % batch_size:
        raise ValueError(
            f"batch_size must divide the number of examples, got {batch_size} of {examples}; choose a divisor"
        )
