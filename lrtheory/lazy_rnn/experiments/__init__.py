"""Runs that are stored: widths to 512 made here, to 16,384 adopted from a GPU with the same protocols."""

from __future__ import annotations

from collections.abc import Mapping

from lrtheory.lazy_rnn.experiments.adopted import ADOPTED

STORED: tuple[tuple[str, Mapping[str, object]], ...] = (
    *ADOPTED.items(),
    ("lazy_rnn.two_layer_digits", {}),
    ("lazy_rnn.width_needed", {}),
    ("lazy_rnn.vowels", {}),
    ("lazy_rnn.ten_digits", {}),
)
