"""Samples of descents with momentum: the second part of a run goes on as the first one ended."""

import pytest

from lrtheory import HeavyBall, Nesterov, chaos, generator

pytestmark = pytest.mark.slow  # together more than a quick run can afford


@pytest.mark.parametrize("keep", [1, 8, 100])
@pytest.mark.parametrize(("rule", "momentum"), [(HeavyBall, 0.9), (HeavyBall, 0.5), (Nesterov, 0.9)])
def test_a_sample_with_momentum_has_the_stationary_variance_however_short(rule, momentum, keep):
    """Started at rest again, the heavy ball at momentum 0.9 would have .80, .63 and .96 of it."""
    loss, moving = chaos.periodic(eps=1e-6), rule(0.1, momentum)
    start = chaos.uniform_start(40_000, generator(0, "start"))
    found = chaos.stationary_sample(moving, loss, start, burn=400, keep=keep)
    exact = chaos.momentum_variance(loss, moving)
    assert float((found**2).mean()) == pytest.approx(exact, rel=0.03)


def test_an_orbit_with_momentum_goes_on_as_it_came():
    loss, rule = chaos.periodic(eps=1e-6), HeavyBall(0.1, 0.95)
    start = chaos.uniform_start(4000, generator(0, "start"))
    found = chaos.time_against_ensemble(rule, loss, start, burn=600, keep=2000)
    assert found.ks < 2.5 * found.floor


@pytest.mark.parametrize("law", [chaos.momentum_variance, chaos.momentum_temperature])
def test_a_rule_that_forgets_nothing_has_no_law(law):
    with pytest.raises(ValueError, match="momentum must lie below 1, got 1: nothing is forgotten"):
        law(chaos.periodic(eps=1e-4), HeavyBall(0.1, 1.0))
