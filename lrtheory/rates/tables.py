"""Measurements in words and tables, for the page *How fast*; numbers come from what was kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from lrtheory.rates.measured import Measured, Origin, Row, Spread

_LIMITS = {
    "float64": "GFLOP, float64",
    "float32": "GFLOP, float32",
    "copy": "GB copied",
    "increments": "10⁹ increments",
}
_VERDICTS = {None: "", True: "✓ met", False: "✗ missed"}


def table_html(found: Measured) -> str:
    """One workload as a table that a screen reader can follow, with the fraction of the limit below."""
    rates, ratios = ("Seconds", "At most") if found.seconds else ("Rate", "Goal")
    headings = ["Goal met", "Way", rates] + ([] if found.seconds else ["Times faster"]) + [ratios]
    body = [_row(row, seconds=found.seconds) for row in found.rows]
    table = _region(found.title, f"{found.title} [{found.unit}]", headings, body)
    return "\n".join([table, *([f"<p>{escape(limit_text(found))}</p>"] if found.limit else [])])


def limit_text(found: Measured) -> str:
    """Which share of its limit the library reaches, and how the limit was counted; empty without one."""
    if found.limit is None or found.fraction is None:
        return ""
    return (
        f"The library reaches {found.fraction:.0%} of {found.limit.rate:.4g}, the limit of this processor: "
        f"{found.limit.count}."
    )


def missed(found: Iterable[Measured]) -> list[str]:
    """A sentence for each workload that misses a goal, and what its other rows say about the cause."""
    sentences = []
    for each in found:
        gaps = [
            f"{row.name}: {spread_text(number)} where {_short(row.goal)} was aimed at"
            for row in each.rows
            for number in [row.rate if each.seconds else row.ratio]
            if row.met is False and row.goal is not None and number is not None
        ]
        if gaps:
            what = "CPU seconds of" if each.seconds else "times faster than"
            told = " ".join([f"{each.title}, {what} {'; '.join(gaps)}.", limit_text(each), *parts(each)])
            sentences.append(" ".join(told.split()))
    return sentences


def parts(found: Measured) -> Iterator[str]:
    """What parts of the work, measured alone, take of the library's time; they stand in brackets.

    And how many times faster than the peers of missed goals nothing but a part would be: where that is
    less than was aimed at, no library that does this part can meet the goal.
    """
    peers = [row.ratio.median for row in found.rows if row.met is False and row.ratio is not None]
    for row in found.rows:
        if found.seconds and row.name.startswith("(") and row.rate is not None:
            yield f"{row.name.strip('()').capitalize()}: {spread_text(row.rate)}."
        elif row.name.startswith("(") and row.ratio is not None:
            share, most = row.ratio.median, " and ".join(_short(peer / row.ratio.median) for peer in peers)
            faster = f", and be {most} times faster" if most else ""
            yield f"{row.name.strip('()').capitalize()} would take {share:.0%} of its time{faster}."


def origins(found: Iterable[Measured]) -> list[str]:
    """A sentence for each machine and state of the code, with the names of the workloads measured there."""
    groups: dict[str, list[Measured]] = {}
    for each in found:
        groups.setdefault(_origin_text(each.origin), []).append(each)
    return [f"{_names(group)}: {text}." for text, group in groups.items()]


def limits_html(found: Iterable[Measured]) -> str:
    """What the processor did at best in each run, with load of the machine and rounds, as a table."""
    runs: dict[tuple[object, ...], list[Measured]] = {}
    for each in found:
        runs.setdefault((_origin_text(each.origin), *each.origin.limits.items()), []).append(each)
    headings = ["Run", *_LIMITS.values(), "Load", "Rounds"]
    caption = "At best, in a CPU second of the same run"
    return _region("Limits of the processor", caption, headings, map(_run_row, runs.values()))


def spread_text(spread: Spread) -> str:
    """Median, and the quartiles in brackets."""
    if spread.low == spread.high:
        return _short(spread.median)
    return f"{_short(spread.median)} ({_short(spread.low)} to {_short(spread.high)})"


def _region(label: str, caption: str, headings: Iterable[str], body: Iterable[str]) -> str:
    """A table that scrolls sideways on a narrow screen, so that the keyboard must be able to reach it."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    return "\n".join([
        f'<div class="ledger" role="region" aria-label="{escape(label)}" tabindex="0" '
        'style="overflow-x: auto">',
        '<table class="table" style="min-width: 34rem; text-align: left">',
        f"<caption>{escape(caption)}</caption>", f"<thead><tr>{head}</tr></thead>",
        "<tbody>", *body, "</tbody>", "</table>", "</div>",
    ])


def _names(run: Iterable[Measured]) -> str:
    return ", ".join(dict.fromkeys(each.name for each in run))


def _run_row(run: list[Measured]) -> str:
    limits = run[0].origin.limits
    loads = [load for each in run for load in each.origin.load if load is not None]
    cells = [_short(limits[name] / 1e9) if name in limits else "" for name in _LIMITS]
    cells += [f"{min(loads)} to {max(loads)}" if loads else "", str(max(each.origin.rounds for each in run))]
    name = f'<th scope="row" style="font-weight: normal">{escape(_names(run))}</th>'
    return f"<tr>{name}" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _row(row: Row, *, seconds: bool) -> str:
    name = f'<th scope="row" style="font-weight: normal">{escape(row.name)}</th>'
    cells = [row.missing or "not run"] if row.rate is None else [spread_text(row.rate)]
    if not seconds:
        cells.append("" if row.ratio is None else spread_text(row.ratio))
    cells.append("" if row.goal is None else _short(row.goal))
    return (
        f"<tr><td>{_VERDICTS[row.met]}</td>{name}" + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )


def _short(number: float) -> str:
    """Three digits, and thousands written out."""
    if 1000 <= abs(number) < 1e7:
        return f"{number:,.0f}"
    return f"{number:.3g}" if abs(number) < 1e7 else f"{number:.1e}"


def _origin_text(origin: Origin) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in origin.versions.items())
    code = f"commit {origin.commit[:10]}" if origin.commit else "outside a repository"
    return (
        f"{origin.processor}, {origin.cores} cores; {versions}; "
        f"{origin.date[:10]}, {code}{' with changes' if origin.dirty else ''}"
    )
