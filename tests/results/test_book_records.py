"""The stored runs that the book shows: each is there, and fit to be shown."""

import json
import os

import pytest

from lrtheory.results import Store
from lrtheory.results.fingerprints import MOST_BYTES
from lrtheory.results.rechecks import Task, agreements
from lrtheory.results.records import read_record
from lrtheory.source.catalog import find_experiment, load_experiment, stored_runs

MOST = 1_000_000  # bytes of a record


@pytest.fixture(scope="module")
def store():
    assert "LRTHEORY_STORE" not in os.environ, "these tests look at the book's own store"
    return Store()


def test_every_run_of_the_book_is_stored_and_no_other(store):
    named = {store.stem(load_experiment(name), **parameters) for name, parameters in stored_runs()}
    assert named == set(store.records())


def test_every_stored_run_of_the_book_is_fit_to_be_shown(store):
    """By the hashes of the code, or by a re-check that was recorded: `python -m lrtheory check --record`."""
    assert {state.stem: state.reason for state in store.check(quick=True) if not state.good} == {}


def test_the_records_are_small_and_have_fingerprints(store):
    for stem in store.records():
        assert (store.root / f"{stem}.npz").stat().st_size <= MOST, stem
        record, _ = read_record(store.root, stem, "")
        if record.provenance.made_by is not None:
            continue  # adopted: held by a claim
        kept = record.fingerprint
        assert kept is not None, stem
        assert sum(each.nbytes for each in [*kept.arrays.values(), *kept.means.values()]) <= MOST_BYTES, stem


@pytest.mark.slow
def test_the_small_setting_of_every_stored_run_gives_the_numbers_in_its_record(store):
    """Whatever the hashes say, and on whichever processor this runs."""
    tasks = []
    for stem in store.records():
        record, digest = read_record(store.root, stem, "")
        if record.provenance.made_by is not None:
            continue
        entry = find_experiment(record.experiment)
        tasks.append(Task(str(store.root), stem, digest, entry.module, entry.name.partition(".")[2]))
    found = zip(tasks, agreements(tasks), strict=True)
    bad = {
        task.stem: answer if isinstance(answer, str) else answer.reason()
        for task, answer in found if isinstance(answer, str) or answer.failing
    }
    assert bad == {}, json.dumps(bad, indent=1)
