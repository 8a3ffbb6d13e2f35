"""Every claim of learning order comes out as the book states it, at the book's scale and a smaller one."""

import pytest

from lrtheory.claims.kept import kept_claims
from lrtheory.learning_order.claims import CLAIMS, limits, noise, race, reading

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

KINDS = {"theorem", "experiment", "rebuttal answer", "our finding"}


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
@pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.id) for claim in CLAIMS])
def test_the_claim_comes_out_as_stated(claim, scale):
    (report,) = kept_claims([claim], scale)  # from the ledger, or checked now and kept for the book
    assert report.as_stated, report


def test_there_is_a_claim_of_every_kind_and_several_that_do_not_reproduce():
    assert {claim.kind for claim in CLAIMS} == KINDS
    assert sum(claim.states == "does not reproduce" for claim in CLAIMS) >= 4
    assert len(CLAIMS) >= 40


def _swapped(run, one, other):
    """The same run with two arms in each other's place."""
    names = {key: value for key, value in run.items() if not key.startswith((one, other))}
    for key, value in run.items():
        arm, _, rest = key.partition("_")
        if arm in (one, other):
            names[f"{other if arm == one else one}_{rest}"] = value
    return names


def test_the_claims_on_the_race_fail_when_its_runs_are_exchanged(monkeypatch):
    run = dict(reading.the_race("laptop").arrays)
    monkeypatch.setattr(race, "the_race", lambda scale: _swapped(run, "LS", "S"))
    for check in (race._small_lacks_p, race._order, race._error_of_s):
        assert check("laptop").status == "does not reproduce", check.__name__


def test_the_claims_on_noise_and_limits_fail_on_other_numbers(monkeypatch):
    placed = dict(reading.stored("laptop", noise.noise_placement).arrays)
    monkeypatch.setattr(noise, "stored", lambda *_: _swapped(placed, "post", "pre"))
    assert noise._mends("pre_24", "laptop").status == "does not reproduce"
    assert noise._after("laptop").status == "holds"
    free = dict(reading.stored("laptop", limits.regularization).arrays)
    free["no_decay_spread"] = free["decay_spread"]
    monkeypatch.setattr(limits, "stored", lambda *_: free)
    assert limits._piles_up("laptop").status == "does not reproduce"
