"""Runs that are stored, a chapter a file; the runs on photographs are adopted from a GPU."""

from __future__ import annotations

from collections.abc import Mapping

from lrtheory.learning_order.experiments.adopted import ADOPTED

STORED: tuple[tuple[str, Mapping[str, object]], ...] = (
    *(("learning_order.photographs", parameters) for parameters in ADOPTED.values()),
    ("learning_order.bn_cnn", {}),
)
