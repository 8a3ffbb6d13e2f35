"""Stated errors cover true ones on cases that were not chosen: a small sample, and a larger one."""

import numpy as np
import pytest
import torch

from lrtheory import Store
from lrtheory.diagrams import means_over_every_run, one_epoch, predict, random_logistic
from lrtheory.diagrams.experiments.stated_errors import stated_errors
from lrtheory.diagrams.measures.calibration import covered_share, overstatement, refused_share


def _cases(**arrays):
    size = len(arrays["missed"])
    fixed = {"family": np.zeros(size, int), "problem": np.arange(size), "reliable": np.ones(size, bool)}
    return fixed | {name: np.array(values) for name, values in arrays.items()}


def test_shares_are_of_reliable_cases_and_of_good_sums():
    cases = _cases(
        missed=[0.3, 0.31, 0.01, 1e-13, np.inf], stated=[0.1, 0.1, 1.0, 1.0, 0.5],
        change=[1.0, 1.0, 1.0, 1.0, np.inf], reliable=[True, True, False, True, True],
    )
    covered, refused = covered_share(cases), refused_share(cases)
    assert (covered.value, covered.samples) == (pytest.approx(1 / 3), 3)  # one unresolved, one refused
    assert (refused.value, refused.samples) == (1.0, 1)
    assert overstatement(cases, np.isfinite(cases["missed"]))[0] == pytest.approx((1 / 3 + 1 / 3.1) / 2)
    with pytest.raises(ValueError, match="no case is left"):
        covered_share(cases, np.zeros(5, bool))


def test_the_standard_error_of_a_share_counts_problems_not_cases():
    alone = _cases(missed=[1.0, 9.0] * 50, stated=[1.0] * 100)
    assert covered_share(alone).stderr == pytest.approx(0.05)
    alone["problem"] = np.repeat(np.arange(10), 10) * 2 + np.arange(100) % 2  # five alike each
    assert covered_share(alone).stderr == pytest.approx(0.5 / 20**0.5)


def test_stated_errors_cover_true_ones_on_a_small_sample():
    rows = []
    lrs = torch.tensor([0.02, 0.1, 0.5], dtype=torch.float64)
    for number in range(30):
        population, start = random_logistic(1000 + number)
        truth = means_over_every_run(population, start, one_epoch(2), lrs).test.tolist()
        for order in (2, 3, 4):
            series = predict(population, start, one_epoch(2), order=order)
            for lr, true in zip(lrs.tolist(), truth, strict=True):
                told = series.at(lr)
                rows.append(
                    (number, abs(told.sums[-1] - true), told.error, abs(true - told.sums[0]), told.reliable)
                )
    names = ("problem", "missed", "stated", "change", "reliable")
    cases = _cases(**dict(zip(names, zip(*rows, strict=True), strict=True)))
    assert covered_share(cases).value > 0.95 and covered_share(cases).samples > 100
    assert refused_share(cases).value < 0.1 and refused_share(cases).samples > 100


@pytest.mark.parametrize("family", range(3))
def test_stated_errors_cover_true_ones_in_every_family_of_the_stored_run(family):
    cases = Store().get(stated_errors, seed=1)
    chosen = ~cases["resummed"] & (cases["family"] == family)
    assert covered_share(cases, chosen).value > 0.95
    assert refused_share(cases, chosen).value < 0.1


@pytest.mark.slow
def test_stated_errors_cover_true_ones_on_a_larger_sample_run_now():
    cases = stated_errors(polynomials=12, nets=3, logistic=12, rates=4, seed=6)
    covered, refused = covered_share(cases), refused_share(cases)
    assert covered.value > 0.95 - 2 * covered.stderr and covered.samples > 200
    assert refused.value < 0.1 + 2 * refused.stderr and refused.samples > 200


@pytest.mark.slow
def test_the_experiment_runs_at_small_size():
    cases = stated_errors(**stated_errors.smoke)
    assert len({len(array) for array in cases.values()}) == 1
    assert not any(np.isnan(array).any() for array in cases.values() if array.dtype.kind == "f")
    assert set(cases["order"].tolist()) == {2, 3, 4, 5} and cases["resummed"].any()
