"""Runs that are stored, a chapter a file; the runs on photographs are adopted from a GPU."""

from __future__ import annotations

from collections.abc import Mapping

STORED: tuple[tuple[str, Mapping[str, object]], ...] = (
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
)
