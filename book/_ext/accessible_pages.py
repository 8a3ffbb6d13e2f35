"""Roles and ids that a screen reader would stumble over, taken out of each page; colors are in custom.css."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

# Sphinx gives every entry of a bibliography or of the footnotes a role that WAI-ARIA has since withdrawn,
# inside a list whose other children then break the rules for lists.
WITHDRAWN = re.compile(r' role="(?:doc-biblioentry|doc-endnote|doc-footnote|doc-backlink)"')
LIST = re.compile(r'<div role="list" class="((?:citation|footnote)-list)">')
# sphinx-proof gives all proofs of a page one id, and the contents of all theorems another; sphinx-exercise
# does the same with the contents of exercises and solutions. Nothing links there: their titles have ids.
REPEATED_ID = re.compile(
    r'(<(?:div|section)(?: class="[^"]*")?) id="(?:proof|(?:proof|exercise|solution)-content)"'
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Mend the body of each page before it is written."""
    app.connect("html-page-context", _mend)
    app.connect("build-finished", _mend_search)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mended(body: str) -> str:
    """The body of a page without the roles and ids that break the rules; words and links stay."""
    return REPEATED_ID.sub(r"\1", LIST.sub(r'<div class="\1">', WITHDRAWN.sub("", body)))


def _mend_search(app: Sphinx, error: Exception | None) -> None:
    """The theme puts its search field, with an id that nothing asks for, twice on the page of the search."""
    page = Path(app.outdir) / "search.html"
    if error is None and app.builder.format == "html" and page.is_file():
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r'\s+id="search-input"', "", text), encoding="utf-8")


def _mend(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if "body" in context:
        context["body"] = mended(context["body"])
