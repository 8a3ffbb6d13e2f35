"""Verdicts: what checking a claim gave, the number, its error, and where it had to lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

Status = Literal["holds", "holds within stated limits", "does not reproduce"]

HOLDS: Final = "holds"
HOLDS_WITHIN_LIMITS: Final = "holds within stated limits"
DOES_NOT_REPRODUCE: Final = "does not reproduce"


@dataclass(frozen=True)
class Verdict:
    """What checking a claim gave.

    Attributes:
        status: holds, holds within stated limits, or does not reproduce.
        measured: the number measured.
        stderr: its standard error, None when it has none.
        predicted: the number predicted, None when only an interval or a bound is.
        interval: where the measured number must lie, ends included; an end may be infinite.
        note: limits, or what else must be known to read the numbers.
    """

    status: Status
    measured: float
    stderr: float | None = None
    predicted: float | None = None
    interval: tuple[float, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check that the numbers can carry the status.

        Raises:
            ValueError: unknown status, a standard error that is none, an interval that is none or excludes
                nothing, a status that the interval contradicts, a claim that holds on a measured NaN or
                infinity, or limits that are not stated.
        """
        require(self.status, get_args(Status), "status")
        if self.stderr is not None and not (math.isfinite(self.stderr) and self.stderr >= 0):
            raise ValueError(f"stderr must be finite and not negative, got {self.stderr}; pass None for none")
        if self.interval is not None:
            _require_interval(self.interval)
        if self.status != DOES_NOT_REPRODUCE and not math.isfinite(self.measured):
            raise ValueError(f"measured must be finite where a claim {self.status}, got {self.measured}")
        if self.status == HOLDS_WITHIN_LIMITS and not self.note:
            raise ValueError("a claim that holds within stated limits must state them; pass limits= or note=")
        if self.interval is not None:
            low, high = self.interval
            inside = math.isfinite(self.measured) and low <= self.measured <= high
            if inside == (self.status == DOES_NOT_REPRODUCE):
                where = "inside" if inside else "outside"
                raise ValueError(
                    f"a measured {self.measured} {where} the interval [{low}, {high}] cannot mean that a "
                    f"claim {self.status}; use Verdict.inside"
                )

    @classmethod
    def inside(
        cls, measured: float, interval: tuple[float, float], *, predicted: float | None = None,
        stderr: float | None = None, limits: str = "", note: str = "",
    ) -> Verdict:
        """Holds if the measured number lies in an interval, ends included.

        Args:
            measured: the number measured; NaN and infinities never hold.
            interval: (low, high); an end may be infinite.
            predicted: the number predicted.
            stderr: standard error of the measured number.
            limits: the limits within which the claim is made; turns holds into holds within stated limits.
            note: what else must be known.
        """
        measured, interval = float(measured), (float(interval[0]), float(interval[1]))
        good = math.isfinite(measured) and interval[0] <= measured <= interval[1]
        status: Status = DOES_NOT_REPRODUCE if not good else HOLDS_WITHIN_LIMITS if limits else HOLDS
        text = "; ".join(part for part in (f"limits: {limits}" if limits else "", note) if part)
        return cls(status, measured, _number(stderr), _number(predicted), interval, text)

    @classmethod
    def near(
        cls, measured: float, predicted: float, *, stderr: float, sigmas: float = 4.0, tolerance: float = 0.0,
        limits: str = "", note: str = "",
    ) -> Verdict:
        """Holds if measured and predicted differ by at most sigmas standard errors plus a tolerance.

        Args:
            measured: the number measured.
            predicted: the number predicted.
            stderr: standard error of the measured number.
            sigmas: how many of them are allowed.
            tolerance: systematic difference that the claim itself allows, same unit.
            limits: as for ``inside``.
            note: as for ``inside``.
        """
        half = sigmas * float(stderr) + tolerance
        interval = (float(predicted) - half, float(predicted) + half)
        return cls.inside(measured, interval, predicted=predicted, stderr=stderr, limits=limits, note=note)

    @classmethod
    def at_most(
        cls, measured: float, bound: float, *, stderr: float | None = None, limits: str = "", note: str = ""
    ) -> Verdict:
        """Holds if the measured number is no larger than a bound."""
        return cls.inside(measured, (-math.inf, bound), stderr=stderr, limits=limits, note=note)

    @classmethod
    def at_least(
        cls, measured: float, bound: float, *, stderr: float | None = None, limits: str = "", note: str = ""
    ) -> Verdict:
        """Holds if the measured number is no smaller than a bound."""
        return cls.inside(measured, (bound, math.inf), stderr=stderr, limits=limits, note=note)


def require(value: str, known: tuple[str, ...], name: str) -> None:
    """Refuse a word that is not among those known.

    Raises:
        ValueError: the message lists them.
    """
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")


def _require_interval(interval: tuple[float, float]) -> None:
    low, high = interval
    if not low <= high:
        raise ValueError(f"interval must be (low, high) with low <= high, got {interval}")
    if math.isinf(low) and math.isinf(high):
        raise ValueError(f"interval must exclude something: one end must be finite, got {interval}")


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
