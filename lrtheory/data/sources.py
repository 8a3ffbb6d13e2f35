"""Where each data set comes from, read from sources.toml, and the digest that its files must have."""

from __future__ import annotations

import gzip
import hashlib
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Place = Literal["bundled", "scikit-learn", "whole"]


class DataNotAvailable(LookupError):
    """A data set is not here, or its file is not the right one; the message says how to get it."""


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    Attributes:
        name: file name.
        sha256: digest of the content: after gunzip for .gz, of the archive itself for .tar.gz.
        md5: published digest of the file as it is downloaded, empty for a file that is not.
        url: where it is downloaded from, empty for a file that is not.
    """

    name: str
    sha256: str
    md5: str = ""
    url: str = ""


@dataclass(frozen=True)
class Info:
    """What must be known to use and to credit a data set.

    Attributes:
        name: name of the loader.
        title: name in prose.
        contents: what it holds, in one line.
        license: SPDX identifier; NOASSERTION where none is stated.
        credit: whom to credit.
        doi: digital object identifier, empty if there is none.
        url: page of the source.
        changes: what was changed.
        where: bundled with the package, shipped by scikit-learn, or whole (found or downloaded).
        files: its files.
        folder: whole sets: folder name under $LRTHEORY_DATA and in the cache.
        system: whole sets: folder of the operating system.
        get: whole sets: the line that gets it.
    """

    name: str
    title: str
    contents: str
    license: str
    credit: str
    doi: str
    url: str
    changes: str
    where: Place
    files: tuple[DataFile, ...]
    folder: str = ""
    system: str = ""
    get: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the content of the first file."""
        return self.files[0].sha256


def names() -> tuple[str, ...]:
    """Names of all data sets, in the order of sources.toml.

    Example:
        >>> names()[:3]
        ('airfoil', 'japanese_vowels', 'fashion_mnist_subset')
    """
    return tuple(_all())


def info(name: str) -> Info:
    """What is known about a data set.

    Example:
        >>> info("airfoil").license, info("airfoil").where
        ('CC-BY-4.0', 'bundled')

    Raises:
        ValueError: no set of this name.
    """
    if name not in _all():
        raise ValueError(f"data set must be one of {', '.join(names())}, got {name!r}")
    return _all()[name]


def content(packed: bytes, file: DataFile, path: str) -> bytes:
    """Content of a file, if it is the right one.

    Args:
        packed: the bytes of the file.
        file: what it should be.
        path: where it was found, for the message.

    Raises:
        DataNotAvailable: it is another file; the message names the path.
    """
    remedy = "and was not used; delete it and get it again"
    whole = file.name.endswith(".tar.gz")
    try:
        unpacked = packed if whole or not _is_gzip(packed) else gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise DataNotAvailable(f"{path} is damaged ({error}) {remedy}") from error
    found = hashlib.sha256(unpacked).hexdigest()
    if found != file.sha256:
        raise DataNotAvailable(
            f"{path} is not the expected file {remedy} (SHA-256 of its content: {found[:12]}..., "
            f"expected {file.sha256[:12]}...)"
        )
    return unpacked


def bundled(name: str, number: int = 0) -> bytes:
    """Content of a file of a bundled set, checked.

    Args:
        name: name of the set.
        number: which of its files.

    Raises:
        DataNotAvailable: the file in the installed package is missing or damaged.
    """
    file = info(name).files[number]
    resource = files("lrtheory.data") / file.name
    if not resource.is_file():
        raise DataNotAvailable(f"{resource} is missing from the installed package; install lrtheory again")
    return content(resource.read_bytes(), file, str(resource))


def _is_gzip(packed: bytes) -> bool:
    return packed[:2] == b"\x1f\x8b"


@cache
def _all() -> dict[str, Info]:
    text = (files("lrtheory.data") / "sources.toml").read_text(encoding="utf-8")
    return {
        name: Info(name=name, **{**entry, "files": tuple(DataFile(**file) for file in entry["files"])})
        for name, entry in tomllib.loads(text).items()
    }
