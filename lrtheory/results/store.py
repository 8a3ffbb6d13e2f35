"""The store of experiment runs: produce, keep, load, check. The file format is in records.py."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtheory.results.adoption import adopted
from lrtheory.results.checks import RecordState, check_records, standing
from lrtheory.results.experiments import Experiment, as_arrays
from lrtheory.results.files import probe
from lrtheory.results.fingerprints import fingerprint
from lrtheory.results.provenance import MadeBy, describe
from lrtheory.results.records import (
    CorruptResult,
    Record,
    read_record,
    record_stem,
    write_record,
)
from lrtheory.results.result import MissingResult, NotStored, Result
from lrtheory.source.hashes import PACKAGE, module_hashes

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

INSTALLED = Path(__file__).parent / "kept"  # the book's runs in a wheel; in book/cache otherwise


class Store:
    """A folder of stored runs.

    Args:
        root: the folder; by default $LRTHEORY_STORE, else the nearest ``book/cache`` in the working
            folder or above it, else ``lrtheory-results`` in the working folder. Where none is named, runs
            that this folder lacks are also looked for, never written, in the package's own repository, or
            where the package is installed.
    """

    def __init__(self, root: str | Path | None = None) -> None:
        """Point at a folder; it is made at the first run."""
        self.root = Path(root) if root is not None else _default_root()
        named = root is not None or bool(os.environ.get("LRTHEORY_STORE"))
        self._folders = (self.root,) if named else (self.root, PACKAGE.parent / "book" / "cache", INSTALLED)

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
        folder = next((each for each in self._folders if (each / f"{stem}.npz").is_file()), None)
        if folder is None:
            raise MissingResult(
                f"no stored run of {experiment.name} with these parameters in {self.root}; the book's lie in "
                f"book/cache of its repository: set LRTHEORY_STORE to that folder, or make this run with: "
                f"{command}"
            )
        record, _ = read_record(folder, stem, f"make it again with: {command}")
        changes, recheck = standing(record, experiment.module, experiment.version)
        return Result(record.arrays, record.parameters, record.provenance, changes, recheck)

    def run(self, experiment: Experiment, **parameters: object) -> Result:
        """Run an experiment and store what it returns, in place of an earlier run with these parameters.

        The small setting is run first: what fails, fails at once, and its numbers are kept in the record to
        be held against later code. An earlier run stays until the new one is complete.

        Raises:
            ValueError: unknown or wrongly typed parameter, a device that is not here, or an array that
                cannot be stored.
            OSError: the store cannot be written; found out before the run.
            NotStored: it could be then, and cannot be now; the message says where the result lies.
        """
        full = experiment.parameters(**parameters)
        _require_device(full.get("device"))
        probe(self.root)
        modules = module_hashes(experiment.module)  # before the run: the code that runs, not a later edit
        small, kept = experiment.small(full) if experiment.smoke else None, None
        if small is not None and small != full:
            kept = fingerprint(_timed(experiment, small)[0], small, experiment.elsewhere)
        arrays, seconds = _timed(experiment, full)
        if small == full:
            kept = fingerprint(arrays, full, experiment.elsewhere)
        floating = [str(array.dtype) for array in arrays.values() if array.dtype.kind in "fc"]
        origin = describe(
            experiment=experiment.name, number=experiment.version, parameters=full, modules=modules,
            dtypes=[experiment.dtype] if experiment.dtype else floating, seconds=seconds,
        )
        return self._written(Record(experiment.name, experiment.module, full, origin, arrays, kept))

    def adopt(
        self, experiment: Experiment, arrays: Mapping[str, object], made_by: MadeBy,
        origin: Mapping[str, object], **parameters: object,
    ) -> Result:
        """Store what a protocol outside this package gave, as the run of an experiment that repeats it.

        It is shown as adopted as long as a claim of the package holds that its small end is repeated here.

        Args:
            experiment: follows the same protocol, with the same names of arrays.
            arrays: what the protocol gave.
            made_by: the protocol, the part that is repeated here, how well, and the claim that holds it.
            origin: ``device`` (name of the accelerator), ``dtype``, ``torch``, ``numpy``, ``seconds``,
                ``date``.
            parameters: of the experiment, those that the protocol ran with.

        Raises:
            ValueError: a field of the origin that is missing or unknown, no digest, no finite agreement, a
                claim of another theory; unknown parameters; arrays that cannot be stored.
        """
        full = experiment.parameters(**parameters)
        kept = adopted(experiment.name, experiment.version, full, made_by, origin)
        given = as_arrays(arrays, experiment.name)
        probe(self.root)
        return self._written(Record(experiment.name, experiment.module, full, kept, given))

    def stem(self, experiment: Experiment, **parameters: object) -> str:
        """File name, without suffix, of a run, made or not.

        Raises:
            ValueError: unknown or wrongly typed parameter.
        """
        return record_stem(experiment.name, experiment.parameters(**parameters))

    def is_fresh(self, experiment: Experiment, **parameters: object) -> bool:
        """Whether a stored run is there, whole, and made by today's code or by code re-checked since.

        Raises:
            ValueError: unknown or wrongly typed parameter.
        """
        try:
            return not self.get(experiment, **parameters).stale
        except (MissingResult, CorruptResult):
            return False

    def records(self) -> tuple[str, ...]:
        """File names, without suffix, of all runs in the store, damaged ones too."""
        files = self.readable().glob("*-*.npz")
        return tuple(sorted(f.stem for f in files if f.name[0] != "."))

    def check(
        self, stems: Iterable[str] | None = None, *, quick: bool = False, record: bool = False
    ) -> tuple[RecordState, ...]:
        """State of every record, or of some.

        Where the hashes of the code differ, the small setting is run again by today's code, in processes of
        its own, and held against the numbers in the record: seconds a record.

        Args:
            stems: file names without suffix; all of them by default.
            quick: compare hashes only.
            record: write the re-checks that agree into their records, so that a quick look knows them.
        """
        chosen = self.records() if stems is None else tuple(stems)
        return check_records(self.readable(), chosen, quick=quick, record=record)

    def readable(self) -> Path:
        """Where records are looked for: here, or else, if none was named, where the package has its own."""
        return next((folder for folder in self._folders if folder.is_dir()), self.root)

    def _command(self, experiment: Experiment, parameters: Mapping[str, object]) -> str:
        """Command line that makes a run in this very store."""
        elsewhere = "" if self.root == _default_root() else f" --store {shlex.quote(str(self.root))}"
        return experiment.command(**parameters) + elsewhere

    def _written(self, record: Record) -> Result:
        """The run, stored; where the store fails now, saved elsewhere."""
        result = Result(record.arrays, record.parameters, record.provenance)
        try:
            write_record(self.root, record)
        except OSError as error:
            folder = Path(tempfile.mkdtemp(prefix="lrtheory-"))
            path = write_record(folder, record)
            raise NotStored(
                f"the run is finished, but {self.root} cannot be written now ({error.strerror or error}); "
                f"it is safe in {path}: move that file to the store", result,
            ) from error
        return result


def _timed(experiment: Experiment, parameters: Mapping[str, object]) -> tuple[dict[str, Array], float]:
    """Arrays of a run, and the seconds that it took."""
    began = time.perf_counter()
    arrays = as_arrays(experiment.function(**parameters), experiment.name)
    return arrays, time.perf_counter() - began


def _default_root() -> Path:
    named = os.environ.get("LRTHEORY_STORE")
    if named:
        return Path(named)
    here = Path.cwd()
    caches = (folder / "book" / "cache" for folder in (here, *here.parents))
    return next((cache for cache in caches if cache.is_dir()), here / "lrtheory-results")


def _require_device(device: object) -> None:
    """Refuse, before the run, a device that torch does not find here."""
    if not isinstance(device, str) or device == "cpu":
        return
    kind, _, number = device.partition(":")
    if kind == "cuda" and (number == "" or number.isdecimal()):
        import torch

        if torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count():
            return
    raise ValueError(f"device must be one that torch finds here, got {device!r}; use device=cpu")
