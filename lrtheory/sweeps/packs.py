"""The file format of stored points: one npz for one point or a thousand, whole or refused.

Why npz and not zarr or Parquet: numpy alone reads it, with no new dependency in a package that has to be read
in ten years; a file is written in one piece, complete or not at all, where a zarr array is a folder of chunks
that a kill leaves half written; Parquet holds tables, and arrays of any shape and type only as bytes. A
thousand points to a file make 1e5 points a hundred files, and a reader never holds more than one of them.

``index.npy`` numbers the points, ``seconds.npy`` times them, ``failed.npy`` numbers those that failed and
``messages.npy`` says why. ``arrays/NAME.npy`` stacks what the others gave, in the order of the index. Where
the points gave arrays of different shapes or types, or not all of that name, each has its
``arrays/NAME/INDEX.npy``.
``record.json`` names the sweep and holds the SHA-256 of every member.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lrtheory.results import CorruptResult
from lrtheory.results.files import zipped

FORMAT = "lrtheory points of a sweep"
FORMAT_VERSION = 1
REMEDY = "the next call of this sweep makes its points again"
_RECORD = "record.json"

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Outcome:
    """What came of one point.

    Attributes:
        index: number of the point.
        arrays: what it gave, None if it failed.
        message: why it failed, empty otherwise.
        seconds: how long it took.
    """

    index: int
    arrays: Mapping[str, Array] | None
    message: str
    seconds: float


def packed(outcomes: Sequence[Outcome], sweep: str, environment: str) -> bytes:
    """The bytes of a file of points.

    Args:
        outcomes: at least one; each point once.
        sweep: name of the sweep's folder.
        environment: digest of the code and versions that made them.
    """
    outcomes = sorted(outcomes, key=lambda each: each.index)
    done = [each for each in outcomes if each.arrays is not None]
    failed = [each for each in outcomes if each.arrays is None]
    members = {
        "index.npy": _npy(np.array([each.index for each in outcomes], dtype=np.int64)),
        "seconds.npy": _npy(np.array([each.seconds for each in outcomes], dtype=np.float64)),
        "failed.npy": _npy(np.array([each.index for each in failed], dtype=np.int64)),
        "messages.npy": _npy(np.array([each.message for each in failed], dtype=np.str_)),
    }
    for name in sorted({name for each in done for name in each.arrays or ()}):
        members |= _array_members(name, done)
    content: dict[str, object] = {
        "format": FORMAT, "format_version": FORMAT_VERSION, "sweep": sweep, "environment": environment,
        "sha256": {name: hashlib.sha256(member).hexdigest() for name, member in members.items()},
    }
    content["digest"] = _digest(content)
    return zipped({_RECORD: (json.dumps(content, indent=1) + "\n").encode(), **members})


def unpacked(path: Path, sweep: str) -> tuple[list[Outcome], str]:
    """Points of a file, in order, and the digest of the environment that made them; never unpickles.

    Raises:
        CorruptResult: the file is damaged, foreign, of another format, or of another sweep.
        FileNotFoundError: it is gone: another process has put its points into a larger file.
    """
    content = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            members = {name: pack.read(name) for name in pack.namelist()}
    except Exception as error:  # damaged bytes lead zipfile and zlib to errors of many kinds
        raise CorruptResult(f"{path.name} is cut short or damaged ({error}); {REMEDY}") from error
    record = _record(members, path)
    if record["sweep"] != sweep:
        raise CorruptResult(f"{path.name} belongs to another sweep, {record['sweep']}; {REMEDY}")
    for name, digest in record["sha256"].items():
        if name not in members or hashlib.sha256(members[name]).hexdigest() != digest:
            raise CorruptResult(f"{name} of {path.name} is not what was written: it differs; {REMEDY}")
    try:
        return _outcomes(members, record["sha256"]), str(record["environment"])
    except (KeyError, ValueError, IndexError) as error:
        raise CorruptResult(f"{path.name} lacks a part of a file of points ({error}); {REMEDY}") from error


def _array_members(name: str, done: Sequence[Outcome]) -> dict[str, bytes]:
    """Arrays of one name: stacked where all points gave one alike, each by itself otherwise."""
    held = ((each.index, each.arrays or {}) for each in done)
    given = {index: np.asarray(arrays[name]) for index, arrays in held if name in arrays}
    first = next(iter(given.values()))
    if len(given) == len(done) and all(
        (each.shape, each.dtype) == (first.shape, first.dtype) for each in given.values()
    ):
        stack = np.empty((len(given), *first.shape), dtype=first.dtype)  # np.stack would turn byte orders
        for place, array in enumerate(given.values()):
            stack[place] = array
        return {f"arrays/{name}.npy": _npy(stack)}
    return {f"arrays/{name}/{index}.npy": _npy(array) for index, array in given.items()}


def _outcomes(members: Mapping[str, bytes], names: Mapping[str, str]) -> list[Outcome]:
    index, seconds = _array(members["index.npy"]).tolist(), _array(members["seconds.npy"]).tolist()
    failed = _array(members["failed.npy"]).tolist()
    messages = dict(zip(failed, _array(members["messages.npy"]).tolist(), strict=True))
    held: dict[int, dict[str, Array]] = {each: {} for each in index if each not in messages}
    for member in names:
        if not member.startswith("arrays/"):
            continue
        array = _array(members[member])
        name, _, number = member.removeprefix("arrays/").removesuffix(".npy").partition("/")
        if number:
            held[int(number)][name] = array
            continue
        for place, arrays in enumerate(held.values()):
            arrays[name] = array[place, ...]  # the dots: a number stays an array without axes
    return [
        Outcome(each, held.get(each), messages.get(each, ""), took)
        for each, took in zip(index, seconds, strict=True)
    ]


def _record(members: Mapping[str, bytes], path: Path) -> dict[str, Any]:
    try:
        content = json.loads(members[_RECORD])
    except (KeyError, ValueError) as error:
        raise CorruptResult(f"{path.name} holds no {_RECORD} that can be read ({error}); {REMEDY}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CorruptResult(f"{path.name} holds no points of a sweep: it lacks the mark {FORMAT!r}; {REMEDY}")
    digest, version = content.pop("digest", None), content.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise CorruptResult(
            f"{path.name} has format version {version!r}, but this lrtheory reads up to {FORMAT_VERSION}; "
            "update lrtheory"
        )
    if digest != _digest(content):
        raise CorruptResult(f"{path.name} was changed after it was written: its digest differs; {REMEDY}")
    return content


def _npy(array: Array) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()


def _array(member: bytes) -> Array:
    return np.lib.format.read_array(io.BytesIO(member), allow_pickle=False)


def _digest(content: Mapping[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
