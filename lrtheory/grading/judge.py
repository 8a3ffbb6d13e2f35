"""Marks of one submission: for each question a process of its own, asked for plain data to compare."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from lrtheory.grading.assignment import Assignment
from lrtheory.grading.assignments.checks import Check, Wrong
from lrtheory.grading.notebook import run
from lrtheory.grading.worker_process import MEMORY, SETUP, Stopped, Worker

LARGEST_NOTEBOOK = 10_000_000  # bytes
_INSTALLS = re.compile(r"^\s*[%!]\s*(?:pip|conda|mamba)\b.*$", re.MULTILINE)


class NoNotebook(ValueError):
    """What was handed in cannot be read as a notebook."""


@dataclass(frozen=True)
class Limits:
    """What a submission may take.

    Attributes:
        patience: factor on all times, > 0; more than 1 on a slow machine.
        memory: bytes for each process, >= 500 MB.
        trusted: no sandbox: it runs as the user who judges, and may do what he may.
    """

    patience: float = 1.0
    memory: int = MEMORY
    trusted: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.patience < 1000:
            raise ValueError(f"patience must lie in (0, 1000), got {self.patience}")
        if self.memory < 500_000_000:
            raise ValueError(
                f"memory must be at least 500 MB, which PyTorch alone takes; got {self.memory} bytes"
            )


@dataclass(frozen=True)
class Marks:
    """What a submission got.

    Attributes:
        points: of each check, in order; 0 where it was not passed.
        seconds: wall time that it took.
        notes: why points were not given, and what went wrong in the notebook.
    """

    points: Sequence[int]
    seconds: float = 0.0
    notes: Sequence[str] = field(default=())

    @property
    def total(self) -> int:
        """All points."""
        return sum(self.points)


def mark(notebook: bytes, assignment: Assignment, *, seed: int, limits: Limits | None = None) -> Marks:
    """Mark a notebook as it was handed in. Whatever it holds and does, this returns.

    Example:
        >>> from lrtheory.grading import load
        >>> found = mark(b"x = 1", load("chaos"), seed=1)  # no notebook gets no points, and a note
        >>> found.total, found.notes[0][:11]
        (0, 'no notebook')

    Args:
        notebook: content of the file.
        assignment: what it answers.
        seed: of the inputs that the checks draw; a secret until all is handed in.
        limits: what it may take.
    """
    limits = limits or Limits()
    started = time.monotonic()
    nothing = [0] * len(assignment.checks)
    try:
        cells = code_cells(notebook)
    except NoNotebook as problem:
        return Marks(nothing, 0.0, [str(problem)])
    points, notes = nothing[:], []
    with _Process(cells, assignment, limits) as process:
        for number, check in enumerate(assignment.checks):
            try:
                process.passes(check, seed)
                points[number] = check.points
            except _Unusable as problem:
                notes.append(f"notebook: {problem}")
                break
            except Wrong as wrong:
                notes.append(f"{check.name}: {wrong}")
        if notes:
            notes += [f"notebook: {error}" for error in process.errors]
    return Marks(points, time.monotonic() - started, notes)


class _Unusable(Exception):
    """The cells did not come to an end: no check has anything to ask."""


class _Process:
    """The process of a submission: a new one for each question, and after a check that ended it."""

    def __init__(self, cells: list[str], assignment: Assignment, limits: Limits) -> None:
        self._cells, self._assignment, self._limits = cells, assignment, limits
        self._question, self._open = "", ExitStack()
        self.errors: list[str] = []

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def passes(self, check: Check, seed: int) -> None:
        """Run a check. Raises Wrong, or _Unusable where the cells themselves do not end."""
        if check.question != self._question:
            self._start(check.question)
        self._worker.give(check.seconds * self._limits.patience)
        try:
            run(check, self._worker.ask, seed)
        except Stopped:
            self._question = ""
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, MemoryError) as error:
            # a value of another kind than the check thought of
            raise Wrong(f"the values cannot be compared: {type(error).__name__}: {error}") from None

    def _start(self, question: str) -> None:
        """Run the cells in a new process."""
        self._open.close()
        limits = self._limits
        seconds = sum(check.seconds for check in self._assignment.checks if check.question == question)
        worker = Worker(trusted=limits.trusted, memory=limits.memory, seconds=seconds * limits.patience)
        self._worker = self._open.enter_context(worker)
        try:
            self.errors = self._worker.run(self._cells, SETUP * limits.patience)
        except Stopped as stopped:
            raise _Unusable(str(stopped)) from None
        self._question = question


def code_cells(notebook: bytes) -> list[str]:
    """Sources of a notebook's code cells in order, without what would install packages.

    Raises:
        NoNotebook: it is none.
    """
    if len(notebook) > LARGEST_NOTEBOOK:
        raise NoNotebook(f"no notebook: {len(notebook)} bytes, at most {LARGEST_NOTEBOOK}; clear its outputs")
    try:
        cells = json.loads(notebook)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        joined = [each if isinstance(each, str) else "".join(each) for each in sources]
    except (ValueError, LookupError, TypeError, RecursionError, MemoryError) as error:
        raise NoNotebook(f"no notebook: {type(error).__name__}: {error}"[:200]) from None
    return [_INSTALLS.sub("pass", source) for source in joined]
