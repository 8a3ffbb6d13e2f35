"""Claims of the book: stated, collected, checked one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, get_args

from lrtheory.claims.verdict import DOES_NOT_REPRODUCE, Status, Verdict, require
from lrtheory.source.catalog import known_theories
from lrtheory.source.hashes import package_file

Kind = Literal["theorem", "experiment", "rebuttal answer", "our finding"]
Scale = Literal["smoke", "laptop", "long"]


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
        require(self.kind, get_args(Kind), "kind")
        require(self.states, get_args(Status), "states")
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
    require(scale, get_args(Scale), "scale")
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
