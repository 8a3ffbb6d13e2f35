"""Every claim of lazy training comes out as the book states it, at the book's scale and a smaller one."""

import dataclasses

import numpy as np
import pytest

from lrtheory.claims.kept import kept_claims
from lrtheory.lazy_rnn.claims import CLAIMS, gpu, linearity
from lrtheory.lazy_rnn.claims.slopes import slope_verdict
from lrtheory.lazy_rnn.experiments.adopted import ADOPTED, gpu_run
from lrtheory.lazy_rnn.experiments.memorization import kernel_error, memorization

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


def test_every_adopted_run_has_a_claim_that_holds_its_agreement():
    ids = {claim.id for claim in gpu.CLAIMS}
    assert ids == {f"lazy_rnn.gpu-{name.partition('.')[2].replace('_', '-')}" for name in ADOPTED}


def test_an_agreement_fails_on_other_numbers(monkeypatch):
    """The check would notice: kernels of another seed differ by far more than two percent."""

    def of_another_seed(*, widths=(64,), seeds=1):
        return kernel_error.function(widths=widths, seeds=seeds, seed=1)

    other = dataclasses.replace(kernel_error, function=of_another_seed)
    assert gpu._repeated(kernel_error, "smoke").status == "holds"
    monkeypatch.setattr(gpu, "gpu_run", lambda _: gpu_run(kernel_error))
    assert gpu._repeated(other, "smoke").status == "does not reproduce"


@pytest.mark.parametrize(
    ("own", "stored", "found"),
    [
        ([1.0, np.nan], [1.0, np.nan], 0.0), ([1.0, 2.2], [1.0, 2.0], 0.1), ([np.inf], [np.inf], 0.0),
        ([np.nan], [1.0], np.inf), ([1.0], [np.nan], np.inf), ([1.0], [0.0], np.inf),
    ],
)  # fmt: skip
def test_differences_are_relative_and_nan_agrees_with_nan_alone(own, stored, found):
    assert gpu._difference(np.array(own), np.array(stored)) == pytest.approx(found)


def test_the_slope_claim_fails_on_another_power():
    assert slope_verdict(memorization, "frobenius_ratio", -0.5, 0.05, "smoke").status == "does not reproduce"


def test_the_claim_on_separation_fails_without_separation(monkeypatch):
    monkeypatch.setattr(linearity, "separation_slope", lambda later: 1.0)
    assert linearity._least_eigenvalue_is_linear("smoke").status == "does not reproduce"
