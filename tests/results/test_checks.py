"""Stored runs after the code has changed: by what it does, fresh or stale; and runs made elsewhere."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrtheory.results import MadeBy, checks
from lrtheory.results.records import read_record
from lrtheory.source.catalog import Entry

pytestmark = pytest.mark.slow  # a check runs small settings in new processes, which import torch

MADE_BY = MadeBy("widths.py", "ab" * 32, "steps up to 3", 1e-3, "toy.repeats")
ORIGIN = {
    "device": "NVIDIA H100 80GB HBM3", "dtype": "float64", "torch": "2.11.0+cu130", "numpy": "2.5.2",
    "seconds": 185, "date": "2026-11-26T13:28:11+00:00",
}


def test_code_that_gives_the_same_numbers_leaves_a_run_fresh(store, toy, edit):
    store.run(toy.orbit)
    edit(toy, "(1 - lr) ** np.arange(steps)", "np.cumprod(np.r_[1, np.full(steps - 1, 1 - lr)])")
    (state,) = store.check()
    assert (state.state, state.good) == ("fresh, re-checked", True)
    assert state.reason == f"{toy.__name__} changed; the small setting gives the same numbers"
    assert store.get(toy.orbit).stale  # nothing was written


def test_a_module_that_was_renamed_leaves_a_run_fresh(store, toy, monkeypatch):
    store.run(toy.orbit)
    Path(toy.__file__).rename(Path(toy.__file__).with_name("renamed_toy.py"))
    entry = Entry(toy.orbit.name, "renamed_toy", 1, toy.orbit.summary)
    monkeypatch.setattr(checks, "experiments", lambda: (entry,))
    (state,) = store.check()
    assert state.state == "fresh, re-checked"
    assert f"renamed_toy is new, {toy.__name__} is gone" in state.reason


def test_one_constant_that_changed_is_named_with_its_array(store, toy, edit):
    store.run(toy.orbit)
    edit(toy, "(1 - lr)", "(1 - 1.01 * lr)")
    (state,) = store.check(record=True)
    assert (state.state, state.good) == ("stale", False)
    assert state.reason.startswith(f"{toy.__name__} changed; in the small setting theta differs by 0.001 ")
    assert store.get(toy.orbit).stale


def test_the_small_run_is_made_by_the_code_on_disk_not_by_the_one_loaded(store, toy, edit):
    store.run(toy.orbit)
    edit(toy, '{"theta":', '{"theta": lr +')
    assert toy.orbit(steps=1)["theta"][0] == 1  # the loaded code is the old one
    assert store.check()[0].state == "stale"


def test_a_re_check_that_is_recorded_is_known_at_once_until_the_code_changes_again(store, toy, edit):
    made = store.run(toy.orbit)
    edit(toy, "(1 - lr)", "(1 - lr * 1)")
    assert store.check(quick=True)[0].state == "stale"
    assert store.check(record=True)[0].state == "fresh, re-checked"
    assert store.check(quick=True)[0].state == "fresh, re-checked"
    result = store.get(toy.orbit)
    assert not result.stale and store.is_fresh(toy.orbit)
    assert "the code has changed since; its small setting still gives the same numbers." in result.caption()
    assert result.provenance == made.provenance and np.array_equal(result["theta"], made["theta"])
    edit(toy, "(1 - lr * 1)", "(1 - lr * 2)")
    assert store.get(toy.orbit).stale and store.check()[0].state == "stale"


def test_a_re_check_never_overwrites_a_run_stored_meanwhile(store, toy, acting, edit, monkeypatch):
    store.run(toy.orbit)
    edit(toy, "(1 - lr)", "(1 - lr * 1)")
    marked = checks.mark_rechecked

    def late(folder, record, digest):
        store.run(acting(lambda **_: {"theta": np.zeros(1)}))
        marked(folder, record, digest)

    monkeypatch.setattr(checks, "mark_rechecked", late)
    store.check(record=True)
    assert store.get(toy.orbit)["theta"].tolist() == [0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("steps=5,", "paces=5,", "has no parameter 'steps'; it has lr=0.1, paces=5"),
        ("return {", 'raise ZeroDivisionError("by hand")\n    return {', "ZeroDivisionError: by hand"),
        ("return {", "import os; os._exit(9)\n    return {", "a process that ended with status 9"),
        ('"draw": np', '"other": np', "draw has another shape, type"),
        ("np.array([generator(seed).initial_seed()])", "np.array([None])", "holds Python objects"),
    ],
)
def test_a_small_setting_that_fails_is_said_in_one_line(store, toy, edit, old, new, words):
    store.run(toy.orbit)
    edit(toy, old, new)
    (state,) = store.check()
    assert state.state == "stale" and words in state.reason and "\n" not in state.reason


def test_one_dying_process_takes_no_other_record_with_it(store, toy, edit):
    for lr in (0.1, 0.2, 0.3, 0.4, 0.5):
        store.run(toy.orbit, lr=lr)
    edit(toy, '    return {"theta"', '    if lr == 0.3: import os; os.abort()\n    return {"theta"')
    states = store.check()
    lrs = [read_record(store.root, state.stem, "")[0].parameters["lr"] for state in states]
    found = dict(zip(lrs, states, strict=True))
    assert found[0.3].state == "stale" and "status -6" in found[0.3].reason
    assert [lr for lr in sorted(found) if found[lr].good] == [0.1, 0.2, 0.4, 0.5]


def test_a_run_without_a_small_setting_is_judged_by_its_code_alone(store, toy, edit):
    store.run(replace(toy.orbit, smoke={}))
    assert store.check()[0].state == "fresh"
    edit(toy, "(1 - lr)", "(1 - lr * 1)")
    assert store.check()[0].reason.endswith("; it has no small setting to re-check")


def test_the_small_setting_of_a_run_keeps_what_tells_it_from_others(store, toy):
    """A minus sign in one branch must be seen in the runs that go through it."""
    assert toy.orbit.small(toy.orbit.parameters(lr=0.25, steps=50, device="cuda")) == {
        **toy.orbit.parameters(), "lr": 0.25, "steps": 2, "device": "cpu",
    }
    store.run(toy.orbit, lr=0.25, steps=50)
    record, _ = read_record(store.root, store.records()[0], "")
    assert record.fingerprint.arrays["theta"].tolist() == [1, 0.75]


def test_the_small_run_comes_first_and_is_not_repeated_where_it_is_the_run(store, acting):
    steps = []

    def counted(**given):
        steps.append(given["steps"])
        return {"x": np.zeros(given["steps"])}

    watched = acting(counted)
    store.run(watched, steps=7)
    store.run(watched, steps=2)
    assert steps == [2, 7, 2]


def test_an_adopted_run_says_who_made_it_and_ages_only_with_its_meaning(store, toy, edit, monkeypatch):
    name = toy.orbit.name.partition(".")[0]
    made_by = replace(MADE_BY, claim=f"{name}.repeats")
    arrays = {"theta": np.arange(3.0), "draw": np.arange(1)}
    store.adopt(toy.orbit, arrays, made_by, ORIGIN, steps=3, seed=4)
    result = store.get(toy.orbit, steps=3, seed=4)
    assert not result.stale and result.provenance.made_by == made_by and result.provenance.seeds == (4,)
    assert (
        "on NVIDIA H100 80GB HBM3 in float64, seed 4, made on 2026-11-26 in 3.08 min; made on an NVIDIA H100 "
        "80GB HBM3 by the protocol widths.py (abababab), not by today's code; its small end, steps up to 3, "
        "is repeated by this package within 0.001."
    ) in result.caption()
    monkeypatch.setattr(checks, "claim_ids", lambda: (made_by.claim,))
    assert [state.state for state in store.check()] == ["adopted"]
    edit(toy, "(1 - lr)", "(1 - 2 * lr)")
    assert [state.state for state in store.check()] == ["adopted"]
    edit(toy, "version=1", "version=2")
    assert "version was 1, is 2" in store.check()[0].reason


def test_an_adopted_run_without_a_claim_that_holds_its_agreement_is_stale(store, toy):
    made_by = replace(MADE_BY, claim=f"{toy.__name__}.repeats")
    store.adopt(toy.orbit, {"theta": np.arange(3.0)}, made_by, ORIGIN)
    (state,) = store.check()
    assert state.state == "stale" and not state.good
    assert state.reason == f"adopted on the word of a claim '{toy.__name__}.repeats' that does not exist"


@pytest.mark.parametrize(
    ("made_by", "origin", "message"),
    [
        ({"digest": "abc"}, {}, "digest must be the SHA-256 of the protocol in hexadecimal, got 'abc'"),
        ({"within": 0.0}, {}, "within must be a positive number, got 0.0; measure it"),
        ({"within": float("inf")}, {}, "within must be a positive number, got inf"),
        ({"within": float("nan")}, {}, "within must be a positive number, got nan"),
        ({"claim": "chaos.repeats"}, {}, "claim must be one of toy_.*, got 'chaos.repeats'"),
        ({}, {"date": "yesterday"}, "yesterday"),
        ({}, {"seconds": "long"}, "long"),
        ({}, {"host": "here"}, "origin must have device, dtype, torch, numpy, seconds, date, got"),
    ],
)
def test_an_adoption_that_says_too_little_is_refused(store, toy, made_by, origin, message):
    given = replace(MADE_BY, **{"claim": f"{toy.__name__}.repeats", **made_by})
    with pytest.raises(ValueError, match=message):
        store.adopt(toy.orbit, {"theta": np.arange(3.0)}, given, {**ORIGIN, **origin})
    assert store.records() == ()


def test_a_record_says_what_its_small_setting_ran_on(store, toy, path_of):
    import zipfile

    store.run(toy.orbit)
    with zipfile.ZipFile(path_of(store)) as pack:
        kept = json.loads(pack.read("record.json"))["fingerprint"]
    assert set(kept["setting"]) == {"processor", "numpy", "torch", "numba"}
    assert kept["parameters"]["steps"] == 2
