"""What a point was made with: the code that reaches its numbers, and versions; compared, never guessed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import lrtheory
from lrtheory.results import Experiment
from lrtheory.results.provenance import installed
from lrtheory.source.catalog import declared
from lrtheory.source.hashes import module_hashes, source_file


@dataclass(frozen=True)
class Environment:
    """Code and versions that points are made with.

    Attributes:
        version: of the experiment.
        lrtheory: version of the package.
        numpy: version.
        torch: version, without what names a build (+cpu, +cu126).
        modules: hash of each module that can change a number.
    """

    version: int
    lrtheory: str
    numpy: str
    torch: str
    modules: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def differences(self, other: Environment, here: str = "here", there: str = "there") -> tuple[str, ...]:
        """What differs between two environments, as phrases.

        Args:
            other: the other one.
            here: where this one is.
            there: where the other one is.
        """
        found = []
        for name in ("version", "lrtheory", "numpy", "torch"):
            mine, yours = getattr(self, name), getattr(other, name)
            label = "version of the experiment" if name == "version" else name
            if mine != yours:
                found.append(f"{label} {mine} {here}, {yours} {there}")
        for name in sorted({*self.modules, *other.modules}):
            if self.modules.get(name) != other.modules.get(name):
                found.append(f"the code of {name} differs")
        return tuple(found)


def environment_of(experiment: Experiment) -> Environment:
    """What this process would make points of an experiment with.

    Raises:
        ValueError: the experiment lives in no file, as in a notebook.
    """
    return _environment(experiment.version, experiment.module)


def changes_since(then: Environment, experiment: str, module: str) -> tuple[str, ...]:
    """What has changed since points were made, read from the files; nothing is imported.

    Args:
        then: what they were made with.
        experiment: its name.
        module: module that defined it.
    """
    path = source_file(module)
    entries = []
    if path is not None and path.is_file():
        entries = declared(path.read_text(encoding="utf-8"), module)
    version = next((entry.version for entry in entries if entry.name == experiment), None)
    if version is None:
        return (f"{module} with {experiment} is not to be found from here",)
    return then.differences(_environment(version, module), "then", "now")


def _environment(version: int, module: str) -> Environment:
    torch = installed("torch").partition("+")[0]
    return Environment(version, lrtheory.__version__, installed("numpy"), torch, module_hashes(module))
