"""Where a run comes from that other code than this package made; how it may be adopted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

from lrtheory.results.provenance import MadeBy, Provenance, seeds_of

_FIELDS = ("device", "dtype", "torch", "numpy", "seconds", "date")


def adopted(
    experiment: str, number: int, parameters: Mapping[str, object], made_by: MadeBy,
    origin: Mapping[str, object],
) -> Provenance:
    """Provenance of a run that other code than this package made.

    Args:
        experiment: name of the experiment that repeats it.
        number: version of that experiment.
        parameters: what it ran with.
        made_by: the protocol and how well it is repeated here.
        origin: ``device``, ``dtype``, ``torch``, ``numpy``, ``seconds`` and ``date`` of the run.

    Raises:
        ValueError: a field that is missing, unknown or impossible.
    """
    if set(origin) != set(_FIELDS):
        given = ", ".join(map(str, origin)) or "nothing"
        raise ValueError(f"origin must have {', '.join(_FIELDS)}, got {given}")
    if not re.fullmatch(r"[0-9a-f]{64}", made_by.digest):
        raise ValueError(f"digest must be the SHA-256 of the protocol in hexadecimal, got {made_by.digest!r}")
    if not 0 < made_by.within < math.inf:
        raise ValueError(f"within must be a positive number, got {made_by.within}; measure it")
    theory = experiment.partition(".")[0]
    if not made_by.claim.startswith(f"{theory}."):
        raise ValueError(f"claim must be one of {theory}, which holds the agreement, got {made_by.claim!r}")
    date, seconds = str(origin["date"]), float(str(origin["seconds"]))
    datetime.fromisoformat(date)  # raises a ValueError that names it
    return Provenance(
        experiment=experiment, version=number, seeds=seeds_of(parameters), modules={}, commit=None,
        dirty=None, python="not recorded", numpy=str(origin["numpy"]), torch=str(origin["torch"]),
        device=str(origin["device"]), dtypes=(str(origin["dtype"]),), seconds=seconds, date=date,
        made_by=made_by,
    )
