"""A folder of submissions becomes a table of marks, one row a file; it goes on where it was broken off."""

from __future__ import annotations

import csv
import hashlib
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lrtheory.grading.assignment import Assignment
from lrtheory.grading.judge import LARGEST_NOTEBOOK, Limits, Marks, mark

Row = dict[str, str]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def columns(assignment: Assignment) -> list[str]:
    """Heads of the table of marks of an assignment."""
    checks = [f"{check.question} {check.name} /{check.points}" for check in assignment.checks]
    return [
        "submission",
        "sha256",
        *checks,
        f"total /{assignment.points}",
        "seconds",
        "sandbox",
        "seed",
        "note",
    ]


def submissions(folder: Path) -> list[Path]:
    """All files below a folder, sorted, but those whose names begin with a dot.

    Raises:
        ValueError: it is no folder, or an empty one.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; give the one that holds the submissions")
    inside = [path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink()]
    found = [
        path for path in inside if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if not found:
        raise ValueError(f"{folder} holds no file; give the folder that holds the submissions")
    return found


def grade(
    folder: Path,
    assignment: Assignment,
    table: Path,
    *,
    seed: int | None = None,
    limits: Limits | None = None,
    workers: int = 1,
    progress: Callable[[Iterator[Row], int], Iterable[Row]] = lambda rows, _: rows,
) -> list[Row]:
    """Mark every file below a folder, a row at a time; rows of the same file in the same sandbox are kept.

    Example:
        >>> from lrtheory.grading import load
        >>> grade(Path("nowhere"), load("chaos"), Path("marks.csv"))
        Traceback (most recent call last):
        ValueError: nowhere is no folder; give the one that holds the submissions

    Args:
        folder: submissions, in folders or not; what is no notebook gets a row that says so.
        assignment: what they answer.
        table: CSV file to write.
        seed: of the checks' inputs; None: that of the table, or a new secret one.
        limits: what each submission may take.
        workers: submissions marked at a time, >= 1.
        progress: wraps the rows as they come, with their number.

    Raises:
        ValueError: no submissions, or a table of another assignment.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    limits = limits or Limits()
    files = [path for path in submissions(folder) if path.absolute() != table.absolute()]
    heads = columns(assignment)
    seed, rows = _before(table, heads, seed)
    sandbox = "none: trusted" if limits.trusted else "bubblewrap"

    def one(path: Path) -> Row:
        name = _text(str(path.relative_to(folder)))
        content, problem = _content(path)
        digest = "" if problem else hashlib.sha256(content).hexdigest()
        before = rows.get(name, {})
        if digest and (before.get("sha256"), before.get("sandbox")) == (digest, sandbox):
            return before
        nothing = Marks([0] * len(assignment.checks), 0.0, [problem])
        marks = nothing if problem else mark(content, assignment, seed=seed, limits=limits)
        values = [name, digest, *marks.points, marks.total, f"{marks.seconds:.1f}", sandbox, seed]
        return dict(zip(heads, [*map(str, values), _text("; ".join(marks.notes))], strict=True))

    with ThreadPoolExecutor(workers) as pool:
        try:
            for row in progress(pool.map(one, files), len(files)):
                rows[row["submission"]] = row
                _write(table, heads, rows.values())
        finally:
            pool.shutdown(cancel_futures=True)
    marked = [rows[_text(str(path.relative_to(folder)))] for path in files]
    _write(table, heads, marked)
    return marked


def _before(table: Path, heads: Sequence[str], seed: int | None) -> tuple[int, dict[str, Row]]:
    """The seed, and what was marked with it already."""
    rows = _read(table, heads)
    if seed is None:
        seed = int(rows[0]["seed"]) if rows else secrets.randbits(62)
    return seed, {row["submission"]: row for row in rows if row["seed"] == str(seed)}


def _content(path: Path) -> tuple[bytes, str]:
    """What a file holds, or why it is not read; a pipe or a link is never opened."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            return b"", "no notebook: a link, or no ordinary file"
        if about.st_size > LARGEST_NOTEBOOK:
            return b"", f"no notebook: {about.st_size} bytes, at most {LARGEST_NOTEBOOK}"
        return path.read_bytes(), ""
    except OSError as error:
        return b"", f"cannot be read: {error.strerror}"


def _text(said: str) -> str:
    """A cell of the table: printable, and no formula to a spreadsheet."""
    shown = "".join(each if each.isprintable() else " " for each in said.encode(errors="replace").decode())
    return "'" + shown if shown.startswith(_FORMULA) else shown


def _read(table: Path, heads: Sequence[str]) -> list[Row]:
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and list(rows[0]) != list(heads):
        raise ValueError(f"{table} is no table of marks of this assignment and version; name another file")
    return rows


def _write(table: Path, heads: Sequence[str], rows: Iterable[Row]) -> None:
    """Replace the table as a whole, so that a reader or an interrupt never sees half of it."""
    part = table.with_name(f".{table.name}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(rows)
    part.replace(table)
