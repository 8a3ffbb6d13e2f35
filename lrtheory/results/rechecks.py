"""Small settings run again by the code that lies on disk, in fresh processes, and held against records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from lrtheory.results.experiments import Experiment, as_arrays, progress
from lrtheory.results.fingerprints import Agreement, compare, fingerprint
from lrtheory.results.records import read_record


@dataclass(frozen=True)
class Task:
    """A record whose small setting is to be run again.

    Attributes:
        folder: folder of the store.
        stem: file name of the record without suffix.
        digest: SHA-256 that the file had when it was read.
        module: module of the experiment today.
        function: its name there.
    """

    folder: str
    stem: str
    digest: str
    module: str
    function: str


def agreements(tasks: Sequence[Task]) -> list[Agreement | str]:
    """How today's code agrees with each record, in order, or in one line why that cannot be said.

    A process that has run for hours holds the code as it was when that was imported; so each worker is new.
    """
    workers = min(len(tasks), os.cpu_count() or 1)
    shares = [tasks[first::workers] for first in range(workers)]
    with ThreadPoolExecutor(max(1, workers)) as threads:
        parts = list(progress(threads.map(_in_a_process, shares), "re-checking", total=workers))
    found: list[Agreement | str] = [""] * len(tasks)
    for first, part in enumerate(parts):
        found[first::workers] = part
    return found


def _in_a_process(tasks: Sequence[Task]) -> list[Agreement | str]:
    """Answers in order; where a process dies, its task is told so and the others go on in a new one."""
    found: list[Agreement | str] = []
    while len(found) < len(tasks):
        given, end = _answers(tasks[len(found) :])
        found += given
        if len(found) < len(tasks):
            found.append(end)
    return found


def _answers(tasks: Sequence[Task]) -> tuple[list[Agreement | str], str]:
    """What one process answers before it ends, and how it ends."""
    searched = os.pathsep.join(path or os.getcwd() for path in sys.path)
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": searched, "LRTHEORY_PROGRESS": "0"}
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder, "answers")
        child = subprocess.run(
            [sys.executable, "-m", __name__, str(answers)], text=True, check=False, capture_output=True,
            input=json.dumps([asdict(task) for task in tasks]), env=environment,
        )
        lines = answers.read_text(encoding="utf-8").splitlines() if answers.is_file() else []
    given: list[Agreement | str] = []
    for line in lines:
        answer = json.loads(line)
        given.append(answer if isinstance(answer, str) else Agreement(**answer))
    last = (child.stderr.strip().splitlines() or [""])[-1]
    return given, f"a process that ended with status {child.returncode} {last}".rstrip()


def _agreement(task: Task) -> Agreement | str:
    try:
        record, digest = read_record(Path(task.folder), task.stem, "check again")
        kept, marked = record.fingerprint, getattr(import_module(task.module), task.function)
        if digest != task.digest or kept is None or not isinstance(marked, Experiment):
            return "a record that was replaced meanwhile; check again"
        arrays = as_arrays(marked(**kept.parameters), task.function)
        return compare(kept, fingerprint(arrays, kept.parameters, marked.elsewhere), marked.elsewhere)
    except Exception as error:  # whatever it is, the record is told, and the next one is run
        return f"{type(error).__name__}: {error}".partition("\n")[0]


def _work(tasks: Iterable[Task], answers: Path) -> None:
    """Answer one task after the other, a line each."""
    with answers.open("w", encoding="utf-8") as file:
        for task in tasks:
            answer = _agreement(task)
            file.write(json.dumps(answer if isinstance(answer, str) else asdict(answer)) + "\n")
            file.flush()


if __name__ == "__main__":
    _work((Task(**fields) for fields in json.load(sys.stdin)), Path(sys.argv[1]))
