"""Where a measured number lies in its interval; the ledger's text and tables are in test_claims.py."""

import math

import pytest

from lrtheory.claims import HOLDS, Claim, Verdict, run_claims
from lrtheory.claims.ledger import place


def report(check):
    claim = Claim(
        id="chaos.one", theory="chaos", kind="theorem", statement="A statement.", source="kong2020",
        how="By counting.", states=HOLDS, check=check, page="chaos/coin_toss",
    )
    return run_claims([claim], "smoke")[0]


def fails(scale):
    raise FloatingPointError("diverged at lr = 3")


@pytest.mark.parametrize(
    ("verdict", "where"),
    [
        (Verdict.inside(1.0, (0.0, 4.0)), -0.5),
        (Verdict.inside(5.0, (0.0, 4.0)), 1.5),
        (Verdict.inside(3.0, (3.0, 3.0)), 0.0),
        (Verdict.at_most(0.5, 2.0), 0.25),
        (Verdict.at_least(4.0, 1.0), 0.25),
        (Verdict.at_least(0.5, 1.0), 2.0),
        (Verdict.at_least(0.0, 1.0), math.inf),
    ],
)
def test_a_number_has_its_place_in_its_interval(verdict, where):
    assert place(report(lambda scale: verdict)) == where


def test_a_failed_check_has_no_place():
    assert math.isnan(place(report(fails)))
