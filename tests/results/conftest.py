"""Experiments in a file of their own, and an empty store, for the tests of stored runs; tests nothing."""

import hashlib
import inspect
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from lrtheory.results import Store

TOY = '''
"""Experiments of a test."""
from lrtheory.results import experiment

@experiment(version=1, smoke={"steps": 2}, cuda=True)
def orbit(*, lr=0.1, steps=5, sizes=(5, 16, 1), start=None, label="plain", seed=0, device="cpu"):
    """Orbit of a linear map.

    More words.
    """
    import numpy as np
    from lrtheory.seeds import generator
    return {"theta": (1 - lr) ** np.arange(steps), "draw": np.array([generator(seed).initial_seed()])}

@experiment()
def broken(*, kind="raises", seed=0, device="cpu"):
    """Return what cannot be stored."""
    import numpy as np
    if kind == "raises":
        raise FloatingPointError("diverged")
    return {"objects": {"a": np.array([None])}, "nothing": {}, "number": 3}[kind] if kind != "objects" else {
        "a": np.array([None])}
'''


@pytest.fixture
def toy(tmp_path, monkeypatch, request):
    """A module of experiments in a file of its own, which the test may edit."""
    name = f"toy_{hashlib.sha256(request.node.name.encode()).hexdigest()[:8]}"
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / f"{name}.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(folder))
    module = import_module(name)
    yield module
    del sys.modules[name]


@pytest.fixture
def acting(toy):
    """Function that gives the experiment another body under the same name and parameters."""
    def like(body, **changes):
        def same(**given):
            return body(**given)

        same.__signature__ = inspect.signature(toy.orbit.function)
        return replace(toy.orbit, function=same, **changes)

    return like


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def path_of():
    """Function of a store that gives the file of its only record."""
    def of(store):
        (stem,) = store.records()
        return store.root / f"{stem}.npz"

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
