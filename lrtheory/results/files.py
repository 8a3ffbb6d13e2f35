"""Files that appear complete or not at all, and one after the other; what they hold is others' business."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_ABANDONED = 3600.0  # seconds after which a draft belongs to a writer that was killed
_EARLY = (1980, 1, 1, 0, 0, 0)  # a date of a member that says nothing of when it was packed
_PROBE_BYTES = 1_000_000  # the most that a record may take


def replace(path: Path, content: bytes, *, only_if: str | None = None) -> None:
    """Put a file in place complete or not at all; ``only_if``: only over a file of this SHA-256."""
    _sweep(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with _one_at_a_time(path.parent):
            if only_if is None or only_if == hashlib.sha256(path.read_bytes()).hexdigest():
                os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of some members, always the same bytes for the same members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _EARLY)
            info.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(info, content)
    return buffer.getvalue()


def probe(folder: Path) -> None:
    """Find out, before a long run, whether its result can be written.

    Raises:
        OSError: it cannot; the message says why and what to do.
    """
    path = folder / f".probe.{secrets.token_hex(4)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(secrets.token_bytes(_PROBE_BYTES))
    except OSError as error:
        raise OSError(
            f"nothing was run: the store {folder} cannot be written ({error.strerror or error}); "
            "name another folder by --store or LRTHEORY_STORE"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove drafts of a file that killed writers left behind."""
    for draft in path.parent.glob(f".{path.name}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > _ABANDONED:
                draft.unlink()


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one writer at a time look and replace, where the system knows how; a killed one lets go."""
    try:
        import fcntl
    except ImportError:  # not on this system: a re-check may then overwrite a run stored in the same instant
        yield
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
