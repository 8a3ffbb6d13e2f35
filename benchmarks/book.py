"""P6: the book, rendered again from its cache of executed pages, in a copy of this repository."""

from __future__ import annotations

import importlib.util
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

from benchmarks.timing import Candidate, Workload

ROOT = Path(__file__).resolve().parents[1]
NO_BOOK = "no built book here: make book"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "_build", ".*_cache", "build", "*.egg-info")
_BUILD = "import sys; from jupyter_book.cli.main import main; sys.argv[0] = 'jupyter-book'; main()"
# Goals for a book of so many pages, in CPU seconds: those for twenty pages, 8 and 2.5, with their fixed part.
_FIXED, _RENDERED, _NOTHING, _EXECUTED = 1.3, 0.35, 0.06, 6.0


def rendering(size: float) -> Workload:
    """CPU seconds of a build that executes nothing, of smaller ones, and of all pages' cells.

    Builds are not measured below full size: a part of the book would not be the book.
    """
    records, missing = _records(), ""
    if records is None:
        missing = NO_BOOK
    elif size < 1:
        missing = "at full size only"
    copy = None if missing else _Copy()
    pages = len(_pages())
    ours = Candidate(
        "all pages, cells from the cache", copy and copy.rendered, _FIXED + _RENDERED * pages, missing
    )
    again = Candidate("nothing to do", copy and copy.built, _FIXED + _NOTHING * pages, missing)
    reference = Candidate("(the reference again, and nothing else)", copy and copy.reference, None, missing)
    spent = _spent(records or [])
    executed = Candidate(
        "cells of all pages, when they were executed", (lambda: spent) if spent is not None else None,
        _EXECUTED * len(records or []), "no record of it: make book CLEAN=1" if records else NO_BOOK,
    )
    judged = _spent([record for record in records or [] if record.get("page") == "claims"])
    ledger = Candidate(
        "(of these the ledger, which judges every claim)", (lambda: judged) if judged is not None else None,
        None, executed.missing,
    )
    title = f"P6: the book, {pages} pages"
    return Workload(title, "CPU seconds", ours, [again, reference, executed, ledger], seconds=True)


class _Copy:
    """A copy of the repository that has the executed pages, and no page."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="lrtheory-book-")
        self._root = Path(folder) / "copy"
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def rendered(self) -> float:
        shutil.copytree(ROOT, self._root, ignore=_LEFT_OUT)
        for kept in (".jupyter_cache", "ledger"):
            if (ROOT / "_build" / kept).is_dir():
                shutil.copytree(ROOT / "_build" / kept, self._root / "_build" / kept)
        return self.built()

    def reference(self) -> float:
        for page in (self._root / "book" / "reference").glob("*.md"):
            page.touch()
        return self.built()

    def built(self) -> float:
        begin = _children()
        done = subprocess.run(
            [sys.executable, "-c", _BUILD, "build", ".", "-W", "-n", "--keep-going"], cwd=self._root,
            env=_own(self._root), capture_output=True, text=True, check=False,
        )
        said = done.stdout + done.stderr
        if done.returncode:
            lines = [line for line in said.splitlines() if re.search("WARNING|ERROR|[Ee]rror:", line)]
            raise ValueError(f"the book cannot be built: {' '.join(lines[:3])[:600]}; make book")
        executed = re.findall(r"executed (\S+) in \d", said)
        if executed:
            raise ValueError(f"the built book is not of today: {executed[0]} had to be executed; make book")
        return _children() - begin


def _own(root: Path) -> dict[str, str]:
    """The environment, but for whose code is built and whose stored runs are shown: those of the copy."""
    return {**{k: v for k, v in os.environ.items() if k != "LRTHEORY_STORE"}, "PYTHONPATH": str(root)}


def _pages() -> list[str]:
    return re.findall(r"^\s*(?:- file|root): (\S+)$", (ROOT / "_toc.yml").read_text("utf-8"), re.MULTILINE)


def _records() -> list[dict[str, Any]] | None:
    """What the cache says about each executed page, and its name; None where there is no built book."""
    cache = ROOT / "_build" / ".jupyter_cache"
    if not cache.is_dir() or importlib.util.find_spec("jupyter_cache") is None:
        return None
    from jupyter_cache import get_cache

    records = get_cache(str(cache)).list_cache_records()
    return [{**record.data, "page": Path(record.uri).stem} for record in records] or None


def _spent(records: list[dict[str, Any]]) -> float | None:
    """Processor seconds of all pages; None if one was executed before they were written down."""
    seconds = [record.get("processor_seconds") for record in records]
    known = [each for each in seconds if each is not None]
    return float(sum(known)) if known and len(known) == len(seconds) else None


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
