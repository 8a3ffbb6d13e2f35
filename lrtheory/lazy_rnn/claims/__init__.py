"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.lazy_rnn.claims import gpu, levels, linearity, memorization, rates, time

CLAIMS: tuple[Claim, ...] = (
    *memorization.CLAIMS,
    *linearity.CLAIMS,
    *levels.CLAIMS,
    *rates.CLAIMS,
    *time.CLAIMS,
    *gpu.CLAIMS,
)
