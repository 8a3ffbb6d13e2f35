"""What the claims on both patterns and on gates would notice: formulas that are a little off."""

import pytest

from lrtheory.learning_order.claims import gates, samples


@pytest.mark.parametrize("name", ["frozen_smode", "cross_time_smode", "averaged_smode", "smoothed_smode"])
def test_a_formula_that_is_a_tenth_off_is_noticed(name, monkeypatch):
    right = getattr(gates, name)
    check = {"frozen_smode": gates._frozen, "cross_time_smode": gates._crossed,
             "averaged_smode": gates._averaged, "smoothed_smode": gates._smoothed}[name]  # fmt: skip
    monkeypatch.setattr(gates, name, lambda *args: 1.15 * right(*args))
    assert check("smoke").status == "does not reproduce"


def test_flips_of_another_rate_are_noticed(monkeypatch):
    law = gates.gate_flip_rate
    monkeypatch.setattr(gates, "gate_flip_rate", lambda t, lr, decay, noise_ratio: law(4 * t, lr, decay))
    assert gates._flip_law(0.3, "smoke").status == "does not reproduce"


def test_a_law_with_another_constant_is_noticed(monkeypatch):
    law = samples.mean_direction_accuracy
    monkeypatch.setattr(samples, "mean_direction_accuracy", lambda ratio: law(2 * ratio))
    assert samples._p_law("smoke").status == "does not reproduce"
