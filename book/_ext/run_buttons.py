"""A menu on each page with cells: where to run it; nothing is asked of another host before it is pressed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from address import address
from paired_notebooks import has_notebook, path_of

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

HOW = "book/how_to_read"  # says how the pages are run on a computer of one's own
LABEL = "Run this page"


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the menu when the theme has put its own buttons there."""
    _where.cache_clear()
    app.connect("html-page-context", _add_menu, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


_where = cache(address)  # read once a build


def _add_menu(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or not has_notebook(Path(app.srcdir), page):
        return
    where, notebook = _where(Path(app.srcdir)), path_of(page)
    links = [("Binder", "_static/images/logo_binder.svg", where.binder(notebook))]
    if colab := where.colab(notebook):
        links.append(("Colab", "_static/images/logo_colab.png", colab))
    if HOW in app.env.found_docs:
        own = app.builder.get_relative_uri(page, HOW) + "#running-the-pages-yourself"
        links.append(("Your computer", "fa-solid fa-laptop", own))
    buttons = [{"type": "link", "text": text, "icon": icon, "url": url} for text, icon, url in links]
    menu = {"type": "group", "tooltip": LABEL, "icon": "fa-solid fa-rocket", "buttons": buttons}
    context["header_buttons"] = [menu, *context.get("header_buttons", [])]
