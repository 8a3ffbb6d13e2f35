"""Runs that are stored, a chapter a file; the runs on photographs are adopted from a GPU."""

from __future__ import annotations

from collections.abc import Mapping

from lrtheory.learning_order.experiments.adopted import ADOPTED

STORED: tuple[tuple[str, Mapping[str, object]], ...] = (
    *(("learning_order.photographs", parameters) for parameters in ADOPTED.values()),
    ("learning_order.race", {}),
    ("learning_order.race", {"alpha_from": 0.0, "stop": 0.45, "seeds": 3}),
    ("learning_order.ridge_law", {}),
    ("learning_order.gates_in_time", {}),
    ("learning_order.noise_placement", {}),
    ("learning_order.noise_scale", {}),
    ("learning_order.minibatches", {}),
    ("learning_order.annealings", {}),
    ("learning_order.adam", {}),
    ("learning_order.transient", {}),
    ("learning_order.widths_of_memory", {}),
    ("learning_order.weak_separation", {}),
    ("learning_order.squared_loss", {}),
    ("learning_order.regularization", {}),
    ("learning_order.digits", {}),
    ("learning_order.digits_rates", {}),
    ("learning_order.digits_noise", {}),
    ("learning_order.digits_noise", {"noises": (0.9,), "everywhere": True}),
    ("learning_order.digits_adam", {}),
    ("learning_order.digits_first_phase", {}),
    ("learning_order.digits_trained", {}),
    ("learning_order.break_even", {}),
    ("learning_order.xor", {}),
    ("learning_order.xor_controls", {}),
    ("learning_order.bn_cnn", {}),
)
