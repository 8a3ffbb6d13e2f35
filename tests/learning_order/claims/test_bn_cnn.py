"""The checks of the claims about digits with batch norm would notice other numbers."""

from dataclasses import replace

import pytest

from lrtheory.learning_order.claims import bn_cnn as claims
from lrtheory.learning_order.experiments.bn_cnn import bn_cnn
from lrtheory.results import Store


def exchanged(monkeypatch, names):
    """The stored run with curves of some models given to others."""
    run = Store().get(bn_cnn)
    pairs = [(to, of, name) for to, of in names.items() for name in ("clean_acc", "patch_acc")]
    arrays = {f"{to}_{name}": run[f"{of}_{name}"] for to, of, name in pairs}
    changed = replace(run, arrays={**run.arrays, **arrays})
    monkeypatch.setattr(claims.Store, "get", lambda self, experiment: changed)


@pytest.mark.parametrize("check", [claims._large_ignores, claims._small_knows_more, claims._outcome])
def test_the_order_would_reproduce_if_it_did(monkeypatch, check):
    assert check("smoke").status == "does not reproduce"
    exchanged(monkeypatch, {"large": "before", "small": "large"})
    assert check("smoke").status == "holds"


@pytest.mark.parametrize("check", [claims._before_and_after, claims._noise_helps])
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_place_of_the_noise_that_does_not_help_is_noticed(monkeypatch, check, place):
    assert check("smoke").status == "holds within stated limits"
    exchanged(monkeypatch, {place: "small"})
    assert check("smoke").status == "does not reproduce"


def test_leads_are_of_the_last_five_epochs_with_the_error_of_their_mean():
    run = Store().get(bn_cnn)
    mean = [float(run[f"{model}_clean_acc"][:, 55:].mean()) for model in ("large", "small")]
    found = claims._outcome("smoke")
    assert found.measured == pytest.approx(mean[0] - mean[1], abs=1e-6)
    ends = [run[f"{model}_clean_acc"][:, 55:].astype(float).mean(1) for model in ("large", "small")]
    lead = ends[0] - ends[1]
    assert found.stderr == pytest.approx((((lead - lead.mean()) ** 2).sum() / 4 / 5) ** 0.5)
