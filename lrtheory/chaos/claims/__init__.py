"""Every claim of this theory, each an object with its own check; a family of claims a file."""

from __future__ import annotations

from lrtheory.chaos.claims import (
    coin_toss,
    counterexample,
    dimensions,
    ergodicity,
    exponents,
    limits,
    maps,
    networks,
    road,
    road_exponents,
    road_momentum,
    since,
    siren,
)
from lrtheory.claims import Claim

CLAIMS: tuple[Claim, ...] = (
    *coin_toss.CLAIMS,
    *maps.CLAIMS,
    *ergodicity.CLAIMS,
    *exponents.CLAIMS,
    *counterexample.CLAIMS,
    *road.CLAIMS,
    *road_exponents.CLAIMS,
    *road_momentum.CLAIMS,
    *dimensions.CLAIMS,
    *networks.CLAIMS,
    *siren.CLAIMS,
    *limits.CLAIMS,
    *since.CLAIMS,
)
