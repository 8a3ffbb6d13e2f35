"""What public functions refuse at the door: numbers out of range, unknown names. Shapes are landscape.py's.

One checker a kind. Each returns what it checked, and refuses NaN, infinities and booleans by name.
"""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, NoReturn, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# What a parameter of such a name may be in a formula: least value, and whether it must be whole.
_SENSIBLE: Mapping[str, tuple[float, bool]] = {
    "lr": (0.0, False), "time": (0.0, False), "variance": (0.0, False),
    "steps": (0.0, True), "examples": (1.0, True), "epochs": (1.0, True), "batch_size": (1.0, True),
}


def finite(name: str, value: Any, *, remedy: str = "") -> float:
    """One finite number, of any sign.

    Args:
        name: what the caller calls it; the message begins with it.
        value: a Python or numpy number, or an array or tensor without axes.
        remedy: what to do instead; the message ends with it.

    Raises:
        ValueError: it is no number, or not finite.
    """
    number = _number(value)
    if not math.isfinite(number):
        _refuse(name, "be one finite number", value, remedy)
    return number


def positive(name: str, value: Any, *, remedy: str = "") -> float:
    """One finite number above zero; arguments and errors as of `finite`."""
    number = _number(value)
    if not 0 < number < math.inf:
        _refuse(name, "be positive and finite", value, remedy)
    return number


def within(name: str, value: Any, low: float, high: float, *, remedy: str = "") -> float:
    """One number strictly between two ends; arguments and errors as of `finite`."""
    number = _number(value)
    if not (low < number < high and math.isfinite(number)):
        _refuse(name, f"lie in ({low:g}, {high:g})", value, remedy)
    return number


def between(name: str, value: Any, low: float, high: float, *, remedy: str = "") -> float:
    """One number between two ends or at one of them; arguments and errors as of `finite`."""
    number = _number(value)
    if not (low <= number <= high and math.isfinite(number)):
        _refuse(name, f"lie in [{low:g}, {high:g}]", value, remedy)
    return number


def whole(name: str, value: Any, *, least: int = 0, remedy: str = "") -> int:
    """One whole number of at least ``least``; 3.0 is none, and neither is True.

    Args:
        name: what the caller calls it.
        value: a Python or numpy integer.
        least: smallest one allowed.
        remedy: what to do instead.

    Raises:
        ValueError: it is no whole number, or too small.
    """
    number = _index(value)
    if number is None:
        _refuse(name, f"be a whole number of at least {least}", value, remedy)
    if number < least:
        _refuse(name, f"be at least {least}", value, remedy)
    return number


def interval(name: str, pair: Any, *, remedy: str = "") -> tuple[float, float]:
    """Two finite numbers, the smaller one first.

    Args:
        name: what the caller calls it.
        pair: the two ends.
        remedy: what to do instead.

    Raises:
        ValueError: there are not two numbers, or they are not finite and increasing.
    """
    ends = [_number(end) for end in pair] if hasattr(pair, "__iter__") and not isinstance(pair, str) else []
    if not (len(ends) == 2 and -math.inf < ends[0] < ends[1] < math.inf):
        _refuse(name, "be an interval (low, high) of finite numbers", pair, remedy)
    return ends[0], ends[1]


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not positive and finite; NaN is neither.

    Args:
        numbers: by the names that the caller's reader knows.

    Raises:
        ValueError: one of them is not; names it.
    """
    for name, number in numbers.items():
        positive(name, number)


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
    *, real: Iterable[str] = (), signed: Iterable[str] = (), divides: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a formula whose rates, times and counts are checked by the names of its parameters.

    ``lr``, ``time`` and ``variance`` must be finite and not negative, ``steps`` whole and not negative,
    ``examples``, ``epochs`` and ``batch_size`` whole and at least 1; where a batch size and examples are
    given together, the one divides the other.

    Args:
        real: names among these that need not be whole, as the steps of a flow.
        signed: names among these that may be negative, as the rate of a formula that is continued.
        divides: whether a batch size must divide the examples, as it must in an epoch of equal batches.
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
                _check_divides(given.arguments["batch_size"], given.arguments["examples"], divides)
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


def _check_divides(batch_size: int, examples: int, divides: bool) -> None:
    if batch_size > examples:
        raise ValueError(f"batch_size must lie between 1 and the {examples} examples, got {batch_size}")
    if divides and examples % batch_size:
        raise ValueError(
            f"batch_size must divide the number of examples, got {batch_size} of {examples}; choose a divisor"
        )


def _number(value: Any) -> float:
    """The value as a float; NaN, which every door refuses, where it is no single real number."""
    if not _single(value):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _index(value: Any) -> int | None:
    try:
        return int(value.__index__()) if _single(value) else None
    except (AttributeError, TypeError):
        return None


def _single(value: Any) -> bool:
    """Whether a value may be one real number: no flag, no text, nothing complex, nothing with axes."""
    if isinstance(value, bool | str | bytes | complex) or getattr(value, "ndim", None):
        return False
    return not re.match(r"(torch\.)?(bool|complex)", str(getattr(value, "dtype", "")))


def _refuse(name: str, wanted: str, value: Any, remedy: str) -> NoReturn:
    ending = f"; {remedy}" if remedy else ""
    shown = repr(value) if isinstance(value, str) else str(value)
    raise ValueError(f"{name} must {wanted}, got {shown}{ending}")
