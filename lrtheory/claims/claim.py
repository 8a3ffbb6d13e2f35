"""Claims of the book and their verdicts: stated, checked, collected. Showing them is in ledger.py."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal, get_args

from lrtheory.source.catalog import known_theories
from lrtheory.source.hashes import package_file

Status = Literal["holds", "holds within stated limits", "does not reproduce"]
Kind = Literal["theorem", "experiment", "rebuttal answer", "our finding"]
Scale = Literal["smoke", "laptop", "long"]

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
        _require(self.status, get_args(Status), "status")
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


@dataclass(frozen=True)
class Claim:
    """A statement of the book that can be checked.

    Attributes:
        id: theory and a short name, for example "chaos.gibbs-variance".
        theory: theory folder.
        kind: theorem, experiment, rebuttal answer or our finding.
        statement: the claim in one sentence.
        source: bib key and the place in it.
        how: how it is checked, in one sentence.
        states: what the book says comes out.
        check: takes a scale (smoke, laptop, long) and returns the verdict.
        page: page of the book, for example "chaos/coin_toss".
    """

    id: str
    theory: str
    kind: Kind
    statement: str
    source: str
    how: str
    states: Status
    check: Callable[[str], Verdict]
    page: str

    def __post_init__(self) -> None:
        """Check the fields that are chosen from a list.

        Raises:
            ValueError: unknown kind or status, or an id that does not start with the theory.
        """
        _require(self.kind, get_args(Kind), "kind")
        _require(self.states, get_args(Status), "states")
        if not self.id.startswith(f"{self.theory}.") or len(self.id.split()) != 1:
            raise ValueError(f"id must be {self.theory!r}, a dot and a name without spaces, got {self.id!r}")


@dataclass(frozen=True)
class Report:
    """One claim after its check.

    Attributes:
        claim: the claim.
        scale: scale of the check.
        verdict: what the check returned, None if it raised.
        error: type and message of what it raised, empty if nothing.
        seconds: how long the check took.
    """

    claim: Claim
    scale: Scale
    verdict: Verdict | None
    error: str
    seconds: float

    @property
    def as_stated(self) -> bool:
        """Whether the check came out as the book says."""
        return self.verdict is not None and self.verdict.status == self.claim.states

    @property
    def failed(self) -> bool:
        """Whether the book is wrong: the check raised, or what it says holds came out otherwise."""
        return self.verdict is None or (self.claim.states != DOES_NOT_REPRODUCE and not self.as_stated)


def load_claims(theory: str | None = None) -> tuple[Claim, ...]:
    """Claims of all theories or of one: the ``CLAIMS`` of each theory's ``claims`` module.

    Raises:
        ValueError: unknown theory, or an id that is used twice.
    """
    found: list[Claim] = []
    for name in known_theories(theory):
        if package_file(f"lrtheory.{name}.claims") is not None:
            found += import_module(f"lrtheory.{name}.claims").CLAIMS
    return unique(found)


def unique(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The same claims.

    Raises:
        ValueError: an id that is used twice.
    """
    claims = tuple(claims)
    ids = [claim.id for claim in claims]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"each claim needs an id of its own, got twice: {', '.join(twice)}; rename one")
    return claims


def run_claims(claims: Iterable[Claim], scale: Scale = "smoke") -> list[Report]:
    """Check claims one after the other; a check that raises is reported as failed.

    Args:
        claims: what to check.
        scale: smoke (seconds a claim), laptop (minutes) or long.

    Raises:
        ValueError: unknown scale.
    """
    _require(scale, get_args(Scale), "scale")
    return [_checked(claim, scale) for claim in claims]


def _checked(claim: Claim, scale: Scale) -> Report:
    began = time.perf_counter()
    verdict, error = None, ""
    try:
        given = claim.check(scale)
        if not isinstance(given, Verdict):
            raise TypeError(f"check of {claim.id} must return a Verdict, got {given!r}")
        verdict = given
    except Exception as raised:  # whatever it is belongs in the ledger, beside the other claims
        error = f"{type(raised).__name__}: {raised}"
    return Report(claim, scale, verdict, error, time.perf_counter() - began)


def _require(value: str, known: tuple[str, ...], name: str) -> None:
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
