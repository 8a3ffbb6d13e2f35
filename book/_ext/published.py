"""What a published book needs beside its pages: their addresses, a sitemap, a page for what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from address import address

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
MISSING = """<h1>There is no such page</h1>
<p>It may have had another name. The search finds words and names; the list of chapters is beside this text,
or behind the three lines at the top.</p>"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Set the address before anything asks for it; write the sitemap when all pages are there."""
    app.connect("config-inited", _set_address, priority=10)
    app.connect("html-collect-pages", _missing_page)
    app.connect("html-page-context", _start_from_the_root)
    app.connect("build-finished", _write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _set_address(app: Sphinx, config: Config) -> None:
    config.html_baseurl = config.ogp_site_url = address(app.srcdir).base


def _missing_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "404", {"title": "Not found", "body": MISSING}, "page.html"


def _start_from_the_root(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """A host answers with this page at any depth: what it loads is named from the root of the book."""
    if page == "404":
        root = urlsplit(app.config.html_baseurl).path or "/"
        context["metatags"] = f'<base href="{escape(root)}">\n' + context.get("metatags", "")
        context["pageurl"] = ""  # it has no address of its own


def _write_sitemap(app: Sphinx, error: Exception | None) -> None:
    base = app.config.html_baseurl
    if error is not None or app.builder.format != "html" or not base:
        return
    places = [f"<url><loc>{escape(base + page)}.html</loc></url>" for page in sorted(app.env.found_docs)]
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<urlset xmlns="{SCHEMA}">', *places, "</urlset>", ""]
    Path(app.outdir, "sitemap.xml").write_text("\n".join(lines), encoding="utf-8")
