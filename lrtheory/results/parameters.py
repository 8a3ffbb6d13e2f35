"""Parameters of an experiment: read from its signature, checked, brought to one form; runs nothing."""

from __future__ import annotations

import inspect
import json
import math
import shlex
from collections.abc import Callable, Mapping


def default_parameters(function: Callable[..., object]) -> dict[str, object]:
    """Defaults of a function whose parameters are all keyword-only with JSON values.

    Raises:
        ValueError: a parameter that can be given by position, has no default, or no JSON default.
    """
    defaults = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is parameter.empty:
            raise ValueError(
                f"parameter {name!r} of experiment {function.__name__} must be keyword-only with a default; "
                f"write def {function.__name__}(*, {name}=...)"
            )
        defaults[name] = normal(parameter.default, name)
    return defaults


def filled(defaults: Mapping[str, object], given: Mapping[str, object], owner: str) -> dict[str, object]:
    """All parameters: the defaults, overridden by what is given and of the same type.

    Raises:
        ValueError: unknown name or wrong type; the message lists the known ones.
    """
    known = ", ".join(f"{name}={_shown(value)}" for name, value in defaults.items())
    for name in given:
        if name not in defaults:
            raise ValueError(f"{owner} has no parameter {name!r}; it has {known}")
    out = {}
    for name, default in defaults.items():
        try:
            out[name] = _like(default, normal(given[name], name)) if name in given else default
        except TypeError:
            raise ValueError(
                f"parameter {name!r} of {owner} must be of the type of {_shown(default)}, "
                f"got {given[name]!r}; its parameters are {known}"
            ) from None
    return out


def normal(value: object, name: str) -> object:
    """A JSON value with sequences as tuples and numpy scalars as Python's.

    Raises:
        ValueError: not a JSON value; NaN and infinities are none.
    """
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()  # type: ignore[attr-defined]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        return tuple(normal(item, name) for item in value)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: normal(item, name) for key, item in value.items()}
    raise ValueError(
        f"parameter {name!r} must be a JSON value (finite number, text, true, false, null, list of such), "
        f"got {value!r}"
    )


def as_tuples(value: object) -> object:
    """The same JSON value with every list turned into a tuple."""
    if isinstance(value, list | tuple):
        return tuple(as_tuples(item) for item in value)
    return {name: as_tuples(item) for name, item in value.items()} if isinstance(value, dict) else value


def command_words(defaults: Mapping[str, object], parameters: Mapping[str, object]) -> str:
    """The ``key=value`` words of a command line for what differs from the defaults."""
    words = [
        f"{name}={_shown(value)}" for name, value in parameters.items()
        if name not in defaults or defaults[name] != value
    ]
    return " ".join(map(shlex.quote, words))


def parsed_word(word: str) -> tuple[str, object]:
    """Name and value of a ``key=value`` word; a value that is not JSON is text.

    Raises:
        ValueError: no equals sign.
    """
    name, equals, text = word.partition("=")
    if not equals or not name:
        raise ValueError(f"parameters are written key=value, got {word!r}; for example lr=0.1")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _like(default: object, value: object) -> object:
    """Value brought to the type of a default: integers where numbers are meant become floats.

    Raises:
        TypeError: another type.
    """
    if default is None:
        return value
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, tuple):
        return tuple(_like(default[0], item) for item in value) if default else value
    if type(value) is not type(default):
        raise TypeError
    return value


def _shown(value: object) -> str:
    """A value as it is typed on the command line."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
