"""What can go wrong with a sweep as a whole; what goes wrong at one point is recorded with that point."""

from __future__ import annotations


class SweepStopped(RuntimeError):
    """A sweep that could not go on; what is stored is whole, and the same call goes on from there."""


class SweepRefused(ValueError):
    """A sweep that was not begun: its folder belongs to other code, another format or another process."""


class Lost(RuntimeError):
    """Workers, scheduler or disk that are gone or not to be trusted; no fault of a point."""
