"""Lighter files in place of heavy ones, the same to the eye: figures as lossless WebP, icons in use."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools import subset
from PIL import Image

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ICON = re.compile(r"\bfa-([a-z][a-z0-9-]*)")
CODE = re.compile(r"\.fa-([a-z0-9-]+):before(?=[^{}]*\{content:\"\\([0-9a-f]+)\")")
STYLE = """/* Icons of Font Awesome Free (CC BY 4.0, SIL OFL 1.1, MIT): those that this book uses. */
@font-face {
  font-family: "Font Awesome 6 Free";
  font-weight: 900;
  src: url("icons.woff") format("woff");
}
.fa-solid {
  -webkit-font-smoothing: antialiased;
  display: inline-block;
  font: 900 1em/1 "Font Awesome 6 Free";
}
.fa-lg {
  font-size: 1.25em;
  line-height: 0.05em;
  vertical-align: -0.075em;
}
"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Lighten the book when all its pages are written."""
    app.connect("build-finished", _lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _lighten(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    root = Path(app.outdir)
    if not (root / "_static" / "vendor").is_dir():
        return  # Sphinx found nothing to write
    paths = [path for path in root.rglob("*.html") if "_static" not in path.parts]
    pages = {path: path.read_text(encoding="utf-8") for path in paths}
    renamed = _pictures(root / "_images")
    for path, text in pages.items():
        for old, new in renamed.items():
            text = text.replace(f"_images/{old}", f"_images/{new}")
        path.write_text(text, encoding="utf-8")
    _icons(root / "_static", {name for text in pages.values() for name in ICON.findall(text)})


def _pictures(folder: Path) -> dict[str, str]:
    """Write pictures as WebP where that is lighter, pixel for pixel the same; their new names by old."""
    renamed = {}
    for path in sorted(folder.glob("*.png")):
        stream = io.BytesIO()
        with Image.open(path) as picture:
            picture.save(stream, format="WEBP", lossless=True, quality=80, method=4, exact=True)
        lighter = path.with_suffix(".webp")
        if stream.tell() < path.stat().st_size:
            lighter.write_bytes(stream.getvalue())
            path.unlink()
            renamed[path.name] = lighter.name
    return renamed


def _icons(static: Path, used: set[str]) -> None:
    """Write a font and a style sheet of the icons in use, in place of the whole set that the theme brings."""
    (whole,) = static.glob("vendor/fontawesome/*")
    known = dict(CODE.findall((whole / "css" / "all.min.css").read_text(encoding="utf-8")))
    codes = {name: known[name] for name in sorted(used) if name in known}
    options = subset.Options(flavor="woff", layout_features=[])
    font = subset.load_font(str(whole / "webfonts" / "fa-solid-900.ttf"), options)
    keeper = subset.Subsetter(options)
    keeper.populate(unicodes=[int(code, 16) for code in codes.values()])
    keeper.subset(font)
    subset.save_font(font, str(static / "icons.woff"), options)
    rules = [f'.fa-{name}::before {{ content: "\\{code}"; }}' for name, code in codes.items()]
    (static / "icons.css").write_text("\n".join([STYLE.rstrip(), *rules, ""]), encoding="utf-8")
    shutil.rmtree(static / "vendor")
