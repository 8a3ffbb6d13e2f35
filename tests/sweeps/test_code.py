"""Code and versions: points of different ones are never mixed, and foreign folders left alone."""

import json
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from lrtheory import SweepRefused, SweepStopped, stored_sweeps, sweep
from lrtheory.sweeps.environment import environment_of
from lrtheory.sweeps.worker import Answer

GRID = {"lr": [0.1, 0.25, 0.5, 0.75], "steps": [1, 2, 3]}


def test_points_of_other_code_are_not_mixed(toy, partly, edit, home, contents):
    path = sorted((home() / "points").iterdir())[0]
    edit(toy, "** np.arange(4)", "** np.arange(5)")
    with pytest.raises(SweepRefused, match=r"stale: the code of sweep_\w+ differs\. 7 of 12 .*again=True"):
        sweep(toy.orbit, GRID, store=partly, seed=1)
    assert path.exists()
    edit(toy, "** np.arange(5)", "** np.arange(4)")
    assert sweep(toy.orbit, GRID, store=partly, seed=1).done == 12
    edit(toy, "** np.arange(4)", "** np.arange(5)")
    whole = sweep(toy.orbit, GRID, store=partly, seed=1)
    assert stored_sweeps(partly)[0].changes == whole.changes
    assert whole.stale and "STALE: the code of" in whole.caption() and whole["theta"].shape[-1] == 4
    edit(toy, "** np.arange(5)", "** np.arange(4)")
    assert not sweep(toy.orbit, GRID, store=partly, seed=1, again=True).stale


def test_a_sweep_file_that_is_lost_or_damaged_is_written_again(toy, partly, home, tmp_path, contents):
    (home() / "sweep.json").write_text("{")
    assert contents(sweep(toy.orbit, GRID, store=partly, seed=1)) == contents(
        sweep(toy.orbit, GRID, store=tmp_path / "other", seed=1)
    )
    assert json.loads((home() / "sweep.json").read_text())["format"] == "lrtheory sweep"


def test_without_its_sweep_file_a_folder_of_other_code_is_still_known(toy, partly, home, edit):
    (home() / "sweep.json").unlink()
    edit(toy, "** np.arange(4)", "** np.arange(5)")
    with pytest.raises(SweepRefused, match=r"5 files of .* made by other code than its sweep\.json names"):
        sweep(toy.orbit, GRID, store=partly, seed=1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"format": "other"}, "is no sweep of lrtheory: it lacks the mark 'lrtheory sweep'"),
        ({"format": "lrtheory sweep", "format_version": 99}, "has format version 99, .* up to 1; update"),
    ],
)
def test_a_foreign_or_newer_sweep_is_left_alone(toy, partly, home, content, message):
    (home() / "sweep.json").write_text(json.dumps(content))
    with pytest.raises(SweepRefused, match=message):
        sweep(toy.orbit, GRID, store=partly, seed=1)
    assert json.loads((home() / "sweep.json").read_text()) == content


def test_a_worker_with_other_code_stops_the_sweep(toy, store):
    class Other:
        def submit(self, function, task):
            future = Future()
            future.set_result(function(task) if task.parameters["steps"] < 3 else answer)
            return future

    theirs = replace(environment_of(toy.orbit), numpy="1.0", version=2)
    answer = Answer({"theta": np.ones(4)}, "", 0.1, theirs.digest, theirs)
    words = (
        r"a worker has other code or versions than the driver: version of the experiment 1 in the driver, 2 "
        r"in the worker; numpy [\d.]+ in the driver, 1.0 in the worker; install the same on both .* 8 of 12"
    )
    with pytest.raises(SweepStopped, match=words):
        sweep(toy.orbit, GRID, Other(), store=store)
    assert stored_sweeps(store)[0].masked("steps").mask.tolist() == [[False, False, True]] * 4


def test_a_worker_that_has_loaded_code_before_an_edit_is_told(toy, store, edit):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sweep(toy.orbit, {"steps": [1, 2]}, pool, store=store)
        edit(toy, "** np.arange(4)", "** np.arange(5)")
        with pytest.raises(SweepStopped, match=r"than the driver: the code of sweep_\w+ differs; install"):
            sweep(toy.orbit, {"steps": [1, 2, 3]}, pool, store=store)
