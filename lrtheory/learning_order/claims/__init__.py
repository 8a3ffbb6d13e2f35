"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.learning_order.claims import bn_cnn, gpu, photographs

CLAIMS: tuple[Claim, ...] = (*photographs.CLAIMS, *gpu.CLAIMS, *bn_cnn.CLAIMS)
