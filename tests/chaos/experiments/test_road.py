"""The experiments on the road to chaos at their smallest: what they store has the properties it must have."""

import math

import numpy as np
import pytest

from lrtheory.chaos.experiments.road import (
    LOSSES,
    RULES,
    exponent_sweeps,
    loss_of,
    momentum_laws,
    orbit_diagram,
    rule_of,
)
from lrtheory.chaos.models.two_scale import periodic
from lrtheory.chaos.theory.limiting_exponents import limiting_lyapunov_sum
from lrtheory.chaos.theory.momentum import momentum_exponents, momentum_variance


def test_the_orbit_diagram_counts_every_position_and_mirrors_where_the_cycle_is_symmetric():
    found = orbit_diagram(rates=40, burn=2000, bins=60)
    assert (found["counts"].sum(-1) == 200).all()
    below = found["lr"] < 0.28  # fixed point and symmetric 2-cycle: both starts end in the same cells
    assert np.array_equal(found["counts"][0, below] > 0, found["counts"][1, below] > 0)
    cells = (found["counts"] > 0).sum(-1)
    assert (cells[:, found["lr"] < 0.18] <= 2).all()  # the minimum may lie on the edge of two cells
    assert (cells[:, found["lr"] > 0.44] > 20).all()
    assert (found["exponent"][found["lr"] < 0.28] < 0).all()
    assert (found["exponent"][found["lr"] > 0.44] > 0).all()


def test_the_swept_exponents_approach_their_limits():
    found = exponent_sweeps(members=256, steps=200, points=4)
    value, error = found["matyas_over_eps"]
    sums = [limiting_lyapunov_sum(loss_of("matyas", eps), 0.1) for eps in found["eps"][1:]]
    assert value[1:].sum(-1) == pytest.approx(sums, abs=0.05)
    slope = np.polyfit(np.log(found["eps"][1:]), found["two_tones_over_eps"][0, 1:, 0], 1)[0]
    assert slope == pytest.approx(-1, abs=0.02)
    assert (error > 0).all()
    assert found["one_tone_over_lr"][0, 0, 0] == pytest.approx(math.log(5), abs=0.5)


def test_momentum_has_the_predicted_variance_and_sum_of_exponents():
    found = momentum_laws(members=256, burn=200, keep=100, exponent_steps=100)
    assert found["counts"].sum() == len(RULES) * 2 * 256 * 100
    for i, name in enumerate(RULES):
        for j, momentum in enumerate(found["momenta"]):
            rule, groups = rule_of(name, 0.05, float(momentum)), found["variance"][i, j]
            error = groups.std(ddof=1) / len(groups) ** 0.5
            assert abs(groups.mean() - momentum_variance(periodic(1e-5), rule)) < 5 * error
            expected = momentum_exponents(periodic(1e-5), rule)
            assert found["exponent"][i, j] == pytest.approx(expected, abs=0.05)
    rounding = 1e-8  # magnified by the stretch of 2,500 a step
    assert found["exponent"][0].sum(-1) == pytest.approx(np.log(found["momenta"]), abs=rounding)


def test_every_named_loss_and_rule_exists():
    assert [loss_of(name, 1e-3).dim for name in LOSSES] == [1, 1, 2]
    assert [type(rule_of(name, 0.1, 0.5)).__name__ for name in RULES] == ["HeavyBall", "Nesterov"]
