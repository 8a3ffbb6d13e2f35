"""Dask for real, on this machine: a scheduler and two workers as processes, of which some are killed."""

import importlib
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from lrtheory import SweepStopped, stored_sweeps, sweep
from lrtheory.__main__ import main

if os.environ.get("CI", "").lower() not in ("1", "true"):  # there, nothing may be missing
    pytest.importorskip("distributed", reason="no distributed: pip install -e '.[cluster]'")
distributed = importlib.import_module("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # its warnings are its own
GRID = {"lr": [k / 100 for k in range(1, 41)]}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder, port):
        paths = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
        self.environment = {**os.environ, "PYTHONPATH": paths}
        self.port, self.address, self.workers = port, f"tcp://127.0.0.1:{port}", []
        self.scheduler = self.started("dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
        for _ in range(2):
            self.add_worker()

    def started(self, program, *words):
        command = [sys.executable, "-m", f"distributed.cli.{program}", *words, "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, env=self.environment, **quiet)

    def add_worker(self):
        self.workers.append(self.started("dask_worker", self.address, "--nthreads", "1", "--no-nanny"))

    def close(self):
        for each in [*self.workers, self.scheduler]:
            each.kill()
            each.wait()


@contextmanager
def connected(address):
    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
        yield client.get_executor()


@pytest.fixture
def dask(toy):
    """Function that starts a cluster, on a port of its own or on that of one that is gone."""
    made = []

    def start(port=None):
        made.append(Cluster(Path(toy.__file__).parent, port or free_port()))
        return made[-1]

    yield start
    for each in made:
        each.close()


def when(store, number, act):
    """A progress bar that acts once when so many points have come."""

    def watched(arriving, *_):
        for count, each in enumerate(arriving, start=1):
            if count == number:
                act()
            yield each

    return watched


def test_workers_give_the_same_to_the_last_bit(toy, store, dask, contents, capsys):
    cluster = dask()
    with connected(cluster.address) as executor:
        found = sweep(toy.orbit, GRID, executor, store=store / "dask", seed=1)
    assert contents(found) == contents(sweep(toy.orbit, GRID, store=store / "here", seed=1))
    words = ["run", toy.orbit.name, "--module", toy.__name__, "--grid", "lr=0.1:0.4:lin9"]
    assert main([*words, "--store", str(store), "--executor", f"dask://127.0.0.1:{cluster.port}"]) == 0
    assert "9 points, 0 failed" in capsys.readouterr().out


def test_a_worker_that_is_killed_costs_nothing(toy, store, dask, monkeypatch):
    cluster = dask()
    kill = when(store, 10, cluster.workers[0].kill)
    monkeypatch.setattr("lrtheory.sweeps.driver.progress", kill)
    with connected(cluster.address) as executor:
        found = sweep(toy.seedless, GRID, executor, store=store, fixed={"pause": 0.1})
    assert cluster.workers[0].wait(timeout=10) != 0
    assert found["x"].tolist() == GRID["lr"] and found.failed == {}


def test_a_point_that_kills_every_worker_is_a_failure_of_that_point(toy, store, dask):
    cluster = dask()
    for _ in range(4):
        cluster.add_worker()
    with connected(cluster.address) as executor:
        found = sweep(toy.mortal, {"lr": [0.1, 0.5, 0.6]}, executor, store=store, window=1)
    assert found.done == 2 and found.failed[1].startswith("its worker died: KilledWorker: ")
    assert sum(worker.poll() is not None for worker in cluster.workers) == 4


def test_a_scheduler_that_is_gone_stops_the_sweep_and_a_new_one_goes_on(toy, store, dask, monkeypatch):
    cluster = dask()
    with monkeypatch.context() as patch:
        patch.setattr("lrtheory.sweeps.driver.progress", when(store, 10, cluster.scheduler.kill))
        began = time.monotonic()
        with pytest.raises(SweepStopped) as caught, connected(cluster.address) as executor:
            sweep(toy.seedless, GRID, executor, store=store, fixed={"pause": 0.1})
    assert time.monotonic() - began < 120
    stored = int(re.search(r"lost: .* (\d+) of 40 points are stored", str(caught.value))[1])
    (partly,) = stored_sweeps(store)
    assert 10 <= partly.done == stored < 40 and partly.failed == {}
    cluster.close()
    with connected(dask(cluster.port).address) as executor:
        found = sweep(toy.seedless, GRID, executor, store=store, fixed={"pause": 0.1})
    assert found["x"].tolist() == GRID["lr"]
