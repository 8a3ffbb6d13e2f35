"""What is handed out of an assignment: the student's notebook, which Otter makes from a master."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MINUTES = 5  # for Otter, which takes seconds


def hand_out(master: Path, folder: Path) -> Path:
    """Make the student's notebook with its public checks, and a Gradescope archive, from a master.

    Example:
        >>> hand_out(Path("chaos.ipynb"), Path("out"))
        Traceback (most recent call last):
            ...
        ValueError: chaos.ipynb is no master: give a MyST page, such as book/assignments/chaos.md

    Args:
        master: a MyST page with Otter's marks around questions, solutions and tests.
        folder: where ``NAME/student`` and ``NAME/autograder`` are put, NAME being the master's; an earlier
            ``NAME`` is replaced.

    Returns:
        The folder ``NAME``.

    Raises:
        ValueError: no such master, Otter is missing, or it refuses the master.
    """
    if not master.is_file() or master.suffix != ".md":
        raise ValueError(f"{master} is no master: give a MyST page, such as book/assignments/chaos.md")
    for tool in ("jupytext", "otter"):
        if not importlib.util.find_spec(tool):
            raise ValueError(f"{tool} is missing: pip install 'lrtheory[book,course]'")
    with tempfile.TemporaryDirectory() as scratch:
        notebook = Path(scratch) / f"{master.stem}.ipynb"
        notebook.write_text(_notebook(master), encoding="utf-8")
        made = Path(scratch) / master.stem
        command = [sys.executable, "-m", "otter", "assign", str(notebook), str(made)]
        done = subprocess.run(
            command, cwd=scratch, capture_output=True, text=True, check=False, timeout=60 * MINUTES
        )
        if done.returncode or not (made / "student").is_dir():
            said = ((done.stderr or done.stdout).strip().splitlines() or ["no word"])[-1]
            raise ValueError(f"otter assign refuses {master}: {said}")
        for each in made.glob("*/*.ipynb"):
            each.write_text(_named(json.loads(each.read_text(encoding="utf-8"))), encoding="utf-8")
        target = folder / master.stem
        shutil.rmtree(target, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target)
    return target


def _notebook(master: Path) -> str:
    import jupytext

    return _named(json.loads(jupytext.writes(jupytext.read(master), fmt="ipynb")))


def _named(notebook: dict[str, Any]) -> str:
    """A notebook whose cells are named by what they hold: the same text each time it is made."""
    for number, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        cell["id"] = hashlib.sha256(f"{number} {source}".encode()).hexdigest()[:8]
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
