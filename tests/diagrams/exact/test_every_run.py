"""Means over every run in floating point are those of exact enumeration."""

from fractions import Fraction

import pytest
import torch

from lrtheory.diagrams import (
    Epochs,
    Polynomial,
    PolynomialLandscape,
    WithReplacement,
    exact_enumeration,
    losses_over_every_set,
    means_over_every_run,
    one_epoch,
    random_tanh_net,
)

SCHEDULES = [
    Epochs(4, batch_size=2, epochs=2),
    Epochs(2, epochs=2, order="reshuffled"),
    WithReplacement(3, batch_size=2, steps=2),
]
LRS = torch.tensor([0.1, 0.3], dtype=torch.float64)


def _two_lopsided_bowls() -> tuple[PolynomialLandscape, tuple[Fraction, ...]]:
    """Quadratic losses: the mean after T steps is a polynomial of degree 2 T in the rate."""
    t, u = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    losses = (t**2 + Fraction(1, 2) * t * u + u, u**2 - t)
    return PolynomialLandscape((Fraction(1, 4), Fraction(3, 4)), losses), (Fraction(1), Fraction(-1, 2))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_means_of_quadratic_losses_are_those_of_exact_enumeration_at_large_rates(schedule):
    landscape, start = _two_lopsided_bowls()
    theta = torch.tensor([float(weight) for weight in start], dtype=torch.float64)
    found = means_over_every_run(landscape.population(), theta, schedule, LRS)
    moved = Polynomial.coordinate(2, 1) - start[1]
    for observable, numbers in (
        ("test", found.test), ("train", found.train), ("gap", found.gap),
        (landscape.mean**2, found.squared), (moved, found.moved[:, 1]),
    ):
        series = exact_enumeration(landscape, start, schedule, observable=observable, order=16)
        truth = [sum(float(c) * lr**k for k, c in enumerate(series)) for lr in LRS.tolist()]
        assert numbers.tolist() == pytest.approx(truth, rel=1e-10)


def test_one_epoch_of_a_network_is_the_mean_over_its_training_sets():
    net, start = random_tanh_net(1)
    found = means_over_every_run(net, start, one_epoch(3), LRS)
    for lr, test, gap in zip(LRS.tolist(), found.test, found.gap, strict=True):
        truth = losses_over_every_set(net, start, examples=3, lr=lr)
        assert (float(test), float(gap)) == pytest.approx((truth.test, truth.gap), rel=1e-11)


def test_too_many_runs_are_refused():
    net, start = random_tanh_net(1)
    with pytest.raises(ValueError, match="the limit is 20,000: take fewer examples"):
        means_over_every_run(net, start, one_epoch(20), LRS)
