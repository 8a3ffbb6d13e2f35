"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.claims import Claim
from lrtheory.learning_order.claims import limits, noise, race

CLAIMS: tuple[Claim, ...] = (*race.CLAIMS, *noise.CLAIMS, *limits.CLAIMS)
