"""What the author of an experiment needs: the mark, the marked function, the progress bar; no storing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lrtheory.storage.catalog import experiment_name
from lrtheory.storage.parameters import command_words, default_parameters, filled

T = TypeVar("T")


@dataclass(frozen=True)
class Experiment:
    """A function whose runs can be stored; called like the function itself.

    Attributes:
        function: takes keyword arguments only, each with a JSON default; returns named arrays.
        name: theory folder and function name, for example "chaos.airfoil_runs".
        module: module that defines it.
        version: raised by hand when the meaning of the numbers changes.
        smoke: parameters of a run that takes seconds.
        summary: first line of the docstring.
        dtype: floating type it computes in; empty when a parameter or the arrays say it.
    """

    function: Callable[..., Mapping[str, object]]
    name: str
    module: str
    version: int
    smoke: Mapping[str, object]
    summary: str
    dtype: str = ""

    def __call__(self, **parameters: object) -> Mapping[str, object]:
        """Run the function, store nothing."""
        return self.function(**parameters)

    def parameters(self, **overrides: object) -> dict[str, object]:
        """All parameters with defaults filled, sequences as tuples, integers as floats where those are meant.

        Raises:
            ValueError: unknown name or wrong type; the message lists the known ones.
        """
        return filled(default_parameters(self.function), overrides, self.name)

    def command(self, **overrides: object) -> str:
        """The command line that makes and stores a run with these parameters."""
        words = command_words(default_parameters(self.function), self.parameters(**overrides))
        return f"python -m lrtheory run {self.name} {words}".rstrip()


def experiment(
    version: int = 1, smoke: Mapping[str, object] | None = None, dtype: str = ""
) -> Callable[[Callable[..., Mapping[str, object]]], Experiment]:
    """Mark a function ``f(*, ..., seed=0, device="cpu")`` as an experiment.

    Args:
        version: raise it when the meaning of the numbers changes; written as a plain number.
        smoke: parameters of a run that takes seconds.
        dtype: floating type it computes in, for the caption; by default that of the arrays it returns.

    Raises:
        ValueError: a parameter without a JSON default, or an unknown one in smoke.
    """
    def mark(function: Callable[..., Mapping[str, object]]) -> Experiment:
        made = Experiment(
            function=function, name=experiment_name(function.__module__, function.__name__),
            module=function.__module__, version=version, smoke=dict(smoke or {}),
            summary=(function.__doc__ or "").strip().partition("\n")[0], dtype=dtype,
        )
        made.parameters(**made.smoke)
        return made

    return mark


def progress(iterable: Iterable[T], description: str, total: int | None = None) -> Iterable[T]:
    """The same items, with a bar on stderr when a person watches or LRTHEORY_PROGRESS=1.

    Args:
        iterable: what to walk through.
        description: what is being done, shown before the bar.
        total: number of items, when the iterable does not know.
    """
    if not sys.stderr.isatty() and os.environ.get("LRTHEORY_PROGRESS") != "1":
        return iterable
    from tqdm import tqdm  # type: ignore[import-untyped]

    bar: Iterable[T] = tqdm(iterable, desc=description, total=total, file=sys.stderr)
    return bar
