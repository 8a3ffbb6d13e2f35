"""Pages of the book as _toc.yml lists them, and their sources; nothing is built here."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
FILES = [_TOC["root"], *(page["file"] for part in _TOC["parts"] for page in part["chapters"])]
REFERENCE = [name for name in FILES if name.startswith("book/reference/")]  # made from docstrings
CHAPTERS = [name for name in FILES if name.count("/") == 2 and name not in REFERENCE]  # those of a theory


def text_of(page):
    """Source of a page, by its name: book/index, ..."""
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")
