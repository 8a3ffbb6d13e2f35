"""Faults of disk, files and drivers: each is named, and nothing that is stored is lost."""

import errno
import os
import re
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from lrtheory import SweepRefused, SweepStopped, stored_sweeps, sweep
from lrtheory.sweeps import folder as folders
from lrtheory.sweeps import keeper

GRID = {"lr": [0.1, 0.25, 0.5, 0.75], "steps": [1, 2, 3]}


def flipped(path, part):
    """Change one byte of a file, at a part of its length."""
    content = bytearray(path.read_bytes())
    content[int(part * len(content))] ^= 0xFF
    path.write_bytes(content)


def uninterrupted(toy, tmp_path):
    return sweep(toy.orbit, GRID, store=tmp_path / "other", seed=1)


@pytest.mark.parametrize("part", [0.2, "cut", "empty", "foreign"])
def test_a_damaged_small_file_is_named_and_its_point_made_again(toy, partly, home, tmp_path, contents, part):
    path = sorted((home() / "points").iterdir())[2]
    match part:
        case "cut":
            path.write_bytes(path.read_bytes()[:-30])
        case "empty":
            path.write_bytes(b"")
        case "foreign":
            np.savez(path, x=np.ones(3))
        case _:
            flipped(path, part)
    (seen,) = stored_sweeps(partly)
    assert (seen.done, seen.missing, list(seen.damaged)) == (4, 8, [path.name])
    with pytest.warns(UserWarning, match=rf"{path.name} is set aside in .*damaged: "):
        found = sweep(toy.orbit, GRID, store=partly, seed=1)
    assert [each.name for each in (home() / "damaged").iterdir()] == [path.name]
    assert contents(found) == contents(uninterrupted(toy, tmp_path))


def test_a_damaged_shard_is_named_and_its_points_alone_are_made_again(
    toy, store, tmp_path, contents, monkeypatch, home
):
    monkeypatch.setattr(folders, "BLOCK", 5)
    monkeypatch.setattr(keeper, "BLOCK", 5)
    whole = sweep(toy.orbit, GRID, store=store, seed=1)
    before = contents(whole)
    path = home() / "shards" / "00000005-00000009.npz"
    flipped(path, 0.5)
    with pytest.raises(folders.CorruptResult, match=r"00000005-00000009.npz .* the next call of this sweep"):
        list(whole.points())
    (seen,) = stored_sweeps(store)
    assert (seen.done, seen.missing, list(seen.damaged)) == (7, 5, [path.name])
    kept = (home() / "shards" / "00000000-00000004.npz").stat().st_mtime_ns
    with pytest.warns(UserWarning, match=path.name):
        found = sweep(toy.orbit, GRID, store=store, seed=1)
    assert contents(found) == before
    assert (home() / "shards" / "00000000-00000004.npz").stat().st_mtime_ns == kept


def test_points_that_a_kill_left_twice_are_recognized(toy, partly, home, tmp_path, contents):
    small = {path: path.read_bytes() for path in (home() / "points").iterdir()}
    sweep(toy.orbit, GRID, store=partly, seed=1)
    for path, content in small.items():
        path.write_bytes(content)
    (home() / "points" / ".00000003-12345678.npz.1234.tmp").touch()  # what a killed driver was writing
    (seen,) = stored_sweeps(partly)
    assert (seen.done, seen.missing) == (12, 0)
    found = sweep(toy.orbit, GRID, store=partly, seed=1)
    assert contents(found) == contents(uninterrupted(toy, tmp_path))
    assert list((home() / "points").iterdir()) == []


def test_a_file_of_another_sweep_is_not_taken_for_this_ones(toy, store, partly, home):
    other = sweep(toy.orbit, GRID, store=store.parent / "other", seed=2)
    (foreign,) = (other.folder / "shards").iterdir()
    (home() / "shards").mkdir()
    (home() / "shards" / foreign.name).write_bytes(foreign.read_bytes())
    (seen,) = stored_sweeps(partly)
    assert seen.done == 5 and "belongs to another sweep" in seen.damaged[foreign.name]


def test_a_full_disk_stops_the_sweep_and_the_next_call_goes_on(
    toy, store, tmp_path, monkeypatch, contents, home
):
    written = []

    def full(path, content):
        if path.parent.name == "points" and len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        folders_replace(path, content)

    folders_replace = folders.replace
    with monkeypatch.context() as patch:
        patch.setattr(folders, "replace", full)
        patch.setattr(keeper, "TOGETHER", 0.0)
        words = r"cannot be written \(No space left on device\): make room\. 4 of 12 points are stored in"
        with pytest.raises(SweepStopped, match=words) as caught:
            sweep(toy.orbit, GRID, store=store, seed=1)
    assert str(home()) in str(caught.value)
    assert stored_sweeps(store)[0].masked("steps").count() == 4
    assert contents(sweep(toy.orbit, GRID, store=store, seed=1)) == contents(uninterrupted(toy, tmp_path))


@pytest.mark.slow
def test_a_full_disk_for_real(toy, tmp_path, contents, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setattr(keeper, "TOGETHER", 0.0)
    mounted = ["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(disk)]
    if os.name != "posix" or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        filling = disk / "filling"
        sweep(toy.orbit, {"lr": [0.1]}, store=disk / "store")  # so that its folders are there
        filling.write_bytes(bytes(120_000))
        grid = {"steps": range(400)}
        with pytest.raises(SweepStopped, match="No space left") as caught:
            sweep(toy.orbit, grid, store=disk / "store", seed=1)
        stored = int(re.search(r"(\d+) of 400 points are stored", str(caught.value))[1])
        (partly,) = (each for each in stored_sweeps(disk / "store") if each.size == 400)
        assert 0 < partly.done == stored < 400 and partly.damaged == {}
        with pytest.raises(OSError, match=r"nothing was run: the store .* cannot be written"):
            sweep(toy.orbit, grid, store=disk / "store", seed=1)
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        found = sweep(toy.orbit, grid, store=disk / "store", seed=1)
        assert contents(found) == contents(sweep(toy.orbit, grid, store=tmp_path / "other", seed=1))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_store_that_cannot_be_written_is_found_out_first(toy, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"nothing was run: the store .* cannot be written"):
        sweep(toy.orbit, GRID, store=tmp_path / "file" / "store")


def test_two_drivers_at_once_are_one_too_many(toy, store, tmp_path):
    script = tmp_path / "code" / "driver.py"
    script.write_text(textwrap.dedent(f"""
        import sys
        from lrtheory import sweep
        import {toy.__name__} as toy
        print("begun", flush=True)
        sweep(toy.seedless, {{"lr": [0.1, 0.2, 0.3]}}, fixed={{"pause": 0.4}}, store={str(store)!r})
    """))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as other:
        other.stdout.readline()
        while not list(store.glob("sweeps/*/points/*")):
            time.sleep(0.02)
        given = {"grid": {"lr": [0.1, 0.2, 0.3]}, "fixed": {"pause": 0.4}, "store": store}
        with pytest.raises(SweepRefused, match=rf"process {other.pid} on .* runs the sweep in .* now"):
            sweep(toy.seedless, **given)
        other.kill()
    assert sweep(toy.seedless, **given)["x"].tolist() == [0.1, 0.2, 0.3]
