"""The ledger of claims as text, JSON and HTML: how reports are shown. It checks nothing."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from lrtheory.claims.claim import Report
from lrtheory.claims.verdict import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS

CHECK_FAILED = "check failed"
# A word and a sign each, so that no verdict is told by color.
_SIGNS = {HOLDS: "✓", HOLDS_WITHIN_LIMITS: "≈", DOES_NOT_REPRODUCE: "✗", CHECK_FAILED: "!"}
_WIDTH = 98
# Headings of the HTML table, each with the share of the width that its column gets.
_COLUMNS = (("Verdict", 16), ("Claim, source and check", 52), ("Measured", 14), ("Predicted", 18))


def status_word(report: Report) -> str:
    """Verdict of a report in words; "check failed" when the check raised."""
    return report.verdict.status if report.verdict is not None else CHECK_FAILED


def ledger_text(reports: Sequence[Report]) -> str:
    """The ledger for a terminal of 100 columns: a line of numbers and the statement, claim by claim."""
    lines = []
    for report in reports:
        status = status_word(report)
        lines.append(f"{_SIGNS[status]} {report.claim.id}: {status}  ({report.seconds:.2g} s)")
        lines += _wrapped(f"measured {_measured(report)}, predicted {_predicted(report)}{_surprise(report)}")
        lines += _wrapped(report.claim.statement)
        lines += _wrapped(report.error or (report.verdict.note if report.verdict else ""))
    return "\n".join([*lines, *textwrap.wrap(_summary(reports), _WIDTH)])


def ledger_json(reports: Iterable[Report]) -> str:
    """The ledger as a JSON list of objects; numbers that JSON lacks (NaN, infinity) become null."""
    return json.dumps([_fields(report) for report in reports], indent=1, allow_nan=False)


def ledger_html(reports: Iterable[Report]) -> str:
    """The ledger as accessible tables, one a page of the book, with a link to that page."""
    def place(report: Report) -> tuple[str, str]:
        return report.claim.theory, report.claim.page

    # A stable sort: theories and pages in order of their first claim, claims as written.
    reports = list(reports)
    order = list(dict.fromkeys(map(place, reports)))
    theories = list(dict.fromkeys(theory for theory, _ in order))
    ranked = sorted(reports, key=lambda r: (theories.index(r.claim.theory), order.index(place(r))))
    tables = [_table(theory, page, list(group)) for (theory, page), group in groupby(ranked, key=place)]
    return "\n".join([f"<p>{escape(_summary(reports))}</p>", *tables])


def place(report: Report) -> float:
    """Where the measured number lies in its interval: from -1 to 1 inside, beyond outside.

    A claim with one bound is placed by its ratio to the bound, from 0 to 1 inside.

    Returns:
        The place, or NaN for a check that failed or a claim without an interval.
    """
    verdict = report.verdict
    if verdict is None or verdict.interval is None:
        return math.nan
    low, high = verdict.interval
    if math.isfinite(low) and math.isfinite(high):
        return 2 * (verdict.measured - low) / (high - low) - 1 if high > low else 0.0
    if math.isfinite(high):
        return verdict.measured / high if high else math.nan
    return low / verdict.measured if verdict.measured else math.inf


def _table(theory: str, page: str, reports: list[Report]) -> str:
    label = f"Claims of {theory}, page {page}"
    head = "".join(f'<th scope="col" style="width: {share}%">{heading}</th>' for heading, share in _COLUMNS)
    link = f'<a href="{escape(page)}.html">{escape(page)}</a>'
    # The region scrolls sideways on a narrow screen, so the keyboard must be able to reach it.
    region = f'role="region" aria-label="{escape(label)}" tabindex="0"'
    return "\n".join([
        f'<div class="ledger" {region} style="overflow-x: auto">',
        '<table class="table" style="min-width: 40rem; text-align: left">',
        f"<caption>Claims of {escape(theory)}, page {link}</caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>", *map(_row, reports), "</tbody>", "</table>", "</div>",
    ])


def _row(report: Report) -> str:
    claim, status = report.claim, status_word(report)
    note = report.error or (report.verdict.note if report.verdict else "")
    sentences = [f"<strong>{escape(claim.statement)}</strong>", f"<code>{escape(claim.id)}</code>"]
    sentences += [f"<em>{escape(claim.kind)}</em>: {escape(claim.source)}.", escape(claim.how)]
    sentences += [escape(note)] if note else []
    verdict = f'<span aria-hidden="true">{_SIGNS[status]}</span> {escape(status + _surprise(report))}'
    head = f'<th scope="row" style="font-weight: normal">{"<br>".join(sentences)}</th>'
    numbers = f"<td>{escape(_measured(report))}</td><td>{escape(_predicted(report))}</td>"
    return f'<tr id="claim-{escape(claim.id)}"><td>{verdict}</td>{head}{numbers}</tr>'


def _fields(report: Report) -> dict[str, object]:
    claim, verdict = report.claim, report.verdict
    interval = verdict.interval if verdict else None
    return {
        "id": claim.id, "theory": claim.theory, "kind": claim.kind, "statement": claim.statement,
        "source": claim.source, "how": claim.how, "page": claim.page, "states": claim.states,
        "status": status_word(report), "as_stated": report.as_stated, "error": report.error,
        "measured": _finite(verdict.measured) if verdict else None,
        "stderr": verdict.stderr if verdict else None,
        "predicted": _finite(verdict.predicted) if verdict else None,
        "interval": [_finite(end) for end in interval] if interval else None,
        "note": verdict.note if verdict else "", "scale": report.scale, "seconds": round(report.seconds, 3),
    }


def _summary(reports: Sequence[Report]) -> str:
    """One line: how many claims came out how."""
    words = [status_word(report) for report in reports]
    counts = [f"{status}: {words.count(status)}" for status in _SIGNS if status in words]
    failed = sum(report.failed for report in reports)
    end = f"; {failed} not as the book says" if failed else ""
    return f"{len(reports)} claim{'' if len(reports) == 1 else 's'} ({', '.join(counts) or 'none'}){end}."


def _surprise(report: Report) -> str:
    if report.as_stated or report.verdict is None:
        return ""
    return f" (the book says: {report.claim.states})"


def _measured(report: Report) -> str:
    if report.verdict is None:
        return "nothing"
    error = f" ± {report.verdict.stderr:.2g}" if report.verdict.stderr is not None else ""
    return f"{report.verdict.measured:.5g}{error}"


def _predicted(report: Report) -> str:
    """The predicted number and where the measured one must lie."""
    if report.verdict is None:
        return "nothing"
    predicted, interval = report.verdict.predicted, report.verdict.interval
    parts = [f"{predicted:.5g}"] if predicted is not None else []
    if interval is not None:
        low, high = interval
        if math.isinf(low):
            parts.append(f"at most {high:.5g}")
        elif math.isinf(high):
            parts.append(f"at least {low:.5g}")
        else:
            parts.append(f"in [{low:.5g}, {high:.5g}]")
    return ", ".join(parts) or "nothing"


def _wrapped(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
