"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.diagrams.claims import (
    batches,
    counting,
    counting_passes,
    counting_rules,
    errata,
    errata_bookkeeping,
    helix,
    histories,
    histories_values,
    noise,
    order_by_order,
    orders_on_data,
    overfitting,
)

CLAIMS: tuple[Claim, ...] = (
    *histories.CLAIMS,
    *histories_values.CLAIMS,
    *counting.CLAIMS,
    *counting_passes.CLAIMS,
    *counting_rules.CLAIMS,
    *order_by_order.CLAIMS,
    *orders_on_data.CLAIMS,
    *noise.CLAIMS,
    *helix.CLAIMS,
    *overfitting.CLAIMS,
    *batches.CLAIMS,
    *errata.CLAIMS,
    *errata_bookkeeping.CLAIMS,
)
