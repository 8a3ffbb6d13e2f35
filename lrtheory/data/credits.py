"""The table of data sets for a page of the book, written from sources.toml; it loads no data."""

from __future__ import annotations

from html import escape

from lrtheory.data.sources import Info, info, names

# Headings of the table, each with the share of the width that its column gets.
_COLUMNS = (("Data set", 28), ("License", 12), ("Credit and source", 28), ("Changes; where it is", 32))
_WHERE = {
    "bundled": "in the package",
    "scikit-learn": "in scikit-learn",
    "whole": "found on your computer, or downloaded",
}


def credits_html() -> str:
    """One row a data set: contents, license, credit, changes; a table that a screen reader can follow."""
    head = "".join(f'<th scope="col" style="width: {share}%">{heading}</th>' for heading, share in _COLUMNS)
    return "\n".join([
        # The region scrolls sideways on a narrow screen, so the keyboard must be able to reach it.
        '<div class="ledger" role="region" aria-label="Data sets" tabindex="0" style="overflow-x: auto">',
        '<table class="table" style="min-width: 40rem; text-align: left">',
        "<caption>Data sets of the package and the book</caption>",
        f"<thead><tr>{head}</tr></thead>", "<tbody>", *(_row(info(name)) for name in names()), "</tbody>",
        "</table>", "</div>",
    ])


def _row(source: Info) -> str:
    links = [f'<a href="{escape(source.url)}">{escape(source.credit)}</a>']
    if source.doi:
        links.append(f'<a href="https://doi.org/{escape(source.doi)}">doi:{escape(source.doi)}</a>')
    terms = "none stated (SPDX: NOASSERTION)" if source.license == "NOASSERTION" else source.license
    changes = f"{escape(source.changes)} Where: {_WHERE[source.where]}."
    data = "".join(f"<td>{cell}</td>" for cell in (escape(terms), "; ".join(links), changes))
    title = f"<strong>{escape(source.title)}</strong><br>{escape(source.contents)}"
    return f'<tr><th scope="row" style="font-weight: normal">{title}</th>{data}</tr>'
