"""Two experiments of which a sweep is measured; workers import this file."""

from __future__ import annotations

import time
from typing import Any

from lrtheory.results import experiment

_SECONDS = 0.02  # of processor time that a point with work takes


@experiment(version=1)
def idle(*, number: int = 0) -> dict[str, Any]:
    """Do nothing, and give its number.

    Args:
        number: of the point.
    """
    return {"number": number}


@experiment(version=1)
def working(*, number: int = 0) -> dict[str, Any]:
    """Count in Python for 20 ms of the processor's time, and give its number.

    Args:
        number: of the point.
    """
    until = time.thread_time() + _SECONDS
    while time.thread_time() < until:
        sum(range(1000))
    return {"number": number}
