"""Executors: the same numbers on each, a bounded window, and what happens when they are lost."""

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from joblib.externals import loky

from lrtheory import SweepRefused, SweepStopped, stored_sweeps, sweep

GRID = {"lr": [0.1, 0.25, 0.5], "steps": [1, 2]}


def processes(number=2, method="spawn"):
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context(method))


def test_every_executor_gives_the_same_to_the_last_bit(toy, store, cluster, contents):
    pools = {
        "here": None,
        "threads": ThreadPoolExecutor(2),
        "spawned": processes(),
        "forked": processes(method="fork"),
        "loky": loky.ProcessPoolExecutor(2),
        "jobs": cluster,
    }
    found = {}
    for name, pool in pools.items():
        with nullcontext(pool) if name in ("here", "jobs") else pool:
            found[name] = contents(sweep(toy.orbit, GRID, pool, store=store / name, seed=1, window=3))
    assert len(found["here"]) == 6
    assert all(each == found["here"] for each in found.values())
    assert 1 < cluster.most <= 3


def test_a_worker_that_dies_stops_the_sweep_and_loses_nothing(toy, store, tmp_path):
    once = {"flag": str(tmp_path / "once")}
    given = {"grid": {"lr": [0.1, 0.2, 0.5, 0.6, 0.7]}, "fixed": once, "store": store}
    told = r"BrokenProcessPool.* points 2, .* of 5 .* call again"
    with processes(1) as pool, pytest.raises(SweepStopped, match=told):
        sweep(toy.mortal, executor=pool, **given, window=1)
    (partly,) = stored_sweeps(store)
    assert (partly.done, partly.missing) == (2, 3)
    with processes(1) as pool:
        assert sweep(toy.mortal, executor=pool, **given)["x"].tolist() == [0.1, 0.2, 0.5, 0.6, 0.7]


class Fake:
    """An executor that answers as it is told."""

    def __init__(self, told):
        self.told, self.calls = told, 0

    def submit(self, function, task):
        self.calls += 1
        future = Future()
        self.told(self.calls, future, lambda: function(task))
        return future


def test_a_cancelled_future_stops_the_sweep(toy, store):
    def told(call, future, run):
        if call == 3:
            future.cancel()
        else:
            future.set_result(run())

    with pytest.raises(SweepStopped, match="workers or scheduler are lost: CancelledError"):
        sweep(toy.orbit, GRID, Fake(told), store=store, window=1)
    assert stored_sweeps(store)[0].done == 2


def test_an_executor_that_takes_nothing_more_stops_the_sweep(toy, store):
    with ThreadPoolExecutor(1) as pool:
        pass
    with pytest.raises(SweepStopped, match=r"takes no more points: RuntimeError: cannot .* 0 of 6 points"):
        sweep(toy.orbit, GRID, pool, store=store)


@pytest.mark.parametrize("name", ["KilledWorker", "UncompletedJobError"])
def test_a_job_that_an_executor_gives_up_is_a_point_that_failed(toy, store, name):
    error = type(name, (Exception,), {})

    def told(call, future, run):
        future.set_exception(error("died 4 times")) if call == 3 else future.set_result(run())

    found = sweep(toy.orbit, GRID, Fake(told), store=store)
    assert found.done == 5 and found.failed == {2: f"its worker died: {name}: died 4 times"}


def test_a_worker_that_answers_otherwise_is_not_believed(toy, store):
    with pytest.raises(SweepStopped, match="a worker answered with 3"):
        sweep(toy.orbit, GRID, Fake(lambda call, future, run: future.set_result(3)), store=store)
    assert stored_sweeps(store)[0].done == 0


def test_points_under_way_are_bounded(toy, store):
    class Counting(ThreadPoolExecutor):
        under_way, most = 0, 0

        def submit(self, *given):
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            future = super().submit(*given)
            future.add_done_callback(self.left)
            return future

        def left(self, future):
            self.under_way -= 1

    with Counting(1) as pool:
        found = sweep(toy.orbit, {"steps": range(300)}, pool, store=store)
    assert found.done == 300 and 1 < pool.most <= 4


def test_another_call_of_the_same_process_is_kept_out(toy, store):
    def told(call, future, run):
        if call == 2:
            with pytest.raises(SweepRefused, match=r"this process runs the sweep in .* already"):
                sweep(toy.orbit, GRID, store=store)
        future.set_result(run())

    assert sweep(toy.orbit, GRID, Fake(told), store=store).done == 6
    assert sweep(toy.orbit, GRID, store=store).done == 6
