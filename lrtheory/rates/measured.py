"""What a benchmark found: medians with their quartiles, goals, a limit and its origin; also as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class Spread:
    """Median of some rounds, and the quartiles around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One way to do the work.

    Attributes:
        name: what tables call it.
        rate: work a second, of which clock the unit says; seconds where the workload counts them. None if it
            was not run.
        ratio: how many times faster the library is, within a round; None where seconds are counted.
        goal: the ratio aimed at, or the most seconds; None where no goal was set.
        met: whether the median meets the goal; None without goal or number.
        missing: why it was not run, empty if it was.
    """

    name: str
    rate: Spread | None
    ratio: Spread | None = None
    goal: float | None = None
    met: bool | None = None
    missing: str = ""


@dataclass(frozen=True)
class Limit:
    """The rate that a machine's arithmetic allows, in the workload's unit, and what was counted for it."""

    rate: float
    count: str


@dataclass(frozen=True)
class Origin:
    """Where numbers come from; never a host, a user or a folder.

    Attributes:
        processor: its name.
        cores: how many the system has.
        versions: of Python and of packages, by name.
        date: when it ended, ISO 8601, UTC.
        commit: git commit of the package, None outside a repository.
        dirty: whether the package differed from that commit.
        load: load average of the last minute at the start and at the end; None where the system has none.
        size: share of the full size.
        rounds: rounds of which medians were taken.
        limits: what the processor does at best, measured in the same run, by name; per CPU second.
    """

    processor: str
    cores: int
    versions: Mapping[str, str]
    date: str
    commit: str | None
    dirty: bool | None
    load: tuple[float | None, float | None]
    size: float
    rounds: int
    limits: Mapping[str, float]


@dataclass(frozen=True)
class Measured:
    """One workload, measured.

    Attributes:
        key: which code measured it, for example maps.plain.
        name: the group that is asked for, for example P1.
        title: what is computed.
        unit: what a rate counts.
        seconds: whether numbers are seconds, of which less is better.
        rows: the library's way first.
        limit: None where none can be stated.
        origin: of these numbers.
    """

    key: str
    name: str
    title: str
    unit: str
    seconds: bool
    rows: tuple[Row, ...]
    limit: Limit | None
    origin: Origin

    @property
    def fraction(self) -> float | None:
        """Share of the limit that the library's way reaches."""
        ours = self.rows[0].rate
        return None if self.limit is None or ours is None else ours.median / self.limit.rate


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles of at least one number.

    Example:
        >>> spread([4.0, 1.0, 2.0, 3.0, 10.0])
        Spread(median=3.0, low=2.0, high=4.0)
    """
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def as_json(found: Sequence[Measured]) -> dict[str, Any]:
    """What a JSON file holds; the fraction of the limit is written beside it."""
    return {"format": FORMAT, "workloads": [{**asdict(each), "fraction": each.fraction} for each in found]}


def from_json(content: Any) -> tuple[Measured, ...]:
    """The same, read again.

    Raises:
        ValueError: another format, or fields that are missing or unknown.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"not the measurements of `python -m lrtheory bench`, format {FORMAT}")
    try:
        return tuple(_measured(fields) for fields in content["workloads"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a measurement with missing or unknown fields: {error}") from error


def _measured(fields: Mapping[str, Any]) -> Measured:
    given = {name: value for name, value in fields.items() if name != "fraction"}
    rows = tuple(
        Row(**{**row, "rate": _spread(row["rate"]), "ratio": _spread(row["ratio"])}) for row in given["rows"]
    )
    limit = Limit(**given["limit"]) if given["limit"] else None
    origin = Origin(**{**given["origin"], "load": tuple(given["origin"]["load"])})
    return Measured(**{**given, "rows": rows, "limit": limit, "origin": origin})


def _spread(fields: Mapping[str, float] | None) -> Spread | None:
    return None if fields is None else Spread(**fields)
