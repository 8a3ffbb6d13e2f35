"""Runs that are stored, a chapter a file; the runs on photographs are adopted from a GPU."""

from __future__ import annotations

from collections.abc import Mapping

STORED: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("learning_order.ridge_law", {}),
    ("learning_order.gates_in_time", {}),
)
