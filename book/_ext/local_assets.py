"""What a page loads: MathJax from the book itself, and nothing from another host; not how the page looks."""

from __future__ import annotations

import shutil
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

MATHJAX_PACKAGE = "sphinx-mathjax-offline"  # carries the files of MathJax 3.2.2, unchanged
MATHJAX_PARTS = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)
UNUSED = ("thebe", "sphinx-comments")  # Jupyter Book links them on every page; this book has no use for them


def setup(app: Sphinx) -> dict[str, bool]:
    """Copy MathJax, and drop the links that no page needs."""
    app.connect("config-inited", _keep_notebook_scripts_local)
    app.connect("html-page-context", _drop_unused, priority=900)
    app.connect("build-finished", _copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _keep_notebook_scripts_local(app: Sphinx, config: Config) -> None:
    # Jupyter Book's YAML cannot say "empty": its merge keeps the two scripts that myst-nb takes from a CDN.
    config.nb_ipywidgets_js = {}


def _drop_unused(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context[kind] if not _unused(asset)]


def _unused(asset: object) -> bool:
    attributes = getattr(asset, "attributes", {})
    text = f"{getattr(asset, 'filename', asset)} {attributes.get('body', '')}".lower()
    return any(word in text for word in UNUSED)


def _copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    source = _mathjax()
    target = Path(app.outdir, "_static", "mathjax")
    for part in MATHJAX_PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True)
        else:
            (target / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / part, target / part)


def _mathjax() -> Path:
    for file in files(MATHJAX_PACKAGE) or ():
        if file.name == "startup.js":
            return Path(str(file.locate())).parent
    raise ExtensionError(f"{MATHJAX_PACKAGE} holds no startup.js; install the version in constraints.txt")
