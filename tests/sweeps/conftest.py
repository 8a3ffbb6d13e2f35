"""Small experiments in a file of their own, and a stand-in for a cluster, for the tests of sweeps."""

import hashlib
import sys
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path

import pytest

from lrtheory import SweepStopped, sweep
from lrtheory.sweeps import keeper

GRID = {"lr": [0.1, 0.25, 0.5, 0.75], "steps": [1, 2, 3]}
TOY = '''
"""Experiments of a test."""
import os
import time
from pathlib import Path

import numpy as np

from lrtheory.results import experiment

@experiment(version=1, smoke={"steps": 2}, cuda=True)
def orbit(*, lr=0.1, steps=5, label="plain", rates=(0.1,), seed=0, device="cpu"):
    """Orbit of a linear map."""
    draw = np.random.default_rng(seed).standard_normal(3)
    return {"theta": (1 - lr) ** np.arange(4), "draw": draw, "steps": np.int32(steps),
            "label": np.array(label)}

@experiment()
def touchy(*, lr=0.1, steps=1, bad=0.5, flag="", seed=0):
    """Fails where lr is bad, unless the file that flag names is there."""
    if lr == bad and not (flag and Path(flag).exists()):
        raise FloatingPointError("diverged\\nat step 3")
    return {"x": np.full(steps, lr)}

@experiment()
def mortal(*, lr=0.1, flag=""):
    """Ends its process; once, where flag names a file."""
    if lr == 0.5 and not (flag and Path(flag).exists()):
        if flag:
            Path(flag).touch()
        os._exit(1)
    return {"x": lr}

@experiment()
def stopping(*, lr=0.1, at=0.5, flag=""):
    """Raises what Ctrl-C raises, once."""
    if lr == at and not Path(flag).exists():
        Path(flag).touch()
        raise KeyboardInterrupt
    return {"x": lr}

@experiment()
def seedless(*, lr=0.1, pause=0.0):
    """Takes no seed, and some time."""
    time.sleep(pause)
    return {"x": lr}
'''


@pytest.fixture
def toy(tmp_path, monkeypatch, request):
    """A module of experiments in a file of its own, which workers import too."""
    name = f"sweep_{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]}"
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / f"{name}.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(folder))
    module = import_module(name)
    yield module
    del sys.modules[name]


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


class Job:
    """What submitit gives: done, result, exception and cancel, and no callback."""

    def __init__(self, function, argument, looks):
        self.function, self.argument, self.looks = function, argument, looks

    def done(self):
        self.looks -= 1
        return self.looks < 0

    def exception(self):
        return None

    def result(self):
        return self.function(self.argument)

    def cancel(self):
        pass


class Cluster:
    """An executor whose jobs do not say when they are done; counts what is under way."""

    def __init__(self):
        self.jobs, self.most = [], 0

    def submit(self, function, argument):
        self.jobs.append(Job(function, argument, looks=len(self.jobs) % 3))
        self.most = max(self.most, sum(job.looks >= 0 for job in self.jobs))
        return self.jobs[-1]


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def contents():
    """Function of a sweep that gives all that it holds, times aside."""

    def exact(arrays):
        return {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}

    def of(found):
        points = found.points()
        return [(each.index, each.parameters, each.message, exact(each.arrays or {})) for each in points]

    return of


@pytest.fixture
def edit():
    """Function that changes the source file of a module, leaving the loaded one as it is."""

    def change(module, old, new):
        path = Path(module.__file__)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


@pytest.fixture
def home(store):
    """Function that gives the only folder of the store's sweeps."""
    return lambda: next(store.glob("sweeps/*"))


@pytest.fixture
def partly(toy, store, monkeypatch):
    """A sweep of which 5 of 12 points are stored, in files of their own."""

    class Broken:
        calls = 0

        def submit(self, function, task):
            self.calls += 1
            if self.calls > 5:
                raise RuntimeError("gone")
            future = Future()
            future.set_result(function(task))
            return future

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "TOGETHER", 0.0)
        with pytest.raises(SweepStopped, match=r"RuntimeError: gone \(.*\)\. 5 of 12 points are stored in"):
            sweep(toy.orbit, GRID, Broken(), store=store, seed=1, window=1)
    return store
