"""Kinds of arguments: what an annotation asks for, and the words in which another value is refused."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Any, NoReturn

from lrtheory.arguments.remedies import described, remedy_for
from lrtheory.doors import check_choice, finite, whole

_UNCHECKED = "anything"
_LARGEST = 2**62  # whole numbers from there on are none that a loop or a tensor can count
# Least values that a name stands for in every function; other whole numbers begin at 0.
_LEAST = {
    "axis": -64, "columns": 1, "dim": 1, "epochs": 1, "every": 1, "examples": 1, "images": 1, "iterations": 1,
    "last": 1, "levels": 1, "batch_size": 1, "steps": 0, "time": 0, "turns": 1, "variance": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What an annotation asks for.

    Attributes:
        words: "a tensor", "a schedule"; what the message says is wanted.
        wanted: name of the type, by which a remedy is found.
        fits: whether a value is one.
        strict: refuses a value that fits, for what it holds (NaN, say), in words of its own.
        made: the value as it is passed on.
    """

    words: str
    wanted: str
    fits: Callable[[Any], bool]
    strict: Callable[[str, Any], object] | None = None
    made: Callable[[Any], Any] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether a value that fits is taken as it is."""
        return self.strict is None and self.made is None

    def checked(self, name: str, value: Any) -> Any:
        """The value; refuse one of another kind.

        Raises:
            ValueError: names the argument, what is wanted, what came, and what to pass instead.
        """
        if not self.fits(value):
            self._refuse(name, value)
        if self.strict is not None:
            self.strict(name, value)
        return value if self.made is None else self.made(value)

    def _refuse(self, name: str, value: Any) -> NoReturn:
        remedy = remedy_for(self.wanted, value)
        raise ValueError(
            f"{name} must be {self.words}, got {described(value)}" + (f"; {remedy}" if remedy else "")
        )


def kind_of(hint: Any) -> Kind:
    """Kind that a resolved annotation asks for; one that fits all where nothing useful can be asked."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _either([_one_of_several(each) for each in inner])
    if origin is typing.Literal:
        return _choice(inner)
    if origin in (tuple, list, Sequence, Iterable):
        return _several(origin, inner)
    if origin is not None:
        hint = origin
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is Callable:
        return Kind("a function", "Callable", _is_function)
    if hint is Mapping:
        return Kind("a mapping from names", "Mapping", lambda value: isinstance(value, Mapping))
    if not inspect.isclass(hint) or hint in (Any, object):
        return Kind("", _UNCHECKED, lambda value: True)
    return _of_class(hint)


def _of_class(wanted: type) -> Kind:
    name = wanted.__name__
    if wanted.__module__ == "torch" and name == "Tensor":
        return Kind("a tensor", name, lambda value: isinstance(value, wanted), _check_tensor)
    if getattr(wanted, "_is_protocol", False):
        members = [each for each in vars(wanted) if not each.startswith("_")]
        words = _WORDS.get(name, f"a {name} (with {', '.join(members)})")
        return Kind(words, name, lambda value: _has(value, members))
    return Kind(_WORDS.get(name, _article(name)), name, lambda value: isinstance(value, wanted))


def _has(value: Any, members: Sequence[str]) -> bool:
    """Whether a value, and no class that has yet to be made one, has all members."""
    return not inspect.isclass(value) and all(hasattr(value, member) for member in members)


def _either(kinds: Sequence[Kind]) -> Kind:
    """One of several kinds; the first that fits asks and makes what is asked and made."""

    def first(value: Any) -> Kind:
        return next(kind for kind in kinds if kind.fits(value))

    def strict(name: str, value: Any) -> None:
        first(value).checked(name, value)

    def made(value: Any) -> Any:
        make = first(value).made
        return value if make is None else make(value)

    known = [kind for kind in kinds if kind.wanted != "None"]
    plain = all(kind.is_plain for kind in known)
    words = " or ".join(dict.fromkeys(kind.words for kind in known))
    wanted = known[0].wanted if len(known) == 1 else " | ".join(kind.wanted for kind in known)
    return Kind(words, wanted, _any_of(kinds), None if plain else strict, None if plain else made)


def _any_of(kinds: Sequence[Kind]) -> Callable[[Any], bool]:
    return lambda value: any(kind.fits(value) for kind in kinds)


def _one_of_several(hint: Any) -> Kind:
    """Kind of a part of a union: there a text that is no choice fits nothing, and all parts are named."""
    kind = kind_of(hint)
    if kind.wanted != "Literal":
        return kind
    known = typing.get_args(hint)
    return Kind(kind.words, kind.wanted, lambda value: isinstance(value, str) and value in known)


def _choice(known: Sequence[Any]) -> Kind:
    words = f"one of {', '.join(map(str, known))}"

    def strict(name: str, value: Any) -> None:
        check_choice(name, value, known)

    return Kind(words, "Literal", lambda value: isinstance(value, str), strict)


def _several(origin: Any, inner: Sequence[Any]) -> Kind:
    """A sequence, whose entries are looked at, or anything to go through, whose entries are not."""
    each = [kind_of(hint) for hint in inner if hint is not Ellipsis]
    only = each[0] if each and len({kind.wanted for kind in each}) == 1 else kind_of(Any)
    looked = origin is not Iterable or only.wanted != "Tensor"  # streams of batches have a door of their own

    def strict(name: str, value: Any) -> None:
        for number, entry in enumerate(_listed(value) if looked else ()):
            only.checked(f"{name}[{number}]", entry)

    def fits(value: Any) -> bool:
        if isinstance(value, str | bytes | Mapping):
            return False
        if origin is Iterable:
            return hasattr(value, "__iter__") and getattr(value, "ndim", 1) > 0
        parts = only.wanted != "Tensor" and any(getattr(entry, "ndim", 0) for entry in _listed(value))
        return isinstance(value, Sequence) and not parts

    words = "several values" if only.wanted == _UNCHECKED else f"a tuple or list, each entry {only.words}"
    return Kind(words, f"several {only.wanted}", fits, strict)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, Sequence) else ()


def _check_tensor(name: str, value: Any) -> None:
    """Refuse tensors of half precision or complex numbers, and numbers that are none."""
    import torch

    if value.is_complex() or value.dtype in (torch.float16, torch.bfloat16):
        raise ValueError(f"{name} must be float32 or float64, got {value.dtype}; use {name}.double()")
    if value.dtype == torch.bool:
        raise ValueError(f"{name} must hold numbers, got torch.bool; use {name}.double()")
    if torch._C._functorch.is_functorch_wrapped_tensor(value):  # inside vmap nothing can be looked at
        return
    if value.is_floating_point() and not bool(value.isfinite().all()):
        count = int((~value.isfinite()).sum())
        raise ValueError(f"{name} must be finite, got {count} number(s) that are not; look where NaN arose")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or "bool" in str(getattr(value, "dtype", "")):
        return False
    return isinstance(value, Real) or getattr(value, "ndim", None) == 0


def _is_whole(value: Any) -> bool:
    try:
        return _is_number(value) and abs(value.__index__()) < _LARGEST
    except (AttributeError, TypeError):
        return False


def _is_function(value: Any) -> bool:
    """A function; no class, which must be made an object first, and no module, which wants its own inputs."""
    return callable(value) and not inspect.isclass(value) and not hasattr(value, "named_parameters")


def _as_float(value: Any) -> Any:
    """A Fraction or a whole number in floating point, which tensors and compiled loops can take."""
    return float(value) if isinstance(value, Fraction | int) else value


def _check_number(name: str, value: Any) -> None:
    finite(name, value)
    _check_least(name, value)


def _check_least(name: str, value: Any) -> None:
    if name in _LEAST and value < _LEAST[name]:
        raise ValueError(f"{name} must be at least {_LEAST[name]}, got {value}")


def _check_least_whole(name: str, value: Any) -> None:
    whole(name, value, least=_LEAST.get(name, 0))


def _is_exact(value: Any) -> bool:
    return isinstance(value, Fraction | int) and not isinstance(value, bool)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"


_PLAIN: Mapping[Any, Kind] = {
    float: Kind("one finite number", "float", _is_number, _check_number, _as_float),
    int: Kind("a whole number", "int", _is_whole, _check_least_whole, lambda value: value.__index__()),
    bool: Kind("True or False", "bool", lambda value: "bool" in type(value).__name__),
    str: Kind("text", "str", lambda value: isinstance(value, str)),
    Fraction: Kind("exact: a whole number or a Fraction", "Fraction", _is_exact, _check_least),
    type(None): Kind("None", "None", lambda value: value is None),
}  # fmt: skip
_WORDS = {
    "Derivatives": "derivatives of a population at a point",
    "Generator": "a torch.Generator",
    "Landscape": "a landscape, an object with dim and loss(theta, samples)",
    "LocalMoments": "the local moments of a population at a point",
    "Noisy": "a source of examples, an object with loss, example_loss and draw",
    "Population": "a population of losses, an object with loss, example_loss and probabilities",
    "Rule": "a rule of descent",
}
