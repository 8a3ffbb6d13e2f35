"""Submissions that cheat or destroy, each inside the sandbox alone: none earns what it did not earn."""

import os
import subprocess
import sys
import time

import pytest
from grading.conftest import notebook
from grading.harmless import HARMLESS, LOOKS
from grading.hostile import RIGHT, UNEARNED

from lrtheory.grading import mark
from lrtheory.grading.plain import message, text
from lrtheory.grading.sandbox import command
from lrtheory.grading.worker_process import Worker

pytestmark = pytest.mark.usefixtures("confined")


@pytest.mark.slow
@pytest.mark.parametrize("name", UNEARNED)
def test_a_submission_earns_nothing_unearned(name, small):
    started = time.monotonic()
    marks = mark(notebook(UNEARNED[name]), small, seed=3)
    assert marks.total == 0
    assert marks.notes  # and its author is told why
    assert time.monotonic() - started < 60


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_forbidden_is_refused_and_a_right_answer_keeps_its_points(name, small, tmp_path):
    folder = tmp_path / "one" / "two"
    folder.mkdir(parents=True)
    canary = folder / "canary"
    canary.write_text("alive")
    marks = mark(notebook(HARMLESS[name].replace("{canary!r}", repr(str(canary))), RIGHT), small, seed=3)
    assert marks.points == [1, 2]
    assert canary.read_text() == "alive"


def test_no_check_judge_or_package_is_there_to_be_read():
    with Worker() as worker:
        worker.run([LOOKS])
        worker.give(60)
        assert worker.ask("step", 1.0, 0.1) == []


def test_nothing_but_scratch_can_be_written_not_even_what_hides_a_package():
    mounts = [sys.executable, "-I", "-c", "print(open('/proc/mounts').read())"]
    inside = subprocess.run(command(mounts, without=["numpy"]), capture_output=True, text=True, check=True)
    filled = [line.split() for line in inside.stdout.splitlines() if line.startswith("tmpfs")]
    assert any(place.endswith("/numpy") for _, place, *_ in filled)
    open_to_all = {place for _, place, _, options, *_ in filled if "rw" in options.split(",")}
    assert open_to_all == {"/tmp", "/dev/shm"}


def test_whatever_a_submission_starts_ends_with_its_check():
    mine = f"lrtheory-test-{os.getpid()}"
    sleeps = f"[sys.executable, '-c', 'import time; time.sleep(600)', {mine!r}]"
    start = f"import subprocess, sys\nsubprocess.Popen({sleeps})"
    with Worker() as worker:
        worker.run([start, RIGHT])
        worker.give(5)
        assert worker.ask("step", 1.0, 0.5) == 0.5
        assert mine in _processes()
    deadline = time.monotonic() + 10
    while mine in _processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mine not in _processes()


def _processes():
    """What every process of the machine was called with, whole: into a pipe, ps cuts lines at 80 letters."""
    return subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[" * 60_000,
        b"1" * 5_000,
        b'{"array": "gASV", "dtype": "|O", "shape": [1]}',
        b'{"array": "AAAA", "dtype": "<f8", "shape": [100000000000]}',
        b'{"array": "AAAA", "dtype": "<f8", "shape": [-1, -3]}',
        b'{"array": "!!!!", "dtype": "<f8", "shape": [1]}',
        b'{"array": 5, "dtype": "<f8", "shape": [1]}',
        b'{"dict": [1]}',
        b'{"dict": 7}',
        b'{"id": 1}',
        b"\xff\xfe",
    ],
    ids=range(12),
)
def test_a_line_that_is_no_message_is_refused_and_nothing_else(line):
    with pytest.raises(ValueError):
        message(line)


def test_plain_data_comes_back_as_it_was():
    import numpy as np

    data = {"a": [1, 2.5, None, True, "x", float("inf")], "b": {"c": np.ones((2, 3))}, "array": [1]}
    back = message(text(data))
    assert back["a"] == data["a"] and back["array"] == [1]
    assert np.array_equal(back["b"]["c"], data["b"]["c"])
