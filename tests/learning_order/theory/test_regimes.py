"""The conditions of a setting: all met by the one that works, each broken by a change of one number."""

import dataclasses

import pytest

from lrtheory.learning_order.models import settings
from lrtheory.learning_order.theory.regimes import Regime, regime_of

BASE = Regime(
    dim=200, r=0.07, amplitude=7.5, weight_decay=8e-4, tau=1.2, width=300_000, alpha_from=0.5, p_only=0.03,
    q_only=0.3,
)  # fmt: skip


def test_the_base_setting_meets_all_conditions_and_each_change_breaks_one():
    assert all(each.holds for each in BASE.conditions())
    names = [each.name for each in BASE.conditions()]
    breaks = {
        0: {"dim": 20}, 1: {"weight_decay": 7e-4}, 2: {"width": 100_000}, 3: {"dim": 220},
    }  # fmt: skip
    for place, change in breaks.items():
        holds = [each.holds for each in dataclasses.replace(BASE, **change).conditions()]
        assert holds == [k != place for k in range(4)], names[place]


def test_the_regime_of_a_setting_is_that_of_its_numbers():
    assert regime_of(settings.BASE) == BASE
    other = dataclasses.replace(settings.BASE, width_q=7, tau_q=0.3, weight_decay=1e-3, scale_q=2.0)
    changed = {"width": 7, "tau": 0.3, "weight_decay": 1e-3, "amplitude": 2.0}
    assert regime_of(other) == dataclasses.replace(BASE, **changed)


def test_conditions_say_their_numbers():
    order, leak, cap, decay = BASE.conditions()
    assert (order.value, leak.value, cap.value, decay.value) == (
        BASE.order_parameter, BASE.leak, BASE.memorization_cap, 8e-4,
    )  # fmt: skip
    assert (order.bound, leak.bound, cap.bound) == (100, 0.5, 5)
    assert decay.bound == pytest.approx(0.16 / 200, rel=0.02)
