"""Rates per second, of the CPU as a rule, with all candidates taking turns in one process; their table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.limits import Limits
from lrtheory.rates.measured import Limit, Row, Spread, spread

_TURN = 0.05  # seconds: what fills caches anew after the other ways is then a small part of a turn


@dataclass(frozen=True)
class Candidate:
    """One way to do the work.

    Attributes:
        name: what the table calls it.
        run: does some of the work and returns how much, in the workload's unit; None if not installed.
        goal: how many times faster than this the library should be, or the most seconds that it may take;
            None where no goal was set.
        missing: what is said where it cannot be run.
    """

    name: str
    run: Callable[[], float] | None
    goal: float | None = None
    missing: str = "not installed"


@dataclass(frozen=True)
class Workload:
    """The same work, done by the library and by others.

    Attributes:
        title: what is computed.
        unit: what a rate counts.
        ours: the library's way.
        others: the rest.
        clock: seconds spent so far; the CPU seconds of this process unless the work happens elsewhere.
        limit: rate that the measured limits of the processor allow; None where none can be stated.
        seconds: whether candidates return seconds, of which less is better; then there is no warm-up, no
            ratio, and one round.
    """

    title: str
    unit: str
    ours: Candidate
    others: Sequence[Candidate]
    clock: Callable[[], float] = time.process_time
    limit: Callable[[Limits], Limit] | None = None
    seconds: bool = False


def rows(workload: Workload, *, rounds: int) -> tuple[Row, ...]:
    """Rates, and ratios within a round, each the median with its quartiles; a first round is not counted.

    A turn lasts at least 50 ms: quick work is done again and again in it. One call of a millisecond, right
    after seconds of other work, finds cold caches and was seen to run at half its rate.

    Candidates of a round run right after each other, so that a busy machine slows them all; a ratio
    within a round is therefore steadier than either rate.
    """
    everyone = [workload.ours, *workload.others]
    if workload.seconds:
        return tuple(_row_of_seconds(candidate) for candidate in everyone)
    rates: list[list[float]] = [[] for _ in everyone]
    for counted in [False, *[True] * rounds]:
        for candidate, found in zip(everyone, rates, strict=True):
            if candidate.run is None:
                continue
            begin = workload.clock()
            work = candidate.run()
            while (seconds := workload.clock() - begin) < _TURN:
                work += candidate.run()
            if counted:
                found.append(work / max(seconds, 1e-9))
    return tuple(_row(candidate, found, rates[0]) for candidate, found in zip(everyone, rates, strict=True))


def table(workload: Workload, measured: Sequence[Row], limit: Limit | None = None) -> str:
    """The rows as text, under a title; medians, with the quartiles in brackets."""
    head = f"  {'':44s} {'seconds' if workload.seconds else 'rate':>10s} {'':>22s}"
    head += "" if workload.seconds else f" {'ratio':>10s} {'':>22s}"
    lines = [f"{workload.title} [{workload.unit}]", f"{head} {'goal':>6s}"]
    for row in measured:
        if row.rate is None:
            lines.append(f"  {row.name:44s} {row.missing:>19s}")
            continue
        line = f"  {row.name:44s} {row.rate.median:10.4g} {_quartiles(row.rate, '.3g'):>22s}"
        if row.ratio is not None:
            line += f" {row.ratio.median:10.3g} {_quartiles(row.ratio, '.3g'):>22s}"
        goal = "" if row.goal is None else f"{row.goal:.6g}"
        verdict = "" if row.met is None else "  met" if row.met else "  MISSED"
        lines.append(f"{line} {goal:>6s}{verdict}")
    ours = measured[0].rate
    if limit is not None and ours is not None:
        lines.append(f"  {ours.median / limit.rate:.0%} of the limit, {limit.rate:.4g}: {limit.count}")
    return "\n".join(lines)


def _quartiles(spread: Spread, form: str) -> str:
    return "" if spread.low == spread.high else f"({spread.low:{form}} to {spread.high:{form}})"


def _row(candidate: Candidate, found: list[float], ours: list[float]) -> Row:
    if not found:
        return Row(candidate.name, None, goal=candidate.goal, missing=candidate.missing)
    if not ours:
        return Row(candidate.name, spread(found), goal=candidate.goal)
    ratio = spread([a / b for a, b in zip(ours, found, strict=True)])
    met = None if candidate.goal is None else ratio.median >= candidate.goal
    return Row(candidate.name, spread(found), ratio, candidate.goal, met)


def _row_of_seconds(candidate: Candidate) -> Row:
    if candidate.run is None:
        return Row(candidate.name, None, goal=candidate.goal, missing=candidate.missing)
    taken = candidate.run()
    met = None if candidate.goal is None else taken <= candidate.goal
    return Row(candidate.name, spread([taken]), None, candidate.goal, met)
