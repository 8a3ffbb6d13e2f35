"""One driver at a time on a folder; a killed one lets go."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

from lrtheory.sweeps.trouble import SweepRefused

_LOCK, _WHO = "lock", "driver"
_RUN = secrets.token_hex(8)  # tells this process from an earlier one with its number


@contextlib.contextmanager
def only_driver(folder: Path) -> Iterator[None]:
    """Keep other drivers out of a folder, other threads of this process among them.

    The lock belongs to the process and not to the open file, as flock's would: workers that are forked
    while it is held do not keep it when the driver is killed.

    Raises:
        SweepRefused: another one is at work; says which.
        OSError: the folder cannot be written.
    """
    try:
        import fcntl
    except ImportError:  # not on this system: two drivers then do work twice, and spoil nothing
        yield
        return
    # closing any descriptor of the file lets go of the lock: what the driver is stands in another file
    me = f"{_RUN}-{os.getpid()}"  # with the number, since a fork has the same token
    if _driver(folder)[:1] == [me]:
        raise SweepRefused(f"this process runs the sweep in {folder} already; wait for it to end")
    opened = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            who = " ".join(_driver(folder)[1:]) or "another process"
            raise SweepRefused(f"{who} runs the sweep in {folder} now; wait for it to end") from error
        _say(folder, f"{me} process {os.getpid()} on {socket.gethostname()}")
        try:
            yield
        finally:
            _say(folder, "")
    finally:
        os.close(opened)


def _driver(folder: Path) -> list[str]:
    """Words that the last driver left; none after one that ended."""
    with contextlib.suppress(OSError):
        return (folder / _WHO).read_text(encoding="utf-8").split()
    return []


def _say(folder: Path, words: str) -> None:
    with contextlib.suppress(OSError):  # a full disk: the lock itself needs no space
        (folder / _WHO).write_text(words, encoding="utf-8")
