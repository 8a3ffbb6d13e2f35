"""Every claim of learning order comes out as the book states it, at the book's scale and a smaller one."""

import pytest

from lrtheory.claims.kept import kept_claims
from lrtheory.learning_order.claims import CLAIMS

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
@pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.id) for claim in CLAIMS])
def test_the_claim_comes_out_as_stated(claim, scale):
    (report,) = kept_claims([claim], scale)  # from the ledger, or checked now and kept for the book
    assert report.as_stated, report


def test_some_claims_do_not_reproduce():
    assert any(claim.states == "does not reproduce" for claim in CLAIMS)
