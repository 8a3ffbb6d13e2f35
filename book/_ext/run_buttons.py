"""A menu on each page with cells: where to run it; nothing is asked of another host before it is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from address import address
from paired_notebooks import HEAVY, path_of
from plain_markdown import has_cells

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

HOW = "book/how_to_read"  # says how the pages are run on a computer of one's own
LABEL = "Run this page"


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the menu when the theme has put its own buttons there."""
    app.connect("html-page-context", _add_menu, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_menu(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or page in HEAVY or not has_cells(app.env.doc2path(page)):
        return
    where, notebook = address(app.srcdir), path_of(page)
    links = [("Binder", "_static/images/logo_binder.svg", where.binder(notebook))]
    if colab := where.colab(notebook):
        links.append(("Colab", "_static/images/logo_colab.png", colab))
    if HOW in app.env.found_docs:
        own = app.builder.get_relative_uri(page, HOW) + "#running-the-pages-yourself"
        links.append(("Your computer", "fa-solid fa-laptop", own))
    buttons = [{"type": "link", "text": text, "icon": icon, "url": url} for text, icon, url in links]
    menu = {"type": "group", "tooltip": LABEL, "icon": "fa-solid fa-rocket", "buttons": buttons}
    context["header_buttons"] = [menu, *context.get("header_buttons", [])]
