"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.learning_order.claims import (
    bn_cnn,
    digits,
    flicker,
    gates,
    gpu,
    limits,
    noise,
    one_feature,
    photographs,
    race,
    samples,
    since,
)

CLAIMS: tuple[Claim, ...] = (
    *samples.CLAIMS,
    *race.CLAIMS,
    *gates.CLAIMS,
    *flicker.CLAIMS,
    *noise.CLAIMS,
    *digits.CLAIMS,
    *photographs.CLAIMS,
    *gpu.CLAIMS,
    *limits.CLAIMS,
    *bn_cnn.CLAIMS,
    *one_feature.CLAIMS,
    *since.CLAIMS,
)
