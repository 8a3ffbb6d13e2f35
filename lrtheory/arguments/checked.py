"""The door of public functions: every argument is of the kind that its annotation names, or is refused.

`checked` stands before the functions that a face hands out, so that what calls them from inside pays nothing,
and before the constructors of models. Bounds of one function (a rate below one) are checked by itself.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from lrtheory.arguments.kinds import Kind, kind_of
from lrtheory.arguments.shapes import check_shapes

Checked = TypeVar("Checked", bound=Callable[..., Any])

_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_ELSEWHERE = ("lr_matrix", "seed")  # doors of their own say more: check_metric, stream_seed


def checked(target: Checked, *, numbers: bool = True) -> Checked:
    """A function, or a class with its constructor, whose arguments are checked by their annotations.

    Args:
        target: annotated with names that its module has when it runs; what says nothing of use, as ``Any``
            does, is passed over.
        numbers: also numbers, tensors and their shapes; without, what is no landscape or rule is refused, and
            the numbers are left to the function.

    Returns:
        The function wrapped; the class itself.
    """
    if inspect.isclass(target):
        owner: Any = target
        owner.__init__ = _guarded(owner.__init__, numbers)
        return target
    return typing.cast(Checked, _guarded(target, numbers))


def _guarded(function: Callable[..., Any], numbers: bool) -> Callable[..., Any]:
    signature = inspect.signature(function)

    @functools.cache
    def kinds() -> dict[str, Kind]:
        written = {
            name: each.annotation for name, each in signature.parameters.items()
            if each.annotation is not each.empty and each.kind not in _STARRED and name not in _ELSEWHERE
        }
        names = inspect.unwrap(function).__globals__
        hints = typing.get_type_hints(types.SimpleNamespace(__annotations__=written), names)
        found = {name: kind_of(hint) for name, hint in hints.items()}
        return {name: kind for name, kind in found.items() if numbers or kind.is_plain}

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError:  # an argument too many or too few: Python says it best
            return function(*args, **kwargs)
        for name, kind in kinds().items():
            if name in given.arguments:
                given.arguments[name] = kind.checked(name, given.arguments[name])
        if numbers:
            check_shapes(given.arguments)
        try:
            return function(*given.args, **given.kwargs)
        except OverflowError as error:
            shown = ", ".join(f"{name} = {each}" for name, each in given.arguments.items() if _is_shown(each))
            if not shown:
                raise
            raise ValueError(f"{shown} must be smaller: a power is no floating-point number") from error

    return guarded


def _is_shown(value: Any) -> bool:
    return type(value) in (int, float)
