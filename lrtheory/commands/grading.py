"""The commands `handout` and `grade`: an assignment to be handed out, and marks of what comes back."""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lrtheory.grading.assignment import NAMES, load
from lrtheory.grading.sandbox import why_not
from lrtheory.results import progress

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_commands(commands: Commands) -> None:
    """Add `handout` and `grade` to the commands."""
    parser = commands.add_parser(
        "handout",
        help="make what is handed out of an assignment",
        description="Make the student's notebook with its public checks, and a Gradescope archive of these.",
        epilog="Example: python -m lrtheory handout book/assignments/chaos.md handouts",
    )
    parser.add_argument("master", type=Path, metavar="MASTER", help="MyST page with questions and solutions")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where a folder of its name is put")
    parser.set_defaults(command=_handout)
    parser = commands.add_parser(
        "grade",
        help="mark a folder of submissions",
        description="Mark every notebook below FOLDER, each question in a sandbox of its own; write "
        "a CSV table. Broken off, it goes on where it was when called again.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the submissions, in folders or not")
    parser.add_argument("--assignment", required=True, choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--out", type=Path, default=Path("marks.csv"), help="table to write (default: marks.csv)"
    )
    parser.add_argument("--seed", type=int, help="of the inputs, secret (default: the table's, or new)")
    parser.add_argument("--patience", type=float, default=1.0, help="factor on all time limits (default: 1)")
    parser.add_argument("--memory", type=float, default=2.0, help="GB for a process (default: 2)")
    parser.add_argument("--workers", type=int, default=1, help="submissions marked at a time (default: 1)")
    parser.add_argument(
        "--trusted",
        action="store_true",
        help="without a sandbox: submissions may do what you may; the table says so",
    )
    parser.set_defaults(command=_grade)


def _handout(options: argparse.Namespace) -> int:
    from lrtheory.grading.handout import hand_out

    made = hand_out(options.master, options.folder)
    print(f"hand out what is in {made / 'student'}; {made / 'autograder'} holds the solutions: keep it")
    return 0


def _grade(options: argparse.Namespace) -> int:
    if not importlib.util.find_spec("IPython"):
        raise ValueError(
            "grading runs notebooks in IPython, which is missing: pip install 'lrtheory[course]'"
        )
    from lrtheory.grading.batch import grade
    from lrtheory.grading.judge import Limits

    limits = Limits(options.patience, int(options.memory * 1e9), options.trusted)
    if options.trusted and os.name == "posix" and os.geteuid() == 0:
        raise ValueError(
            "--trusted as root would let a submission delete anything: become another user first"
        )
    reason = None if options.trusted else why_not()
    if reason:
        raise ValueError(f"no sandbox: {reason}. With --trusted submissions run with your own rights")
    rows = grade(
        options.folder,
        load(options.assignment),
        options.out,
        seed=options.seed,
        limits=limits,
        workers=options.workers,
        progress=lambda rows, number: progress(rows, "submissions", number),
    )
    total = next(head for head in rows[0] if head.startswith("total"))
    for row in rows:
        print(f"{row['submission']}: {row[total]}{total.removeprefix('total ')}")
    print(f"marks of {len(rows)} submissions are in {options.out}")
    return 0
