"""The file format of a stored run: one npz and one json, written atomically, refused when damaged."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtheory.storage.provenance import Provenance

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

FORMAT = "lrtheory stored run"
FORMAT_VERSION = 1
_KEY_LENGTH = 12


class CorruptResult(RuntimeError):
    """A stored run that is there but cannot be trusted; the message names the file and the remedy."""


@dataclass(frozen=True)
class Record:
    """What the json of a stored run says.

    Attributes:
        experiment: name of the experiment.
        module: module that defines it.
        parameters: all parameters, sequences as tuples.
        provenance: where the run comes from.
        arrays: array name to its dtype, shape and the SHA-256 of its bytes.
        npz_sha256: digest of the npz file.
        npz_bytes: size of the npz file.
    """

    experiment: str
    module: str
    parameters: Mapping[str, object]
    provenance: Provenance
    arrays: Mapping[str, Mapping[str, object]]
    npz_sha256: str
    npz_bytes: int


def record_stem(experiment: str, parameters: Mapping[str, object]) -> str:
    """File name, without suffix, of a run: the experiment and a key of its parameters.

    The device is no part of the key: it says how the run was made, not what it is.
    """
    identity = {name: value for name, value in parameters.items() if name != "device"}
    key = hashlib.sha256(_canonical([experiment, identity])).hexdigest()[:_KEY_LENGTH]
    return f"{experiment}-{key}"


def write_record(
    folder: Path, *, module: str, parameters: Mapping[str, object], provenance: Provenance,
    arrays: Mapping[str, Array],
) -> Record:
    """Write a run: the npz first, the json last, each complete or not at all.

    Raises:
        ValueError: an array that would need pickle.
    """
    packed = _packed(arrays)
    record = Record(
        experiment=provenance.experiment, module=module, parameters=parameters, provenance=provenance,
        arrays={name: _facts(array) for name, array in arrays.items()},
        npz_sha256=hashlib.sha256(packed).hexdigest(), npz_bytes=len(packed),
    )
    content = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(record)}
    content["digest"] = _digest(content)
    folder.mkdir(parents=True, exist_ok=True)
    stem = record_stem(provenance.experiment, parameters)
    _write(folder / f"{stem}.npz", packed)
    _write(folder / f"{stem}.json", (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())
    return record


def read_record(folder: Path, stem: str, remedy: str) -> Record:
    """What the json of a stored run says, after every check that does not need the arrays.

    Args:
        folder: folder of the store.
        stem: file name without suffix.
        remedy: what the reader can do when the run is damaged; closes each message.

    Raises:
        CorruptResult: a file is missing, damaged, foreign, of a later format, or of another run.
    """
    path, npz = folder / f"{stem}.json", folder / f"{stem}.npz"
    if not path.is_file():
        raise CorruptResult(f"{path.name} is missing beside its npz (an interrupted write?); {remedy}")
    if not npz.is_file():
        raise CorruptResult(f"{npz.name} is missing beside its json; {remedy}")
    content = _parsed(path, remedy)
    record = _record(content, path, remedy)
    expected = record_stem(record.experiment, record.parameters)
    if expected != stem:
        raise CorruptResult(f"{path.name} holds another run: its parameters belong to {expected}; {remedy}")
    packed = npz.read_bytes()
    if len(packed) < record.npz_bytes:
        raise CorruptResult(f"{npz.name} is cut short: {len(packed)} of {record.npz_bytes} bytes; {remedy}")
    if hashlib.sha256(packed).hexdigest() != record.npz_sha256:
        raise CorruptResult(f"{npz.name} is not the file that was written: its SHA-256 differs; {remedy}")
    return record


def read_arrays(folder: Path, stem: str) -> dict[str, Array]:
    """Arrays of a run whose record has been read; never unpickles."""
    import numpy as np

    with np.load(folder / f"{stem}.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _parsed(path: Path, remedy: str) -> dict[str, Any]:
    """Content of a json of our format and version whose own digest is right."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:  # covers both wrong JSON and wrong UTF-8
        raise CorruptResult(f"{path.name} is not valid JSON ({error}); {remedy}") from error
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


def _record(content: dict[str, Any], path: Path, remedy: str) -> Record:
    fields = {name: value for name, value in content.items() if not name.startswith("format")}
    try:
        origin = fields.pop("provenance")
        origin |= {"seeds": tuple(origin["seeds"]), "dtypes": tuple(origin["dtypes"])}
        parameters = {name: as_tuples(value) for name, value in fields.pop("parameters").items()}
        return Record(provenance=Provenance(**origin), parameters=parameters, **fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise CorruptResult(f"{path.name} lacks a field of a stored run ({error}); {remedy}") from error


def as_tuples(value: object) -> object:
    """The same JSON value with every list turned into a tuple."""
    if isinstance(value, list | tuple):
        return tuple(as_tuples(item) for item in value)
    return {name: as_tuples(item) for name, item in value.items()} if isinstance(value, dict) else value


def _packed(arrays: Mapping[str, Array]) -> bytes:
    import numpy as np

    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ValueError(
                f"array {name!r} holds Python objects, which need pickle to store; "
                "return numbers or text of fixed width"
            )
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _facts(array: Array) -> dict[str, object]:
    content = hashlib.sha256(array.tobytes()).hexdigest()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "sha256": content}


def _write(path: Path, content: bytes) -> None:
    """Put a file in place complete or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()
