"""Every claim of the theory of diagrams comes out as the book states it, at the smallest scale."""

import pytest

from lrtheory.diagrams.claims import CLAIMS

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

KINDS = {"theorem", "experiment", "our finding"}


@pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.id) for claim in CLAIMS])
def test_the_claim_comes_out_as_stated(claim):
    verdict = claim.check("smoke")
    assert verdict.status == claim.states, verdict


def test_there_are_forty_claims_of_every_kind():
    assert len(CLAIMS) >= 40
    assert {claim.kind for claim in CLAIMS} >= KINDS
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
