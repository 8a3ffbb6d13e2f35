"""The lopsided valley: its derivatives at the minimum, and its mean losses against every run, exactly."""

from fractions import Fraction
from itertools import product

import pytest

from lrtheory.diagrams.models.minimum_example import lopsided_valley, mean_losses


def enumerated(lr, steps):
    """Mean test loss after each number of steps, over all 2^steps runs, in fractions."""
    valley = lopsided_valley()
    slopes = [loss.derivative(0) for loss in valley.losses]
    found = []
    for count in range(steps + 1):
        ends = []
        for choice in product((0, 1), repeat=count):
            t = Fraction(0)
            for which in choice:
                t -= lr * slopes[which]((t,))
            ends.append(valley.mean((t,)))
        found.append(float(sum(ends) / 2**count))
    return found


def test_the_valley_has_a_minimum_at_zero_with_curvature_one_and_noise_that_grows_to_one_side():
    valley = lopsided_valley()
    first, zero = valley.mean.derivative(0), (Fraction(0),)
    assert (first(zero), first.derivative(0)(zero)) == (0, 1)
    assert first.derivative(0).derivative(0)(zero) == Fraction(3, 10)
    half = (valley.losses[0] - valley.losses[1]) * Fraction(1, 2)
    kick = half.derivative(0)
    assert (kick(zero), kick.derivative(0)(zero), kick.derivative(0).degree) == (1, Fraction(1, 4), 0)
    assert valley.probabilities == (Fraction(1, 2), Fraction(1, 2))


@pytest.mark.parametrize("lr", [Fraction(1, 2), Fraction(1, 8), Fraction(1, 64)])
def test_mean_losses_are_those_of_every_run(lr):
    assert mean_losses(float(lr), 5) == pytest.approx(enumerated(lr, 5), rel=1e-11, abs=1e-14)


def test_a_long_descent_at_a_small_rate_stays_near_a_quarter_of_the_rate():
    losses = mean_losses(1e-3, 10_000)
    assert len(losses) == 10_001 and losses[0] == pytest.approx(0, abs=1e-14)
    assert losses[-1] == pytest.approx(1e-3 / 4, rel=2e-3)


@pytest.mark.parametrize("lr", [0.0, -0.1, 0.500001, float("nan")])
def test_rates_out_of_range_are_refused(lr):
    with pytest.raises(ValueError, match=r"lr must lie in \(0, 0.5\], got"):
        mean_losses(lr, 1)
