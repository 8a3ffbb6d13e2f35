"""Keeps executed pages in a cache that Sphinx reads: only pages are executed for which something changed."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import page_kernels
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.readers import get_reader
from page_runs import Run, runs
from sphinx.errors import ExtensionError
from sphinx.util import logging

from lrtheory.source.inputs import imports_of, inputs_digest

if TYPE_CHECKING:
    from jupyter_cache.base import JupyterCacheAbstract
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

BUDGET = 20  # seconds of processor time that a page may take
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """A page and a digest of its cells; without a key no import tells what it reads, and it always runs."""

    name: str
    path: Path
    notebook: NotebookNode
    cells: str
    key: str | None


def setup(app: Sphinx) -> dict[str, bool]:
    """Bring the cache up to date when Sphinx asks which pages it has to read."""
    # A build makes millions of nodes that stay. To look through all of them again and again takes long.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    app.connect("env-get-outdated", _bring_up_to_date)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def page_key(code: str, stored: Path) -> str | None:
    """Digest of what decides the outputs of a page beside its cells; None where its imports do not tell.

    Args:
        code: all cells of the page.
        stored: folder of stored runs.
    """
    imports = imports_of(code)
    if imports is None:
        return None
    parts = [inputs_digest(imports, stored), page_kernels.SETTINGS, page_kernels.KERNEL_SETTINGS]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _bring_up_to_date(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Execute what has to be; the pages that Sphinx read before what the cache now holds for them."""
    cache = get_cache(env.mystnb_config.execution_cache_path)
    stored = Path(os.environ.get("LRTHEORY_STORE") or Path(app.srcdir, "book", "cache"))
    pages = list(_pages(env, cache, stored))
    waiting = {page.path: page for page in _outdated(pages, cache)}
    trouble = []
    timeout = env.mystnb_config.execution_timeout
    for run in _shown(runs({path: page.notebook for path, page in waiting.items()}, timeout), len(waiting)):
        if run.trouble:
            trouble.append(f"{run.path.relative_to(app.srcdir)}, {run.trouble}")
            continue
        facts = {"execution_seconds": run.seconds, "processor_seconds": run.processor}
        facts |= {"key": waiting[run.path].key, "kept": time.time_ns() // 1000}  # as Sphinx counts
        bundle = CacheBundleIn(run.notebook, str(run.path), data=facts)
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if trouble:
        raise ExtensionError("\n\n".join(trouble))
    kept = {record.hashkey: record.data.get("kept", inf) for record in cache.list_cache_records()}
    return [page.name for page in pages if kept[page.cells] > env.all_docs.get(page.name, 0)]


def _pages(env: BuildEnvironment, cache: JupyterCacheAbstract, stored: Path) -> Iterator[Page]:
    read = get_reader({"name": "myst_nb_md", "type": "plugin"})
    for name in sorted(env.found_docs):
        path = Path(env.doc2path(name))
        if path.suffix == ".md" and "{code-cell}" in path.read_text(encoding="utf-8"):
            notebook = read(str(path))
            _, cells = cache.create_hashed_notebook(notebook)
            yield Page(name, path, notebook, cells, page_key(_code(notebook), stored))


def _code(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def _outdated(pages: list[Page], cache: JupyterCacheAbstract) -> list[Page]:
    """Pages to execute, longest first; whatever else the cache holds than the other pages is thrown away."""
    records = cache.list_cache_records()
    seconds = {record.uri: record.data["execution_seconds"] for record in records}
    keys = {record.hashkey: record.data.get("key") for record in records}
    waiting, kept = [], set()
    for page in pages:
        if page.key is not None and keys.get(page.cells) == page.key:
            kept.add(page.cells)
        else:
            waiting.append(page)
    for record in records:
        if record.hashkey not in kept:
            cache.remove_cache(record.pk)
    # A page that was never timed goes by the length of its code, ahead of the others.
    return sorted(
        waiting, reverse=True, key=lambda page: (seconds.get(str(page.path), 1e9), len(_code(page.notebook)))
    )


def _shown(done: Iterator[Run], total: int) -> Iterator[Run]:
    """The same runs, each with a line, above a bar where a person watches."""
    say = LOG.info
    if total and sys.stderr.isatty():
        from tqdm import tqdm

        done, say = tqdm(done, desc="executing pages", total=total, leave=False), tqdm.write
    for run in done:
        state = "failed" if run.trouble else "executed"
        long = f", more than the {BUDGET} a page may take" if run.processor > BUDGET else ""
        spent = f"{run.seconds:.1f} s ({run.processor:.1f} s of processor{long})"
        say(f"{state} {run.path.stem} in {spent}")
        yield run
