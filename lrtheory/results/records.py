"""The file format of a stored run: one npz with its record inside, whole or refused."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtheory.results.files import replace, zipped
from lrtheory.results.fingerprints import Fingerprint
from lrtheory.results.parameters import as_tuples
from lrtheory.results.provenance import MadeBy, Provenance, Rechecked

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

FORMAT = "lrtheory stored run"
FORMAT_VERSION = 2
_RECORD = "record.json"  # the member that says what the others are
_KEY_LENGTH = 12
_FOLDERS = {"arrays": "", "fingerprint": "fingerprint/", "means": "means/"}  # where a zip keeps which arrays


class CorruptResult(RuntimeError):
    """A stored run that is there but cannot be trusted; the message names the file and the remedy."""


@dataclass(frozen=True)
class Record:
    """Everything that the file of a stored run holds.

    Attributes:
        experiment: name of the experiment.
        module: module that defined it.
        parameters: all parameters, sequences as tuples.
        provenance: where the run comes from.
        arrays: what the run gave.
        fingerprint: what the small setting gave by the code that made the run; None without one.
        rechecked: the last time that changed code was held against the fingerprint and agreed.
    """

    experiment: str
    module: str
    parameters: Mapping[str, object]
    provenance: Provenance
    arrays: Mapping[str, Array]
    fingerprint: Fingerprint | None = None
    rechecked: Rechecked | None = None


def record_stem(experiment: str, parameters: Mapping[str, object]) -> str:
    """File name, without suffix, of a run: the experiment and a key of its parameters.

    The device is no part of the key: it says how the run was made, not what it is.
    """
    identity = {name: value for name, value in parameters.items() if name != "device"}
    key = hashlib.sha256(_canonical([experiment, identity])).hexdigest()[:_KEY_LENGTH]
    return f"{experiment}-{key}"


def write_record(folder: Path, record: Record) -> Path:
    """Put the file of a run in place, complete or not at all; an earlier one stays until that moment.

    Raises:
        OSError: the folder cannot be written.
    """
    packed = packed_record(record)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record_stem(record.experiment, record.parameters)}.npz"
    replace(path, packed)
    return path


def mark_rechecked(folder: Path, record: Record, digest: str) -> None:
    """Write a re-check into a record, unless another writer has put a new one there since it was read.

    Args:
        folder: folder of the store.
        record: the record with its re-check.
        digest: SHA-256 of the file that the record was read from.
    """
    path = folder / f"{record_stem(record.experiment, record.parameters)}.npz"
    replace(path, packed_record(record), only_if=digest)


def read_record(folder: Path, stem: str, remedy: str) -> tuple[Record, str]:
    """A stored run and the SHA-256 of its file, after every check; never unpickles.

    Args:
        folder: folder of the store.
        stem: file name without suffix.
        remedy: what the reader can do when the run is damaged; closes each message.

    Raises:
        CorruptResult: the file is damaged, foreign, of another format, or of another run.
    """
    path = folder / f"{stem}.npz"
    packed = path.read_bytes()  # once: whoever replaces the file meanwhile changes nothing here
    members = _members(packed, path, remedy)
    content = _parsed(members, path, remedy)
    record = _record(content, members, path, remedy)
    expected = record_stem(record.experiment, record.parameters)
    if expected != stem:
        raise CorruptResult(f"{path.name} holds another run: its parameters belong to {expected}; {remedy}")
    return record, hashlib.sha256(packed).hexdigest()


def packed_record(record: Record) -> bytes:
    """The bytes of a record's file."""
    kept = record.fingerprint
    groups: dict[str, Mapping[str, Array]] = {"arrays": record.arrays, "fingerprint": {}, "means": {}}
    if kept is not None:
        groups |= {"fingerprint": kept.arrays, "means": kept.means}
    members: dict[str, bytes] = {}
    facts: dict[str, object] = {}
    for group, arrays in groups.items():
        facts[group] = {name: _facts(array) for name, array in arrays.items()}
        members |= {f"{_FOLDERS[group]}{name}.npy": _npy(array) for name, array in arrays.items()}
    content: dict[str, object] = {
        "format": FORMAT, "format_version": FORMAT_VERSION, "experiment": record.experiment,
        "module": record.module, "parameters": record.parameters, "provenance": asdict(record.provenance),
        "rechecked": asdict(record.rechecked) if record.rechecked else None, "members": facts,
        "fingerprint": {"parameters": kept.parameters, "setting": kept.setting, "shapes": kept.shapes}
        if kept else None,
    }
    content["digest"] = _digest(content)
    text = json.dumps(content, indent=1) + "\n"
    return zipped({_RECORD: text.encode(), **members})


def _members(packed: bytes, path: Path, remedy: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as pack:
            return {name: pack.read(name) for name in pack.namelist()}
    except Exception as error:  # damaged bytes lead zipfile and zlib to errors of many kinds
        raise CorruptResult(f"{path.name} is cut short or damaged ({error}); {remedy}") from error


def _parsed(members: Mapping[str, bytes], path: Path, remedy: str) -> dict[str, Any]:
    """The record in a file of our format and version, whose own digest is right."""
    if _RECORD not in members:
        raise CorruptResult(f"{path.name} is not a stored run: it holds no {_RECORD}; {remedy}")
    try:
        content = json.loads(members[_RECORD])
    except ValueError as error:  # covers both wrong JSON and wrong UTF-8
        raise CorruptResult(f"{_RECORD} of {path.name} is not valid JSON ({error}); {remedy}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CorruptResult(f"{path.name} is not a stored run: it lacks the mark {FORMAT!r}; {remedy}")
    found = content.get("format_version")
    if not isinstance(found, int) or found > FORMAT_VERSION:
        raise CorruptResult(
            f"{path.name} has format version {found!r}, but this lrtheory reads up to {FORMAT_VERSION}; "
            "update lrtheory"
        )
    if content.pop("digest", None) != _digest(content):
        raise CorruptResult(f"{path.name} was changed after it was written: its digest differs; {remedy}")
    return content


def _record(content: dict[str, Any], members: Mapping[str, bytes], path: Path, remedy: str) -> Record:
    known = {"format", "format_version", "members", *(field.name for field in fields(Record))} - {"arrays"}
    provenance = content.get("provenance")
    made_by = provenance.get("made_by") if isinstance(provenance, dict) else None
    _require_known(content, known, path, remedy)
    _require_known(provenance, {field.name for field in fields(Provenance)}, path, remedy)
    _require_known(made_by, {field.name for field in fields(MadeBy)}, path, remedy)
    _require_known(content.get("rechecked"), {field.name for field in fields(Rechecked)}, path, remedy)
    try:
        arrays = {
            group: {name: _array(facts, members[f"{folder}{name}.npy"], name, path, remedy)
                    for name, facts in content["members"][group].items()}
            for group, folder in _FOLDERS.items()
        }
        small = content["fingerprint"]
        if small is not None:
            shapes = {name: tuple(shape) for name, shape in small["shapes"].items()}
            parameters = _tuples(small["parameters"])
            small = Fingerprint(parameters, small["setting"], shapes, arrays["fingerprint"], arrays["means"])
        return Record(
            content["experiment"], content["module"], _tuples(content["parameters"]),
            _provenance(content["provenance"]), arrays["arrays"], small,
            Rechecked(**content["rechecked"]) if content["rechecked"] else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise CorruptResult(f"{path.name} lacks a field of a stored run ({error}); {remedy}") from error


def _require_known(content: object, known: set[str], path: Path, remedy: str) -> None:
    strange = sorted(set(content) - known) if isinstance(content, dict) else []
    if strange:
        raise CorruptResult(f"{path.name} has a field {strange[0]!r} that stored runs lack; {remedy}")


def _provenance(content: dict[str, Any]) -> Provenance:
    made_by = content["made_by"]
    return Provenance(**{**_tuples(content), "made_by": MadeBy(**made_by) if made_by else None})


def _tuples(content: dict[str, Any]) -> dict[str, Any]:
    return {name: as_tuples(value) for name, value in content.items()}


def _array(facts: Mapping[str, Any], packed: bytes, name: str, path: Path, remedy: str) -> Array:
    """An array of a file, if it is the one that the record describes."""
    import numpy as np

    try:
        array = np.lib.format.read_array(io.BytesIO(packed), allow_pickle=False)
    except ValueError as error:
        raise CorruptResult(f"array {name!r} of {path.name} cannot be read ({error}); {remedy}") from error
    if _facts(array) != facts:
        raise CorruptResult(f"array {name!r} of {path.name} is not what was written: it differs; {remedy}")
    return array


def _npy(array: Array) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()


def _facts(array: Array) -> dict[str, object]:
    content = hashlib.sha256(array.tobytes()).hexdigest()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "sha256": content}


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()
