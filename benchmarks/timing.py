"""Rates per CPU second, measured with all candidates taking turns in one process, and their table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """One way to do the work.

    Attributes:
        name: what the table calls it.
        run: does some of the work and returns how much, in the workload's unit; None if not installed.
        goal: how many times faster than this the library should be; None where no goal was set.
    """

    name: str
    run: Callable[[], float] | None
    goal: float | None = None


@dataclass(frozen=True)
class Workload:
    """The same work, done by the library and by others.

    Attributes:
        title: what is computed.
        unit: what a rate counts.
        ours: the library's way.
        others: the rest.
        clock: seconds spent so far; the CPU seconds of this process unless the work happens elsewhere.
    """

    title: str
    unit: str
    ours: Candidate
    others: Sequence[Candidate]
    clock: Callable[[], float] = time.process_time


@dataclass(frozen=True)
class Row:
    """One line of the table: rate, how many times faster the library is, and the goal for that."""

    name: str
    rate: float | None
    ratio: float | None
    goal: float | None


def rows(workload: Workload, *, rounds: int) -> list[Row]:
    """Median rates, and medians of the ratios within a round; a first round is not counted.

    Candidates of a round run right after each other, so that a busy machine slows them all; a ratio
    within a round is therefore steadier than either rate.
    """
    everyone = [workload.ours, *workload.others]
    rates: list[list[float]] = [[] for _ in everyone]
    for counted in [False, *[True] * rounds]:
        for candidate, found in zip(everyone, rates, strict=True):
            if candidate.run is None:
                continue
            begin = workload.clock()
            work = candidate.run()
            seconds = workload.clock() - begin
            if counted:
                found.append(work / max(seconds, 1e-9))
    return [_row(candidate, found, rates[0]) for candidate, found in zip(everyone, rates, strict=True)]


def table(workload: Workload, measured: Sequence[Row]) -> str:
    """The rows as text, under a title."""
    lines = [f"{workload.title} [{workload.unit}]", f"  {'':44s} {'rate':>10s} {'ratio':>8s} {'goal':>6s}"]
    for row in measured:
        if row.rate is None or row.ratio is None:
            lines.append(f"  {row.name:44s} {'not installed':>19s}")
            continue
        goal, verdict = "", ""
        if row.goal is not None:
            goal, verdict = f"{row.goal:.0f}", "  met" if row.ratio >= row.goal else "  MISSED"
        lines.append(f"  {row.name:44s} {row.rate:10.4g} {row.ratio:8.1f} {goal:>6s}{verdict}")
    return "\n".join(lines)


def _row(candidate: Candidate, found: list[float], ours: list[float]) -> Row:
    if not found:
        return Row(candidate.name, None, None, candidate.goal)
    ratio = statistics.median(a / b for a, b in zip(ours, found, strict=True))
    return Row(candidate.name, statistics.median(found), ratio, candidate.goal)
