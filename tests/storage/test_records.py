"""Stored runs: what is refused, each with a message that names the thing and the remedy."""

import hashlib
import json
import math
import os
import re

import numpy as np
import pytest
import torch

from lrtheory.results import CorruptResult, MissingResult, experiment
from lrtheory.storage.records import FORMAT_VERSION


def test_an_unknown_parameter_is_refused_with_the_known_ones(toy):
    with pytest.raises(ValueError, match=r"has no parameter 'rate'; it has lr=0.1, steps=5, sizes=\[5,16"):
        toy.orbit.parameters(rate=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lr", "fast"), ("steps", 2.5), ("steps", True), ("sizes", 3), ("sizes", (1, "a")), ("label", 1)],
)
def test_a_parameter_of_another_type_is_refused(toy, name, value):
    with pytest.raises(ValueError, match=f"'{name}' of .* must be of the type of .* its parameters are lr"):
        toy.orbit.parameters(**{name: value})


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), {1: 2}, np.zeros(2)])
def test_a_parameter_that_json_lacks_is_refused(toy, value):
    with pytest.raises(ValueError, match="parameter 'start' must be a JSON value"):
        toy.orbit.parameters(start=value)


def test_an_experiment_with_positional_parameters_is_refused():
    message = r"'lr' of experiment f must be keyword-only with a default; write def f\(\*, lr="
    with pytest.raises(ValueError, match=message):
        @experiment()
        def f(lr=0.1):
            return {"x": lr}


def test_smoke_settings_must_be_parameters():
    with pytest.raises(ValueError, match="has no parameter 'step'"):
        @experiment(smoke={"step": 1})
        def f(*, steps=10):
            return {"x": steps}


def test_an_experiment_outside_a_file_is_not_stored(store):
    space = {"__name__": "nowhere_at_all", "experiment": experiment}
    exec("@experiment()\ndef f(*, seed=0):\n    return {'x': [1.0]}", space)
    assert space["f"]() == {"x": [1.0]}
    with pytest.raises(ValueError, match=r"no source file for module 'nowhere_at_all'.*lives in a \.py file"):
        store.run(space["f"])


def test_a_missing_run_says_the_command_that_makes_it(store, toy, monkeypatch):
    monkeypatch.setenv("LRTHEORY_STORE", str(store.root))
    with pytest.raises(MissingResult, match=r"python -m lrtheory run .*\.orbit lr=0.2 'sizes=\[5,1\]'$"):
        store.get(toy.orbit, lr=0.2, sizes=(5, 1))
    monkeypatch.delenv("LRTHEORY_STORE")
    with pytest.raises(MissingResult, match=f"--store {store.root}$"):
        store.get(toy.orbit, lr=0.2)


def test_an_experiment_that_raises_stores_nothing(store, toy):
    with pytest.raises(FloatingPointError, match="diverged"):
        store.run(toy.broken)
    assert store.records() == ()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("objects", "array 'a' holds Python objects, which need pickle"),
        ("nothing", "must return a dict of named arrays"),
        ("number", "must return a dict of named arrays, got int"),
    ],
)
def test_what_cannot_be_stored_without_pickle_is_refused(store, toy, kind, message):
    with pytest.raises(ValueError, match=message):
        store.run(toy.broken, kind=kind)
    assert store.records() == ()


def test_a_device_that_is_not_here_is_refused(store, toy, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="must be one that torch finds here, got 'cuda'; use device=cpu"):
        store.run(toy.orbit, device="cuda")


@pytest.mark.parametrize("stage", [".npz", ".json"])
def test_an_interrupted_write_leaves_nothing_half_readable(store, toy, monkeypatch, stage):


    def interrupted(source, target):
        if str(target).endswith(stage):
            raise KeyboardInterrupt
        os.rename(source, target)

    monkeypatch.setattr("lrtheory.storage.records.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.run(toy.orbit)
    with pytest.raises((MissingResult, CorruptResult)):
        store.get(toy.orbit)
    assert not list(store.root.glob("*.tmp")) and not list(store.root.glob(".*"))
    monkeypatch.undo()


def test_an_interrupted_rewrite_is_never_read_as_the_new_run(store, toy, monkeypatch, paths):
    store.run(toy.orbit)
    npz, _ = paths(store)
    npz.write_bytes(npz.read_bytes()[:-3] + b"new")  # the new npz is in place, the new json is not
    with pytest.raises(CorruptResult):
        store.get(toy.orbit)


def rewritten(path, **changes):
    """Change fields of a record and give it the digest that belongs to them."""
    content = {**json.loads(path.read_text()), **changes}
    content.pop("digest")
    packed = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    path.write_text(json.dumps({**content, "digest": hashlib.sha256(packed).hexdigest()}))


def cut_short(npz, path):
    npz.write_bytes(npz.read_bytes()[:100])


def one_bit_flipped(npz, path):
    packed = bytearray(npz.read_bytes())
    packed[len(packed) // 2] ^= 1
    npz.write_bytes(packed)


DAMAGE = {
    "json missing": (lambda npz, path: path.unlink(), r"\.json is missing beside its npz \(an interrupted"),
    "npz missing": (lambda npz, path: npz.unlink(), r"\.npz is missing beside its json"),
    "npz cut short": (cut_short, r"\.npz is cut short: 100 of \d+ bytes"),
    "npz with a flipped bit": (one_bit_flipped, r"\.npz is not the file that was written: its SHA-256"),
    "json cut short": (lambda npz, path: path.write_text(path.read_text()[:50]), r"\.json is not valid JSON"),
    "json of bytes": (lambda npz, path: path.write_bytes(b"\xff\xfe\x00"), r"\.json is not valid JSON"),
    "foreign json": (lambda npz, path: path.write_text('{"a": 1}'), r"\.json is not a stored run: it lacks"),
    "json list": (lambda npz, path: path.write_text("[1]"), r"\.json is not a stored run"),
    "edited json": (
        lambda npz, path: path.write_text(path.read_text().replace('"lr": 0.1', '"lr": 0.2')),
        r"\.json was changed after it was written",
    ),
    "another run": (
        lambda npz, path: rewritten(path, experiment="chaos.other"),
        r"\.json holds another run: .* belong to chaos\.other-",
    ),
    "field missing": (lambda npz, path: rewritten(path, provenance={}), r"\.json lacks a field"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_record_is_refused_by_name_with_the_remedy(store, toy, kind, paths):
    store.run(toy.orbit)
    damage, message = DAMAGE[kind]
    damage(*paths(store))
    with pytest.raises(CorruptResult, match=f"{message}.*; make it again with: python -m lrtheory run"):
        store.get(toy.orbit)
    (state,) = store.check()
    assert state.state == "corrupt" and re.search(message, state.reason)
    assert not store.is_fresh(toy.orbit)
    store.run(toy.orbit)
    assert store.is_fresh(toy.orbit)


def test_a_record_of_a_later_format_asks_for_an_update(store, toy, paths):
    store.run(toy.orbit)
    rewritten(paths(store)[1], format_version=FORMAT_VERSION + 1)
    message = f"format version {FORMAT_VERSION + 1}, but .* up to {FORMAT_VERSION}; update"
    with pytest.raises(CorruptResult, match=message):
        store.get(toy.orbit)


def test_an_npz_with_pickled_objects_is_never_unpickled(store, toy, paths):
    store.run(toy.orbit)
    npz, path = paths(store)
    with npz.open("wb") as file:
        np.savez(file, theta=np.array([{"a": 1}], dtype=object))
    rewritten(path, npz_sha256=hashlib.sha256(npz.read_bytes()).hexdigest(), npz_bytes=npz.stat().st_size)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        store.get(toy.orbit)


def test_an_unknown_array_is_refused_with_the_known_ones(store, toy):
    with pytest.raises(KeyError, match="stored no array 'loss'; it has theta, draw"):
        store.run(toy.orbit)["loss"]
