"""Sweeps from the caller's side: arrays over a grid, taken up again, failures kept apart, few files."""

import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from lrtheory import Sweep, stored_sweeps, sweep
from lrtheory.sweeps import driver, folder, keeper

GRID = {"lr": [0.1, 0.25, 0.5], "steps": [1, 2]}


@pytest.fixture
def count_files(store):
    return lambda part: sorted(path.name for path in store.glob(f"sweeps/*/{part}/*"))


def test_a_sweep_gives_arrays_over_its_grid(toy, store):
    found = sweep(toy.orbit, GRID, store=store, seed=1)
    assert isinstance(found, Sweep)
    assert (found.shape, found.size, found.done, found.missing, found.failed) == ((3, 2), 6, 6, 0, {})
    assert found.grid == {"lr": (0.1, 0.25, 0.5), "steps": (1, 2)}
    assert found["theta"].shape == (3, 2, 4)
    assert found["steps"].tolist() == [[1, 2]] * 3 and found["steps"].dtype == np.int32
    assert found["label"].shape == (3, 2) and set(found["label"].flat) == {"plain"}
    np.testing.assert_array_equal(found["theta"][2, 1], 0.5 ** np.arange(4))
    draw = np.random.default_rng(found.parameters(3)["seed"]).standard_normal(3)
    np.testing.assert_array_equal(found["draw"][1, 1], draw)
    assert len({row.tobytes() for row in found["draw"].reshape(6, 3)}) == 6
    assert (found.seconds > 0).all() and found.seconds.shape == (3, 2)
    assert "over 3 lr x 2 steps, 6 points, 0 failed, on cpu" in found.caption()
    assert found.caption() in found._repr_html_() and found.experiment in repr(found)


def test_what_is_stored_is_not_made_again(toy, store, monkeypatch, count_files, contents):
    first = sweep(toy.orbit, GRID, store=store, seed=1)
    assert count_files("points") == [] and count_files("shards") == ["00000000-00000005.npz"]
    monkeypatch.setattr(driver, "_make", None)  # calling it would raise
    again = sweep(toy.orbit, GRID, store=store, seed=1)
    assert contents(again) == contents(first)
    np.testing.assert_array_equal(again.seconds, first.seconds)


def test_ctrl_c_leaves_what_has_finished_and_the_next_call_goes_on(toy, store, tmp_path):
    once = {"flag": str(tmp_path / "once")}
    given = {"grid": {"lr": [0.1, 0.2, 0.5, 0.6]}, "fixed": once, "store": store}
    with pytest.raises(KeyboardInterrupt):
        sweep(toy.stopping, **given)
    (partly,) = stored_sweeps(store)
    assert (partly.done, partly.missing) == (2, 2)
    with pytest.raises(ValueError, match=r"2 of 4 points .* are not there, 0 of these failed: call"):
        partly["x"]
    assert partly.masked("x").mask.tolist() == [False, False, True, True]
    assert sweep(toy.stopping, **given)["x"].tolist() == [0.1, 0.2, 0.5, 0.6]


def test_a_point_that_fails_is_recorded_and_the_others_go_on(toy, store, tmp_path):
    flag = tmp_path / "mended"
    given = {"grid": {"lr": [0.1, 0.5, 0.6]}, "fixed": {"flag": str(flag)}, "store": store}
    for _ in range(2):  # the second time from the store
        found = sweep(toy.touchy, **given)
        assert found.done == 2 and list(found.failed) == [1]
        assert found.failed[1].startswith("FloatingPointError: diverged at step 3 (touchy, line 22 of sweep_")
        assert [each.arrays is None for each in found.points()] == [False, True, False]
        masked = found.masked("x")
        assert masked.mask[:, 0].tolist() == [False, True, False] and masked[2, 0] == 0.6
        with pytest.raises(ValueError, match=r"1 of 3 points .* 1 of these failed: .* retry=True"):
            found["x"]
    assert list(sweep(toy.touchy, **given, retry=True).failed) == [1]
    flag.touch()
    assert list(sweep(toy.touchy, **given).failed) == [1]
    assert sweep(toy.touchy, **given, retry=True)["x"].tolist() == [[0.1], [0.5], [0.6]]
    assert sweep(toy.touchy, **given).failed == {}


def test_arrays_of_different_shapes_are_kept_and_given_one_by_one(toy, store):
    found = sweep(toy.touchy, {"steps": [1, 3, 2], "lr": [0.1, 0.2]}, store=store)
    assert [each.arrays["x"].tolist() for each in found.points()] == [
        [0.1], [0.2], [0.1] * 3, [0.2] * 3, [0.1] * 2, [0.2] * 2
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"'x' is float64 \(1,\) at the first .* float64 \(3,\) at point 2"):
        found["x"]
    with pytest.raises(KeyError, match="touchy at point 0 gave no array 'y'; it has x"):
        found["y"]
    with pytest.raises(ValueError, match="index must be from 0 to 5, got 6"):
        found.parameters(6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"window": 0}, "window must be at least"),
        ({"executor": 3}, "executor must have submit, as .* got 3"),
        ({"grid": {"lr": ["a"]}}, "parameter 'lr' of"),
        ({"grid": 3}, "grid must be a mapping"),
        ({"experiment": 3}, "experiment must be an? Experiment"),
        ({"store": 3}, "store must be"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(toy, store, given, message):
    with pytest.raises(ValueError, match=message):
        sweep(**{"experiment": toy.orbit, "grid": GRID, "store": store, **given})
    assert not store.exists()


def test_an_experiment_that_workers_would_not_find_is_refused(toy, store):
    other = replace(toy.orbit, version=2)
    with pytest.raises(ValueError, match="experiment must be the one that its module defines"):
        sweep(other, GRID, store=store)
    with pytest.raises(ValueError, match=r"script that is run itself: move it to a file of its own"):
        sweep(replace(toy.orbit, module="__main__"), GRID, store=store)


def test_a_bar_counts_the_points(toy, store, monkeypatch, capsys):
    monkeypatch.setenv("LRTHEORY_PROGRESS", "1")
    sweep(toy.orbit, GRID, store=store)
    assert f"{toy.orbit.name}: 100%" in capsys.readouterr().err


def test_many_points_make_few_files(toy, store, monkeypatch, count_files):
    monkeypatch.setattr(folder, "BLOCK", 100)
    monkeypatch.setattr(keeper, "BLOCK", 100)
    monkeypatch.setattr(keeper, "TOGETHER", 0.0)  # as if every point took long
    seen = []

    def watched(arriving, *_):
        return (seen.append(len(count_files("points"))) for _ in arriving)

    monkeypatch.setattr(driver, "progress", watched)
    with ThreadPoolExecutor(2) as pool:
        found = sweep(toy.orbit, {"steps": range(1050)}, pool, store=store)
    assert 0 < max(seen) < 110
    assert count_files("points") == [] and len(count_files("shards")) == 11
    np.testing.assert_array_equal(found["steps"], np.arange(1050))


def test_a_file_whose_points_complete_several_blocks_goes_to_each(toy, store, monkeypatch, count_files):
    class AtOnce:
        def submit(self, function, task):
            future = Future()
            future.set_result(function(task))
            return future

    monkeypatch.setattr(folder, "BLOCK", 4)
    monkeypatch.setattr(keeper, "BLOCK", 4)
    found = sweep(toy.orbit, {"steps": range(10)}, AtOnce(), store=store)
    assert found["steps"].tolist() == list(range(10))
    assert count_files("points") == [] and len(count_files("shards")) == 3


def test_points_hold_one_block_at_a_time_and_own_their_arrays(toy, store, monkeypatch):
    monkeypatch.setattr(folder, "BLOCK", 4)
    found = sweep(toy.orbit, GRID, store=store)
    held, read = [], folder._block

    class Block(dict):
        """A block that can be referred to weakly."""

    def watched(*given):
        assert not any(each() is not None for each in held)
        block = Block(read(*given))
        held.append(weakref.ref(block))
        return block

    monkeypatch.setattr(folder, "_block", watched)
    points = list(found.points())
    assert len(held) == 2 and [each.index for each in points] == list(range(6))
    assert all(array.base is None for each in points for array in each.arrays.values())
