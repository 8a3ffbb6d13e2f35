"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.learning_order.claims import digits, one_feature, since

CLAIMS: tuple[Claim, ...] = (
    *digits.CLAIMS,
    *one_feature.CLAIMS,
    *since.CLAIMS,
)
