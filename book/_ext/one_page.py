"""The whole built book as one page, to be printed or kept as a PDF: python book/_ext/one_page.py HTML TARGET.

What a page shows at once is kept; scripts, buttons and folded code are not. An explorer shows its first stop.
"""

from __future__ import annotations

import os
import posixpath
import sys
from pathlib import Path

from address import ROOT
from bs4 import BeautifulSoup, Tag
from plain_markdown import toc

DROPPED = "script, noscript, button, details.hide, a.headerlink, lr-explorer style, .lr-controls, .lr-frame"
POINTING = ("for", "aria-labelledby", "aria-describedby")  # attributes that name the id of another part
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What a learning rate does: the whole book</title>
{head}
</head>
<body><main class="bd-main bd-content"><article class="bd-article">
{body}
</article></main></body>
</html>
"""


def one_page(html: Path, target: Path, pages: list[str]) -> None:
    """Write all pages, one after the other, into one file that takes pictures and styles from the built book.

    Args:
        html: folder of the built book.
        target: the file to write.
        pages: names of the pages in reading order, such as book/index.

    Raises:
        FileNotFoundError: a page is not built.
    """
    missing = [page for page in pages if not (html / f"{page}.html").is_file()]
    if missing:
        raise FileNotFoundError(f"{html} holds no {missing[0]}.html: make book")
    back = os.path.relpath(html, target.parent)
    soups = {page: BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser") for page in pages}
    body = "\n".join(_section(page, soup, back, set(pages)) for page, soup in soups.items())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(PAGE.format(head=_head(pages[0], soups[pages[0]], back), body=body), encoding="utf-8")


def _head(page: str, soup: BeautifulSoup, back: str) -> str:
    """Style sheets, and the mathematics."""
    parts = [*soup.select("link[rel=stylesheet]")]
    parts += [script for script in soup.select("script") if "mathjax" in f"{script}".lower()]
    style = soup.select_one("lr-explorer style")
    for part in parts:
        for name in ("href", "src"):
            if part.get(name):
                part[name] = f"{back}/{_from_root(page, str(part[name]))}"
    return "\n".join(str(part) for part in [*parts, *([style] if style else [])])


def _section(page: str, soup: BeautifulSoup, back: str, pages: set[str]) -> str:
    article = soup.select_one("article.bd-article")
    assert article is not None, page
    for part in article.select(DROPPED):
        part.decompose()
    for part in article.select("details"):
        part["open"] = ""
    for part in article.find_all(True):
        _turn(part, page, back, pages)
    return f'<section class="page" id="{_name(page)}">\n{article.decode_contents()}\n</section>'


def _turn(part: Tag, page: str, back: str, pages: set[str]) -> None:
    """Ids become unique in the whole, links lead within it, pictures are taken from the built book."""
    if part.get("id"):
        part["id"] = f"{_name(page)}--{part['id']}"
    for name in POINTING:
        if part.get(name):
            part[name] = " ".join(f"{_name(page)}--{each}" for each in str(part[name]).split())
    if part.get("src") and not str(part["src"]).startswith("data:"):
        part["src"] = f"{back}/{_from_root(page, str(part['src']))}"
    link = str(part.get("href") or "")
    if part.name != "a" or not link or ":" in link.split("/")[0]:
        return
    path, _, anchor = link.partition("#")
    other = _from_root(page, path).removesuffix(".html") if path else page
    part["href"] = f"#{_name(other)}" + (f"--{anchor}" if anchor else "")
    if other not in pages:  # a picture in full size, the index of names
        part["href"] = f"{back}/{_from_root(page, link)}"


def _from_root(page: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def _name(page: str) -> str:
    return page.replace("/", "-")


if __name__ == "__main__":
    one_page(Path(sys.argv[1]), Path(sys.argv[2]), toc(ROOT))
    print(f"Open {sys.argv[2]} in a browser, and print it.")
