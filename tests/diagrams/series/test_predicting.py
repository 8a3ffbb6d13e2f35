"""Predictions equal enumeration digit for digit where exact, and say where they cannot be trusted."""

import math
from fractions import Fraction

import pytest
import torch

from lrtheory import diagrams
from lrtheory.diagrams import (
    AveragedSteps,
    Displacement,
    Epochs,
    HeavyBallSteps,
    NesterovSteps,
    Polynomial,
    PolynomialLandscape,
    ScheduledSteps,
    SecondMoment,
    WithReplacement,
    exact_enumeration,
    full_batch,
    one_epoch,
    predict,
)
from lrtheory.diagrams.models.examples import three_quintics, two_quintics

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

HALF = Fraction(1, 2)
SCHEDULES = [
    one_epoch(3),
    Epochs(2, epochs=2),
    Epochs(2, epochs=2, order="reshuffled"),
    Epochs(4, batch_size=2, epochs=2),
    full_batch(2, 3),
    WithReplacement(2, steps=3),
]
KERNELS = [HeavyBallSteps(HALF), NesterovSteps(HALF), ScheduledSteps((1, HALF, 2)), AveragedSteps(2)]


@pytest.mark.parametrize("observable", ["test", "train", "gap"])
@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_coefficients_through_order_four_are_those_of_enumeration(schedule, observable):
    landscape, theta = two_quintics()
    found = predict(landscape, theta, schedule, observable=observable, order=4)
    assert found.coefficients == exact_enumeration(landscape, theta, schedule, observable=observable, order=4)


@pytest.mark.parametrize("schedule", SCHEDULES[:3], ids=str)
def test_coefficients_in_two_dimensions_and_any_metric_are_those_of_enumeration(schedule):
    landscape, theta = three_quintics()
    metric = ((Fraction(5, 4), Fraction(1)), (Fraction(1), Fraction(4)))
    found = predict(landscape, theta, schedule, lr_matrix=metric)
    assert found.coefficients == exact_enumeration(landscape, theta, schedule, lr_matrix=metric)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_coefficients_of_rules_with_memory_are_those_of_their_own_recursions(kernel):
    landscape, theta = two_quintics()
    found = predict(landscape, theta, one_epoch(3), kernel=kernel)
    assert found.coefficients == exact_enumeration(landscape, theta, one_epoch(3), kernel=kernel)


@pytest.mark.parametrize("observable", [Displacement(1), SecondMoment(0, 1), SecondMoment(1, 1)], ids=str)
def test_moments_of_the_weights_are_those_of_enumeration(observable):
    landscape, theta = three_quintics()
    polynomial = observable.polynomial(theta)
    truth = exact_enumeration(landscape, theta, one_epoch(3), observable=polynomial)
    assert predict(landscape, theta, one_epoch(3), observable=observable).coefficients == truth
    assert predict(landscape, theta, one_epoch(3), observable=polynomial).coefficients == truth
    start = torch.tensor([float(weight) for weight in theta], dtype=torch.float64)
    floating = predict(landscape.population(), start, one_epoch(3), observable=observable).coefficients
    assert [float(c) for c in floating] == pytest.approx([float(c) for c in truth], rel=1e-11)


def test_noise_drawn_afresh_at_each_visit_enters_by_ties_within_a_cell():
    landscape, theta = two_quintics()
    field = {(1,): HALF, (2,): Fraction(1, 3), (3,): Fraction(-1, 5)}
    fields = (Polynomial.of(1, field), Polynomial.of(1, field) * -1)
    noise = PolynomialLandscape((HALF, HALF), fields)
    for schedule in (one_epoch(2), Epochs(2, epochs=2), full_batch(2, 2)):
        truth = exact_enumeration(landscape, theta, schedule, noise=noise)
        assert predict(landscape, theta, schedule, noise=noise).coefficients == truth


def test_a_population_in_floating_point_has_the_coefficients_of_the_exact_one():
    landscape, theta = three_quintics()
    start = torch.tensor([float(weight) for weight in theta], dtype=torch.float64)
    for observable in ("test", "train", "gap"):
        exact = predict(landscape, theta, Epochs(2, epochs=2), observable=observable).coefficients
        found = predict(
            landscape.population(), start, Epochs(2, epochs=2), observable=observable
        ).coefficients
        assert [float(c) for c in found] == pytest.approx([float(c) for c in exact], rel=1e-11, abs=1e-14)


def test_train_loss_plus_gap_is_test_loss():
    landscape, theta = two_quintics()
    test, train, gap = (
        predict(landscape, theta, Epochs(2, epochs=2), observable=each).coefficients
        for each in ("test", "train", "gap")
    )
    assert tuple(a + b for a, b in zip(train, gap, strict=True)) == test


def test_the_breakdown_adds_up_and_the_table_names_every_diagram_in_it():
    landscape, theta = two_quintics()
    prediction = predict(landscape, theta, one_epoch(3))
    rows = prediction.breakdown(0.02)
    assert math.fsum(amount for _, amount in rows) == pytest.approx(prediction.at(0.02).value, rel=1e-12)
    assert [abs(amount) for _, amount in rows] == sorted((abs(amount) for _, amount in rows), reverse=True)
    table = prediction.table(0.02, largest=3)
    assert all(diagram.name in table for diagram, _ in rows[:3])
    assert rows[3][0].name not in table


def test_outside_the_perturbative_regime_no_value_is_given():
    landscape, theta = two_quintics()
    prediction = predict(landscape, theta, one_epoch(3))
    inside, outside = prediction.at(0.02), prediction.at(0.5)
    assert inside.reliable
    assert inside.value == inside.sums[-1]
    truth = sum(
        float(c) * 0.02**k
        for k, c in enumerate(predict(landscape, theta, one_epoch(3), order=5).coefficients)
    )
    assert abs(inside.value - truth) < 3 * inside.error
    assert not outside.reliable
    assert math.isnan(outside.value)
    assert "outside the perturbative regime" in outside.reason
    assert outside.reason in prediction.table(0.5)


def test_one_term_alone_says_nothing_of_the_next():
    landscape, theta = two_quintics()
    estimate = predict(landscape, theta, one_epoch(3), order=1).at(0.1)
    assert math.isnan(estimate.next_term)
    assert not estimate.reliable
    assert predict(landscape, theta, one_epoch(3), order=1).at(0).reliable


def test_the_resummed_series_has_the_plain_coefficients_and_reaches_further():
    losses = tuple(Polynomial.of(1, {(1,): x, (2,): HALF, (3,): Fraction(1, 20)}) for x in (1, -1))
    population = PolynomialLandscape((HALF, HALF), losses).population()
    start = torch.zeros(1, dtype=torch.float64)
    plain, again = (predict(population, start, one_epoch(12), resummed=r) for r in (False, True))
    assert plain.coefficients == again.coefficients
    assert again.at(1e-3).value == pytest.approx(plain.at(1e-3).value, rel=1e-4)
    assert not plain.at(0.4).reliable
    assert 0.1 < again.at(0.4).sums[-1] < 0.15


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": -1}, "order must be at least 0, got -1"),
        ({"order": 9}, r"order must be at most 7, got 9"),
        ({"observable": "accuracy"}, "observable must be one of test, train, gap or a Displacement"),
        ({"resummed": True}, "the re-summed series works in floating point"),
        ({"resummed": True, "kernel": HeavyBallSteps(HALF)}, "the re-summed series knows plain steps only"),
        ({"observable": Displacement(3)}, "index must be 0 to 0"),
    ],
)
def test_what_cannot_be_predicted_is_refused(arguments, message):
    landscape, theta = two_quintics()
    with pytest.raises(ValueError, match=message):
        predict(landscape, theta, one_epoch(2), **arguments)


def test_exact_things_are_not_asked_of_floating_populations():
    landscape, _ = two_quintics()
    population, start = landscape.population(), torch.tensor([0.5], dtype=torch.float64)
    with pytest.raises(ValueError, match="noise needs exact values"):
        predict(population, start, one_epoch(2), noise=landscape)
    with pytest.raises(ValueError, match="a Polynomial observable needs a PolynomialLandscape"):
        predict(population, start, one_epoch(2), observable=Polynomial.coordinate(1, 0))
    with pytest.raises(ValueError, match=r"lr must not be negative and must be finite, got -0\.1"):
        predict(population, start, one_epoch(2)).at(-0.1)


def test_every_public_name_of_the_theory_loads():
    for name in diagrams.__all__:
        assert getattr(diagrams, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = diagrams.nothing
