"""What the author of an experiment needs: the mark, the marked function, the progress bar; no storing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from lrtheory.results.fingerprints import Tolerance
from lrtheory.results.parameters import command_words, default_parameters, filled
from lrtheory.source.catalog import experiment_name

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

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
        elsewhere: array name to what its small setting may differ by on another processor or with other
            versions: a part of the largest number, infinity for "not compared", or `Members`.
        cuda: whether ``device`` may be an accelerator; it moves its tensors there.
    """

    function: Callable[..., Mapping[str, object]]
    name: str
    module: str
    version: int
    smoke: Mapping[str, object]
    summary: str
    dtype: str = ""
    elsewhere: Mapping[str, Tolerance] = field(default_factory=dict)
    cuda: bool = False

    def __call__(self, **parameters: object) -> Mapping[str, object]:
        """Run the function, store nothing."""
        self._require_device(parameters)
        return self.function(**parameters)

    def parameters(self, **overrides: object) -> dict[str, object]:
        """All parameters with defaults filled, sequences as tuples, integers as floats where those are meant.

        Raises:
            ValueError: unknown name or wrong type, the message lists the known ones; another device than the
                CPU, of an experiment that computes there alone.
        """
        found = filled(default_parameters(self.function), overrides, self.name)
        self._require_device(found)
        return found

    def _require_device(self, parameters: Mapping[str, object]) -> None:
        device = parameters.get("device", "cpu")
        if device != "cpu" and not self.cuda:
            raise ValueError(f"{self.name} runs on the cpu alone, got device {device!r}; leave device out")

    def small(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """Parameters of the small run on the CPU that stands for a run with these parameters."""
        cpu = {"device": "cpu"} if "device" in parameters else {}
        return self.parameters(**{**parameters, **self.smoke, **cpu})

    def command(self, **overrides: object) -> str:
        """The command line that makes and stores a run with these parameters."""
        words = command_words(default_parameters(self.function), self.parameters(**overrides))
        module = "" if self.module.startswith("lrtheory.") else f" --module {self.module}"
        return f"python -m lrtheory run {self.name} {words}".rstrip() + module


def experiment(
    version: int = 1, smoke: Mapping[str, object] | None = None, dtype: str = "",
    elsewhere: Mapping[str, Tolerance] | None = None, cuda: bool = False,
) -> Callable[[Callable[..., Mapping[str, object]]], Experiment]:
    """Mark a function ``f(*, ..., seed=0, device="cpu")`` as an experiment.

    Example:
        >>> @experiment(smoke={"steps": 2})
        ... def halved(*, steps=10, seed=0, device="cpu"):
        ...     return {"x": [0.5**steps]}
        >>> halved(steps=3), halved.small(halved.parameters())["steps"]
        ({'x': [0.125]}, 2)

    Args:
        version: raise it when the meaning of the numbers changes; written as a plain number.
        smoke: parameters of a run that takes seconds.
        dtype: floating type it computes in, for the caption; by default that of the arrays it returns.
        elsewhere: what each array of the small run may differ by on another processor or with other versions
            of numpy, torch or numba: a part of its largest number, infinity for an array that is not
            compared, or `Members(axis)` where its entries are independent draws. Chaotic orbits need it;
            arrays that are not named must agree within 1e-9.
        cuda: that it moves its tensors to ``device``; without it, a run is refused elsewhere than on the CPU,
            where it would compute after all, with a record that says otherwise.

    Raises:
        ValueError: a parameter without a JSON default, or an unknown one in smoke.
    """
    def mark(function: Callable[..., Mapping[str, object]]) -> Experiment:
        made = Experiment(
            function=function, name=experiment_name(function.__module__, function.__name__),
            module=function.__module__, version=version, smoke=dict(smoke or {}),
            summary=(function.__doc__ or "").strip().partition("\n")[0], dtype=dtype,
            elsewhere=dict(elsewhere or {}), cuda=cuda,
        )
        made.parameters(**made.smoke)
        return made

    return mark


def as_arrays(returned: Mapping[str, object], name: str) -> dict[str, Array]:
    """Numpy arrays of what an experiment returned.

    Raises:
        ValueError: it returned no dict of named arrays, an array that would need pickle, or a name that a
            file cannot have.
    """
    import numpy as np

    if not isinstance(returned, Mapping) or not returned:
        raise ValueError(f"{name} must return a dict of named arrays, got {type(returned).__name__}")
    arrays = {}
    for key, value in returned.items():
        if hasattr(value, "detach"):  # a torch tensor, known without importing torch
            value = value.detach().cpu().numpy()
        if not isinstance(key, str) or not key or set(key) & set("/\\:\0") or key[0] == ".":
            raise ValueError(f"an array of {name} needs a name that a file can have, got {key!r}")
        arrays[key] = np.asarray(value)
        if arrays[key].dtype.hasobject:
            raise ValueError(
                f"array {key!r} of {name} holds Python objects, which need pickle to store; "
                "return numbers or text of fixed width"
            )
    return arrays


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
