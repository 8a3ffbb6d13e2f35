"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.learning_order.claims import flicker, gates, gpu, limits, noise, photographs, race, samples

CLAIMS: tuple[Claim, ...] = (
    *samples.CLAIMS,
    *race.CLAIMS,
    *gates.CLAIMS,
    *flicker.CLAIMS,
    *noise.CLAIMS,
    *photographs.CLAIMS,
    *gpu.CLAIMS,
    *limits.CLAIMS,
)
