"""Two writers at once, writers that are killed, stores that cannot be written: nothing stored is lost."""

import errno
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lrtheory.results import NotStored, Store, files
from lrtheory.results.records import read_record

# A writer: it stores runs of one set of parameters that differ in every number, and says so after each.
WRITER = """
import sys, numpy as np
from pathlib import Path
from lrtheory.results.provenance import Provenance
from lrtheory.results.records import Record, write_record

folder, first, step, runs = sys.argv[1], *map(int, sys.argv[2:])
origin = Provenance("toy.run", 1, (), {}, None, None, "3", "2", "2", "cpu", (), 0.0, "2026-01-01")
print("ready", flush=True)
sys.stdin.readline()
for number in range(first, first + step * runs, step):
    arrays = {name: np.full(4000, number) ^ np.arange(4000) for name in ("one", "two")}
    write_record(Path(folder), Record("toy.run", "toy", {"seed": 0}, origin, arrays))
    print(number, flush=True)
"""


def writer(folder, first, step, runs):
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), *map(str, (first, step, runs))], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert child.stdout.readline() == "ready\n"
    return child


def go(child):
    child.stdin.write("go\n")
    child.stdin.flush()


def number_in(folder):
    """Which run lies in a store; fails unless it is whole, all its numbers of one run."""
    (stem,) = Store(folder).records()
    record, _ = read_record(folder, stem, "")
    (number,) = set((record.arrays["one"] ^ np.arange(4000)).tolist())
    assert np.array_equal(record.arrays["two"], record.arrays["one"])
    return number


@pytest.mark.slow
def test_of_two_writers_at_once_one_wins_whole(tmp_path):
    """Two writers, each with 100 runs: a reader beside them finds whole ones, in the end the last of one."""
    children = [writer(tmp_path, first, 2, 100) for first in (0, 1)]
    for child in children:
        go(child)
    seen = []
    while any(child.poll() is None for child in children):
        if Store(tmp_path).records():
            seen.append(number_in(tmp_path))
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0, 0]
    assert number_in(tmp_path) in (198, 199)
    assert len(set(seen)) > 10 and {number % 2 for number in seen} == {0, 1}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_the_earlier_run_or_the_new_one(tmp_path):
    """100 writers that repeat a run are killed; what was reported as stored, or a later run, is there."""
    drawn = random.Random(0)
    first, between = 0, 0
    for _ in range(100):
        child = writer(tmp_path, first, 1, 10**6)
        go(child)
        child.stdout.readline()
        time.sleep(drawn.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)
        reported = [first, *map(int, child.communicate()[0].split())][-1]
        found = number_in(tmp_path)
        assert found in (reported, reported + 1)
        between += found != reported
        first = found + 1
    drafts = [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert between > 0 or drafts, "no kill fell into a write"


def test_what_killed_writers_left_is_swept_away_later(store, toy, tmp_path):
    store.run(toy.orbit)
    (path,) = store.root.iterdir()
    old, new = (path.with_name(f".{path.name}.{mark}.tmp") for mark in ("0a", "0b"))
    for draft in (old, new):
        draft.touch()
    os.utime(old, (0, 0))
    store.run(toy.orbit)
    assert not old.exists() and new.exists()
    assert store.records() == (path.stem,)


@pytest.mark.parametrize("stage", ["fsync", "replace"])
def test_an_interrupt_while_a_run_is_repeated_leaves_the_earlier_one(store, toy, acting, monkeypatch, stage):
    store.run(toy.orbit)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"lrtheory.results.files.os.{stage}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.run(acting(lambda **_: {"theta": np.zeros(1)}))
    monkeypatch.undo()
    assert np.array_equal(store.get(toy.orbit)["theta"], 0.9 ** np.arange(5))
    assert len(list(store.root.iterdir())) == 1


def test_an_interrupt_in_the_middle_of_a_run_leaves_the_earlier_one(store, toy, acting):
    store.run(toy.orbit)

    def stopped(**given):
        if given["steps"] == 5:
            raise KeyboardInterrupt
        return {"x": np.ones(2)}

    with pytest.raises(KeyboardInterrupt):
        store.run(acting(stopped))
    assert store.is_fresh(toy.orbit)


def test_a_store_that_is_a_file_is_refused_before_the_run(tmp_path, acting):
    (tmp_path / "store").write_text("a file")
    with pytest.raises(OSError, match=r"nothing was run: the store .* cannot be written .* --store or"):
        Store(tmp_path / "store").run(acting(lambda **_: pytest.fail("it was run")))


def test_a_full_disk_is_found_before_the_run(store, acting, monkeypatch):
    monkeypatch.setattr(files, "_PROBE_BYTES", 10**6)
    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match=r"nothing was run: .* cannot be written .No space left on device"):
        store.run(acting(lambda **_: pytest.fail("it was run")))
    monkeypatch.undo()
    assert list(store.root.iterdir()) == []


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_store_that_fails_after_the_run_costs_no_result(store, toy, monkeypatch, tmp_path):
    """The folder is taken away while the experiment runs; its result is kept elsewhere, and named."""
    real = files.os.replace

    def fails_in_the_store(source, target):
        if target.parent == store.root:
            full()
        real(source, target)

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("lrtheory.results.files.os.replace", fails_in_the_store)
    words = r"finished, but .* cannot be written now .No space .* is safe in"
    with pytest.raises(NotStored, match=words) as failed:
        store.run(toy.orbit)
    monkeypatch.undo()
    assert np.array_equal(failed.value.result["theta"], 0.9 ** np.arange(5))
    (saved,) = tmp_path.glob("lrtheory-*/*.npz")
    assert str(saved) in str(failed.value) and store.records() == ()
    saved.rename(store.root / saved.name)
    assert store.is_fresh(toy.orbit)
