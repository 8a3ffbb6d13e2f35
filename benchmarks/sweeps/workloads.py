"""Sweeps, points a second on the clock of the wall, by workers of this machine."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import tempfile
import time
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.sweeps.points import idle, working
from benchmarks.timing import Candidate, Workload
from lrtheory.commands.executors import opened_executor
from lrtheory.results import Experiment
from lrtheory.sweeps import sweep

_MOST = 16  # processes, where there are as many cores
_DASK_WORKERS = (1, 2)


def at_once(size: float) -> Workload:
    """Points that take no time, so that all of it is the sweep's own."""
    return _workload("P8a: sweep, {} points of no work", idle, max(2, round(1000 * size)))


def with_work(size: float) -> Workload:
    """Points that take 20 ms of processor time."""
    return _workload("P8b: sweep, {} points of 20 ms", working, max(2, round(100 * size)))


def _workload(title: str, one: Experiment, points: int) -> Workload:
    pools = _Pools(one, points)
    others = [Candidate(word, pools.by(word)) for word in _words(os.cpu_count() or 1)]
    for workers in _DASK_WORKERS:
        others.append(Candidate(_dask_name(workers), pools.by_dask(workers)))
    others.append(Candidate("(the points alone, with no sweep)", pools.alone))
    ours = Candidate("in this process", partial(pools.swept, None))
    unit = "points per second of the wall clock, since workers are processes of their own"
    return Workload(title.format(points), unit, ours, others, time.perf_counter)


def _words(cores: int) -> list[str]:
    """Two threads, and processes: one, two, and twice as many again up to the number of cores."""
    counts = [2**k for k in range(5) if 2**k <= max(2, min(cores, _MOST))]
    return ["threads:2", *(f"processes:{count}" for count in counts)]


def _dask_name(workers: int) -> str:
    return f"Dask on this machine, {workers} worker{'' if workers == 1 else 's'}"


class _Pools:
    """Sweeps of so many points, each in a folder of its own; workers stay from round to round.

    They start in the round that is not counted, and end with the workload.
    """

    def __init__(self, one: Experiment, points: int) -> None:
        self._one, self._grid = one, {"number": range(points)}
        self._open: dict[object, Any] = {}
        self._stack = contextlib.ExitStack()
        self._root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="lrtheory-sweeps-")))
        weakref.finalize(self, self._stack.close)

    def by(self, word: str) -> Callable[[], float]:
        return lambda: self.swept(self._opened(word, lambda: word))

    def by_dask(self, workers: int) -> Callable[[], float] | None:
        if importlib.util.find_spec("distributed") is None:
            return None
        return lambda: self.swept(self._opened(workers, lambda: self._cluster(workers)))

    def swept(self, executor: object | None) -> float:
        found = sweep(self._one, self._grid, executor, store=tempfile.mkdtemp(dir=self._root))
        if found.done < found.size:
            raise ValueError(f"{found.size - found.done} of {found.size} points were not made")
        return float(found.size)

    def alone(self) -> float:
        for number in self._grid["number"]:
            self._one.function(number=number)
        return float(len(self._grid["number"]))

    def _opened(self, key: object, word: Callable[[], str]) -> Any:
        if key not in self._open:
            self._open[key] = self._stack.enter_context(opened_executor(word()))
        return self._open[key]

    def _cluster(self, workers: int) -> str:
        """The word of a scheduler with so many workers, each a process of one thread."""
        import distributed

        cluster = self._stack.enter_context(distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0",
            local_directory=str(self._root),
        ))
        return str(cluster.scheduler_address).replace("tcp://", "dask://")
