"""Which run of an experiment a claim looks at."""

import numpy as np
import pytest

from lrtheory.claims.runs import run_at
from lrtheory.results import MissingResult


@pytest.fixture
def calls(acting):
    """An experiment that writes down what it is called with."""
    seen = []

    def body(**given):
        seen.append(given)
        return {"theta": np.array([given.get("lr", 0.1), given.get("steps", 5)])}

    return seen, acting(body)


def test_at_scale_smoke_the_small_parameters_come_first(calls):
    seen, experiment = calls
    run_at("smoke", experiment, {"steps": 2, "lr": 0.5}, lr=0.25, label="a")
    assert seen == [{"steps": 2, "lr": 0.5, "label": "a"}]


def test_at_scale_long_the_whole_is_run_again(calls):
    seen, experiment = calls
    run_at("long", experiment, {"steps": 2}, lr=0.25)
    assert seen == [{"lr": 0.25}]


def test_at_scale_laptop_the_stored_run_is_read(calls, store, monkeypatch):
    seen, experiment = calls
    monkeypatch.setenv("LRTHEORY_STORE", str(store.root))
    with pytest.raises(MissingResult, match="no stored run of"):
        run_at("laptop", experiment, {"steps": 2}, lr=0.25)
    store.run(experiment, lr=0.25)
    seen.clear()
    assert run_at("laptop", experiment, {"steps": 2}, lr=0.25)["theta"].tolist() == [0.25, 5]
    assert seen == []


def test_another_scale_is_refused(calls):
    with pytest.raises(ValueError, match="scale must be one of smoke, laptop, long; got 'huge'"):
        run_at("huge", calls[1], {})
