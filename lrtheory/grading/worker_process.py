"""A worker as the judge holds it: asked through two pipes, with a deadline, and ended for certain."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from lrtheory.grading import sandbox
from lrtheory.grading.assignments.checks import Wrong
from lrtheory.grading.plain import LARGEST, message, plain, text

MEMORY = 2_000_000_000  # bytes a process of an answer may take
SETUP = 60.0  # seconds for all cells of a notebook
START = 0.2  # of these, for the process itself to start
WORKER = Path(__file__).with_name("worker.py")


class Stopped(Wrong):
    """The worker is of no use any more: it ended, was too slow, or said what is no answer."""


class Worker:
    """One process of one answer. Use it as a context: it is killed and reaped on leaving."""

    def __init__(self, *, trusted: bool = False, memory: int = MEMORY, seconds: float = SETUP) -> None:
        """Nothing is started yet.

        Args:
            trusted: without a sandbox, as the user who judges.
            memory: bytes that a process of the answer may take.
            seconds: processor time that it may take beyond its cells.
        """
        self._trusted, self._memory, self._seconds = trusted, memory, seconds
        self._asked, self._read, self._deadline = 0, b"", 0.0

    def __enter__(self) -> Worker:
        script = str(WORKER) if self._trusted else "/judge/worker.py"
        inside = [sys.executable, "-I", "-u", script]
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            inside if self._trusted else sandbox.command(inside),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what is still to be written has no reader
                pipe.close()  # type: ignore[union-attr]
        self._said.close()

    def run(self, cells: list[str], seconds: float = SETUP) -> list[str]:
        """Run the cells of a notebook; what went wrong in which, in a few words each.

        Raises:
            Stopped: it ended or was too slow.
        """
        self.give(seconds)
        cpu = int(self._seconds + seconds) + 1
        limits = {"cpu": cpu, "memory": self._memory, "seconds": (1 - START) * seconds}
        reply = self._exchange({"cells": list(cells), **limits})
        errors = reply.get("errors")
        return [str(each)[:200] for each in errors[:20]] if isinstance(errors, list) else []

    def give(self, seconds: float) -> None:
        """Start the clock: all that is asked from now on is to be answered within so many seconds."""
        self._deadline = time.monotonic() + seconds

    def ask(self, name: str, *args: object) -> object:
        """Call a function of the answer; see `checks.Ask`."""
        reply = self._exchange({"name": name, "args": [plain(each) for each in args]})
        if isinstance(reply.get("error"), str):
            raise Wrong(f"{name}: {reply['error'][:500]}")  # type: ignore[index]
        if "value" not in reply:
            raise Stopped(f"{name}: what came is no answer")
        return reply["value"]

    def _exchange(self, asked: dict[str, object]) -> dict[str, object]:
        self._asked += 1
        line = self._through(text({"id": self._asked, **asked}))
        try:
            reply = message(line)
        except ValueError:
            raise Stopped("what came is no answer") from None
        if not isinstance(reply, dict) or type(reply.get("id")) is not int or reply["id"] != self._asked:
            raise Stopped("what came is no answer to what was asked")
        return reply

    def _through(self, line: bytes) -> bytes:
        """Write a line and read the next one, both before the deadline."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._in, selectors.EVENT_WRITE)
            ready.register(self._out, selectors.EVENT_READ)
            while True:
                if b"\n" in self._read:
                    reply, _, self._read = self._read.partition(b"\n")
                    return reply
                if len(self._read) > LARGEST:
                    raise Stopped(f"an answer of more than {LARGEST} bytes")
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise Stopped("time is up")
                for key, _ in ready.select(left):
                    if key.fd == self._out:
                        self._receive()
                    else:
                        line = self._send(line)
                        if not line:
                            ready.unregister(self._in)

    def _send(self, line: bytes) -> bytes:
        try:
            return line[os.write(self._in, line[:65536]) :]
        except BrokenPipeError:
            raise Stopped(self._ended()) from None

    def _receive(self) -> None:
        came = os.read(self._out, 1 << 20)
        if not came:
            raise Stopped(self._ended())
        self._read += came

    def _ended(self) -> str:
        self._said.seek(0)
        said = self._said.read(100_000).decode(errors="replace").strip().splitlines()
        return "the process ended" + (f": {said[-1][:200]}" if said else "")
