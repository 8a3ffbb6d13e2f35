"""Control variates against every training set, and shares of cases that can be counted by hand."""

from itertools import product

import numpy as np
import pytest
import torch

from lrtheory import generator
from lrtheory.diagrams.exact.every_set import last_weights, losses_over_every_set
from lrtheory.diagrams.exact.random_landscapes import random_tanh_net
from lrtheory.diagrams.measures.calibration import covered_share, overstatement, refused_share
from lrtheory.diagrams.measures.controlled import Controls, controlled_losses
from lrtheory.diagrams.models.examples import three_quintics


def populations():
    landscape, start = three_quintics()
    quintics = landscape.population(), torch.tensor([float(each) for each in start], dtype=torch.float64)
    return {"quintics": quintics, "net": random_tanh_net(1)}


@pytest.mark.parametrize("name", ["quintics", "net"])
@pytest.mark.parametrize("examples", [1, 2, 3])
def test_the_means_of_the_controls_are_those_over_every_training_set(name, examples):
    population, start = populations()[name]
    controls, lr = Controls(population, start), 0.3
    sets = torch.tensor(list(product(range(len(population.probabilities)), repeat=examples)))
    chances = population.probabilities[sets].prod(dim=1)
    means = [float(chances @ each) for each in controls.of(sets, lr=lr)]
    assert controls.means(examples, lr=lr) == pytest.approx(means, rel=1e-12)


@pytest.mark.parametrize("name", ["quintics", "net"])
def test_the_controls_are_each_run_expanded_in_the_rate(name):
    population, start = populations()[name]
    controls, sets = Controls(population, start), torch.tensor([[0, 1, 1], [1, 0, 2], [2, 2, 1]])
    errors = []
    for lr in (4e-4, 2e-4):
        last = last_weights(population, start, sets, lr=lr)
        train = torch.stack([population.example_loss(last, seen) for seen in sets.T]).mean(dim=0)
        test_control, train_control = controls.of(sets, lr=lr)
        gaps = (population.loss(last) - test_control, train - train_control)
        errors.append([float(each.norm()) for each in gaps])
    assert [large / small for large, small in zip(*errors, strict=True)] == pytest.approx([8, 4], rel=0.05)


@pytest.mark.parametrize("name", ["quintics", "net"])
def test_controlled_means_are_the_exact_ones_with_smaller_errors(name):
    population, start = populations()[name]
    lr, examples = 0.02, 3
    found = controlled_losses(
        population, start, Controls(population, start), examples=examples, lr=lr, runs=400,
        generator=generator(0, "sets"), runs_at_once=150,
    )  # fmt: skip
    truth = losses_over_every_set(population, start, examples=examples, lr=lr)
    pairs = [(found.test, truth.test), (found.plain_test, truth.test), (found.gap, truth.gap)]
    for estimate, exact in [*pairs, (found.plain_gap, truth.gap), (found.control, 0)]:
        assert abs(estimate.value - exact) < 4 * estimate.stderr
    assert found.test.stderr < found.plain_test.stderr / 5
    assert found.gap.stderr < found.plain_gap.stderr / 5


@pytest.mark.parametrize(("lr", "runs"), [(0.0, 10), (-0.1, 10), (0.1, 3)])
def test_no_rate_or_too_few_runs_are_refused(lr, runs):
    population, start = populations()["quintics"]
    with pytest.raises(ValueError, match="lr must be positive and runs at least 4, got"):
        controlled_losses(
            population,
            start,
            Controls(population, start),
            examples=2,
            lr=lr,
            runs=runs,
            generator=generator(0),
        )


def cases():
    """Two families of three problems with four cases each: true errors of 1 to 4, stated as 1."""
    family, problem = (each.ravel() for each in np.mgrid[0:2, 0:3, 0:4][:2])
    missed = np.tile([1.0, 2.0, 3.0, 4.0], 6) * np.where(family, 1e-3, 1.0)
    reliable = np.tile([True, True, True, False], 6) | (problem == 0)
    stated = np.where(family, 1e-3, 1.0)
    return {
        "family": family, "problem": problem, "missed": missed, "stated": stated, "reliable": reliable,
        "change": 40 * stated, "ratio_stated": missed, "ratio_reliable": ~reliable,
    }  # fmt: skip


def test_shares_are_counted_over_the_cases_and_their_errors_over_the_problems():
    given = cases()
    found = covered_share(given)
    assert (found.value, found.samples) == (18 / 20, 20)
    # a problem whose four cases count hits 3, one of three hits 3: off by 3 - 3.6 and 3 - 2.7
    assert found.stderr == pytest.approx(np.sqrt(2 * 0.6**2 + 4 * 0.3**2) / 20)
    assert covered_share(given, given["family"] == 1).samples == 10
    assert covered_share(given, by="ratio_").value == 1
    refused = refused_share(given)  # an error of 4 is a tenth of the change of 40: good still
    assert (refused.value, refused.samples) == (4 / 24, 24)
    given["change"] = 35 * given["stated"]
    assert (refused_share(given).value, refused_share(given).samples) == (0, 18)
    with pytest.raises(ValueError, match="no case is left to take a share of"):
        covered_share(given, given["family"] == 7)


@pytest.mark.parametrize("factor", [1.0, 5.0])
def test_an_overstatement_is_the_ratio_of_what_is_stated_to_what_is_true(factor):
    given = cases()
    given["stated"] = factor * given["stated"]
    ratios = factor / np.array([1.0, 2.0, 3.0] * 6 + [4.0] * 2)
    assert overstatement(given) == pytest.approx((np.median(ratios), np.quantile(ratios, 0.9)))
    tiny = {**given, "missed": 1e-13 * given["missed"], "reliable": given["reliable"] | True}
    with pytest.raises(ValueError, match="no case is left"):
        covered_share(tiny)
