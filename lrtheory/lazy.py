"""One table for every ``__init__`` that hands on names: each is loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

Face = tuple[Callable[[str], object], Callable[[], list[str]], list[str]]


def names(package: str, table: Mapping[str, str], *, here: str = "", door: str = "") -> Face:
    """The ``__getattr__``, ``__dir__`` and ``__all__`` of a package that hands on what its modules hold.

    Write the table as a literal: what reads a package without importing it (the hashes of stored runs)
    looks there for the module that a name comes from::

        __getattr__, __dir__, __all__ = lazy.names(__name__, {"models.tones": "Tones periodic"}, here="plots")

    Args:
        package: the package's ``__name__``.
        table: modules of the package ("models", "models.tones") and the names each holds, spaces between;
            the modules, or the folders they lie in, are public too.
        here: what else is public, spaces between: further modules, or names that the package's file defines.
        door: what the functions handed out check first of their arguments, by their annotations: "all", or
            "objects" where numbers have doors of their own.

    Returns:
        A function that loads a public name, one that lists the public names, loaded or not, and the list.
    """
    homes = {name: module for module, held in table.items() for name in held.split()}
    public = sorted({*homes, *(module.partition(".")[0] for module in table), *here.split()})

    def load(name: str) -> object:
        if name in homes:
            held = getattr(import_module(f"{package}.{homes[name]}"), name)
            guarded = door and callable(held) and not isinstance(held, type)
            return _at_the_door(held, door) if guarded else held
        if name in public:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load, public.copy, public


@cache
def _at_the_door(function: Callable[..., object], door: str) -> Callable[..., object]:
    """The function that a face hands out: the same one each time it is asked for."""
    from lrtheory.arguments.checked import checked

    return checked(function, numbers=door == "all")
