"""The store of experiment runs: produce, keep, load, check. The file format is in records.py."""

from __future__ import annotations

import html
import os
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lrtheory.storage.catalog import declared
from lrtheory.storage.experiments import Experiment, experiment, progress
from lrtheory.storage.provenance import Provenance, changes_since, describe
from lrtheory.storage.records import (
    CorruptResult,
    Record,
    read_arrays,
    read_record,
    record_stem,
    write_record,
)
from lrtheory.storage.source_hash import module_hashes, package_file

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = [
    "CorruptResult", "Experiment", "MissingResult", "Provenance", "RecordState", "Result", "Store",
    "experiment", "progress",
]

State = Literal["fresh", "stale", "corrupt"]


class MissingResult(LookupError):
    """No stored run of an experiment with these parameters; the message has the command that makes it."""


@dataclass(frozen=True)
class Result:
    """Arrays of a stored run with what is known about them.

    Attributes:
        arrays: name to numpy array.
        parameters: all parameters of the run.
        provenance: where the run comes from.
        changes: what has changed in the code since, empty for a fresh run.
    """

    arrays: Mapping[str, Array]
    parameters: Mapping[str, object]
    provenance: Provenance
    changes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Array:
        """Array of a name.

        Raises:
            KeyError: no such array; the message lists the names.
        """
        if name not in self.arrays:
            owner, known = self.provenance.experiment, ", ".join(self.names)
            raise KeyError(f"{owner} stored no array {name!r}; it has {known}")
        return self.arrays[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays."""
        return tuple(self.arrays)

    @property
    def stale(self) -> bool:
        """Whether the code that made the run has changed since."""
        return bool(self.changes)

    def caption(self) -> str:
        """One sentence for a figure: device, dtype, seeds, date, version, seconds, fresh or stale."""
        return self.provenance.caption(self.changes)

    def _repr_html_(self) -> str:
        """The caption, as a page shows it below a figure."""
        return f'<p class="provenance">{html.escape(self.caption())}</p>'


@dataclass(frozen=True)
class RecordState:
    """State of one record of a store.

    Attributes:
        stem: file name without suffix.
        experiment: name of the experiment, as the file name has it.
        state: fresh, stale or corrupt.
        reason: why it is not fresh, empty when it is.
    """

    stem: str
    experiment: str
    state: State
    reason: str


class Store:
    """A folder of stored runs.

    Args:
        root: the folder; by default $LRTHEORY_STORE, else the nearest ``book/cache`` in the working
            folder or above it, else ``lrtheory-results`` in the working folder.
    """

    def __init__(self, root: str | Path | None = None) -> None:
        """Point at a folder; it is made at the first run."""
        self.root = Path(root) if root is not None else _default_root()

    def get(self, experiment: Experiment, **parameters: object) -> Result:
        """Load a stored run.

        Raises:
            MissingResult: it has not been made; the message has the command that makes it.
            CorruptResult: it is there but cannot be trusted.
            ValueError: unknown or wrongly typed parameter.
        """
        full = experiment.parameters(**parameters)
        stem = record_stem(experiment.name, full)
        command = self._command(experiment, parameters)
        if not any((self.root / f"{stem}{suffix}").is_file() for suffix in (".json", ".npz")):
            raise MissingResult(
                f"no stored run of {experiment.name} with these parameters in {self.root}; "
                f"make it with: {command}"
            )
        record = read_record(self.root, stem, f"make it again with: {command}")
        changes = changes_since(record.provenance, experiment.module, experiment.version)
        return Result(read_arrays(self.root, stem), record.parameters, record.provenance, changes)

    def run(self, experiment: Experiment, **parameters: object) -> Result:
        """Run an experiment and store what it returns, in place of an earlier run with these parameters.

        Raises:
            ValueError: unknown or wrongly typed parameter, a device that is not here, or an array that
                cannot be stored.
        """
        full = experiment.parameters(**parameters)
        _require_device(full.get("device"))
        modules = module_hashes(experiment.module)  # before the run: the code that runs, not a later edit
        began = time.perf_counter()
        arrays = _as_arrays(experiment.function(**full), experiment.name)
        seconds = time.perf_counter() - began
        floating = [str(array.dtype) for array in arrays.values() if array.dtype.kind in "fc"]
        origin = describe(
            experiment=experiment.name, number=experiment.version, parameters=full, modules=modules,
            dtypes=[experiment.dtype] if experiment.dtype else floating, seconds=seconds,
        )
        write_record(self.root, module=experiment.module, parameters=full, provenance=origin, arrays=arrays)
        return Result(arrays, full, origin)

    def is_fresh(self, experiment: Experiment, **parameters: object) -> bool:
        """Whether a stored run is there, whole, and made by today's code.

        Raises:
            ValueError: unknown or wrongly typed parameter.
        """
        try:
            return not self.get(experiment, **parameters).stale
        except (MissingResult, CorruptResult):
            return False

    def records(self) -> tuple[str, ...]:
        """File names, without suffix, of all runs in the store, damaged ones too."""
        files = self.root.glob("*-*.*") if self.root.is_dir() else ()
        return tuple(sorted({f.stem for f in files if f.suffix in (".npz", ".json") and f.name[0] != "."}))

    def check(self) -> tuple[RecordState, ...]:
        """State of every record; nothing is imported, so it is quick."""
        return tuple(self._state(stem) for stem in self.records())

    def _command(self, experiment: Experiment, parameters: Mapping[str, object]) -> str:
        """Command line that makes a run in this very store."""
        elsewhere = "" if self.root == _default_root() else f" --store {shlex.quote(str(self.root))}"
        return experiment.command(**parameters) + elsewhere

    def _state(self, stem: str) -> RecordState:
        name = stem.rpartition("-")[0]
        try:
            record = read_record(self.root, stem, f"make it again with: python -m lrtheory run {name} ...")
        except CorruptResult as error:
            return RecordState(stem, name, "corrupt", str(error))
        changes = changes_since(record.provenance, record.module, _version_now(record))
        return RecordState(stem, name, "stale" if changes else "fresh", ", ".join(changes))


def _default_root() -> Path:
    named = os.environ.get("LRTHEORY_STORE")
    if named:
        return Path(named)
    here = Path.cwd()
    caches = (folder / "book" / "cache" for folder in (here, *here.parents))
    return next((cache for cache in caches if cache.is_dir()), here / "lrtheory-results")


def _require_device(device: object) -> None:
    if isinstance(device, str) and device.startswith("cuda"):
        import torch

        if not torch.cuda.is_available():
            raise ValueError(f"device must be one that torch finds here, got {device!r}; use device=cpu")


def _as_arrays(returned: Mapping[str, object], name: str) -> dict[str, Array]:
    """Numpy arrays of what an experiment returned."""
    import numpy as np

    if not isinstance(returned, Mapping) or not returned:
        raise ValueError(f"{name} must return a dict of named arrays, got {type(returned).__name__}")
    arrays = {}
    for key, value in returned.items():
        if hasattr(value, "detach"):  # a torch tensor, known without importing torch
            value = value.detach().cpu().numpy()
        arrays[key] = np.asarray(value)
    return arrays


def _version_now(record: Record) -> int | None:
    """Version of a record's experiment in today's source; None when it is gone."""
    path = package_file(record.module)
    if path is None and not record.module.startswith("lrtheory."):
        spec = find_spec(record.module)
        path = Path(spec.origin) if spec and spec.origin else None
    if path is None:
        return None
    entries = declared(path.read_text(encoding="utf-8"), record.module)
    return next((entry.version for entry in entries if entry.name == record.experiment), None)
