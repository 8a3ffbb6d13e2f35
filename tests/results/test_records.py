"""Stored runs: what is refused, each with a message that names the thing and the remedy."""

import hashlib
import io
import json
import math
import re
import zipfile

import numpy as np
import pytest
import torch

from lrtheory.results import CorruptResult, MissingResult, experiment
from lrtheory.results.records import FORMAT_VERSION


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
    words = r"python -m lrtheory run .*\.orbit lr=0.2 'sizes=\[5,1\]' --module toy_\w+$"
    with pytest.raises(MissingResult, match=words):
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
        ("objects", "array 'a' of .* holds Python objects, which need pickle"),
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


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda:-1", "tpu:0", "", "CPU"])
def test_a_device_that_torch_does_not_know_is_refused(store, toy, device):
    with pytest.raises(ValueError, match=f"device must be one that torch finds here, got '{device}'; use"):
        store.run(toy.orbit, device=device)
    assert store.records() == ()


@pytest.mark.parametrize("name", ["a/b", "", ".hidden", "c:", 3])
def test_a_name_that_a_file_cannot_have_is_refused_before_the_long_run(store, acting, name):
    calls = []
    with pytest.raises(ValueError, match=f"needs a name that a file can have, got {name!r}"):
        store.run(acting(lambda **given: calls.append(given) or {name: [1.0]}))
    assert [given["steps"] for given in calls] == [2]  # the small setting, not the run


def members_of(path):
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def repacked(path, change):
    """Write a record again with other members."""
    members = members_of(path)
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in members.items():
            pack.writestr(name, content)


def rewritten(path, **changes):
    """Change fields of a record and give it the digest that belongs to them."""
    def change(members):
        content = {**json.loads(members["record.json"]), **changes}
        content.pop("digest")
        packed = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(packed).hexdigest()
        members["record.json"] = json.dumps({**content, "digest": digest}).encode()

    repacked(path, change)


def with_record(text):
    return lambda path: repacked(path, lambda members: members.update({"record.json": text}))


def other_numbers(path):
    buffer = io.BytesIO()
    np.save(buffer, np.arange(5.0))
    repacked(path, lambda members: members.update({"theta.npy": buffer.getvalue()}))


def edited(path):
    def change(members):
        members["record.json"] = members["record.json"].replace(b'"lr": 0.1', b'"lr": 0.2')

    repacked(path, change)


DAMAGE = {
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:400]), "is cut short or damaged"),
    "empty": (lambda path: path.write_bytes(b""), "is cut short or damaged"),
    "no zip": (lambda path: path.write_text("hello"), "is cut short or damaged"),
    "npz of somebody": (lambda path: np.savez(path, a=1), "is not a stored run: it holds no record[.]json"),
    "record cut short": (with_record(b'{"format": '), "is not valid JSON"),
    "record of bytes": (with_record(b"\xff\xfe\x00"), "is not valid JSON"),
    "foreign record": (with_record(b'{"a": 1}'), "is not a stored run: it lacks the mark"),
    "record that is a list": (with_record(b"[1]"), "is not a stored run"),
    "edited record": (edited, "was changed after it was written"),
    "another run": (lambda path: rewritten(path, experiment="chaos.other"), r"belong to chaos\.other-"),
    "field missing": (lambda path: rewritten(path, provenance={}), "lacks a field"),
    "field too many": (lambda path: rewritten(path, color=1), "has a field 'color' that stored runs lack"),
    "field too many inside": (
        lambda path: rewritten(path, provenance={"color": 1}), "has a field 'color' that stored runs lack"),
    "field too many in a re-check": (
        lambda path: rewritten(path, rechecked={"color": 1}), "has a field 'color' that stored runs lack"),
    "provenance is a list": (lambda path: rewritten(path, provenance=[1]), "lacks a field"),
    "array missing": (lambda path: repacked(path, lambda m: m.pop("theta.npy")), "lacks a field .*theta"),
    "array of others": (other_numbers, "array 'theta' of .* is not what was written"),
    "array of words": (
        lambda path: repacked(path, lambda members: members.update({"theta.npy": b"hello"})),
        "array 'theta' of .* cannot be read",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_record_is_refused_by_name_with_the_remedy(store, toy, kind, path_of):
    store.run(toy.orbit)
    damage, message = DAMAGE[kind]
    damage(path_of(store))
    with pytest.raises(CorruptResult, match=f"{message}.*; make it again with: python -m lrtheory run"):
        store.get(toy.orbit)
    (state,) = store.check(quick=True)
    assert state.state == "corrupt" and re.search(message, state.reason)
    assert not store.is_fresh(toy.orbit)
    store.run(toy.orbit)
    assert store.is_fresh(toy.orbit)


def test_whichever_bit_flips_the_run_is_refused_or_read_as_it_was(store, toy, path_of):
    store.run(toy.orbit)
    theta, whole = store.get(toy.orbit)["theta"], path_of(store).read_bytes()
    refused = 0
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path_of(store).write_bytes(damaged)
        try:
            assert np.array_equal(store.get(toy.orbit)["theta"], theta)
        except CorruptResult:
            refused += 1
    assert refused > len(whole) / 7 / 2


def test_a_record_of_a_later_format_asks_for_an_update(store, toy, path_of):
    store.run(toy.orbit)
    rewritten(path_of(store), format_version=FORMAT_VERSION + 1)
    message = f"format version {FORMAT_VERSION + 1}, but .* up to {FORMAT_VERSION}; update"
    with pytest.raises(CorruptResult, match=message):
        store.get(toy.orbit)


def test_pickled_objects_in_a_record_are_never_unpickled(store, toy, path_of):
    store.run(toy.orbit)
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    repacked(path_of(store), lambda members: members.update({"theta.npy": buffer.getvalue()}))
    with pytest.raises(CorruptResult, match=r"cannot be read .*allow_pickle=False"):
        store.get(toy.orbit)


def test_an_unknown_array_is_refused_with_the_known_ones(store, toy):
    with pytest.raises(KeyError, match="stored no array 'loss'; it has theta, draw"):
        store.run(toy.orbit)["loss"]
