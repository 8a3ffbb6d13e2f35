"""Every claim of the first theory comes out as the book states it, at the book's scale and a smaller one."""

import pytest

from lrtheory.chaos.claims import CLAIMS, coin_toss, counterexample
from lrtheory.chaos.models.two_scale import periodic, square_wave
from lrtheory.claims.kept import kept_claims

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

KINDS = {"theorem", "experiment", "rebuttal answer", "our finding"}


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
@pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.id) for claim in CLAIMS])
def test_the_claim_comes_out_as_stated(claim, scale):
    (report,) = kept_claims([claim], scale)  # from the ledger, or checked now and kept for the book
    assert report.as_stated, report


def test_there_is_a_claim_of_every_kind_and_one_that_does_not_reproduce():
    assert {claim.kind for claim in CLAIMS} == KINDS
    assert any(claim.states == "does not reproduce" for claim in CLAIMS)


def test_the_variance_claim_fails_on_another_loss(monkeypatch):
    """The check would notice: with a ripple of twice the slope the variance is four times larger."""
    coin_toss._positions.cache_clear()
    monkeypatch.setattr(coin_toss, "periodic", lambda eps: periodic(eps, amplitude=2.0))
    monkeypatch.setattr(coin_toss, "stationary_variance", lambda loss, lr: 0.0263158)
    verdict = coin_toss._variance_is_exact("smoke")
    coin_toss._positions.cache_clear()
    assert verdict.status == "does not reproduce"


def test_the_period_claim_fails_on_a_chaotic_ripple(monkeypatch):
    monkeypatch.setattr(counterexample, "square_wave", periodic)
    assert counterexample._orbit_is_periodic("smoke").status == "does not reproduce"
    monkeypatch.setattr(counterexample, "square_wave", square_wave)
    assert counterexample._orbit_is_periodic("smoke").status == "holds"


def test_the_largest_growth_of_a_tangent_is_counted_from_its_lowest_point():
    import numpy as np

    from lrtheory.chaos.claims.networks import _largest_growth

    exponent = np.array([[-0.2, 0.3, 0.1], [0.1, -0.5, -0.1]])
    run = {"checkpoint_steps": np.array([10, 20, 30]), "exponent": exponent}
    assert np.allclose(_largest_growth(run), [4.0, 1.0])
