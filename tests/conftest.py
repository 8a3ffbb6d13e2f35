"""What every test shares: one thread, the marks of tests that need the book or a browser, and these two."""

import os
import shutil
from pathlib import Path

import pytest
from structure.pages import FILES

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
CHROMIUM_OPTIONS = (
    "--no-sandbox",  # it opens the pages of this book only, also where everything runs as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)

# Read by torch, numpy and numba when they are first imported, here and in the processes that tests start.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1")


def pytest_collection_modifyitems(items):
    """Whoever asks for the browser or for the built book is marked so, and left out of the quick tests."""
    for item in items:
        for fixture, mark in (("browser", "browser"), ("built_book", "book")):
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


def pytest_terminal_summary(terminalreporter):
    """One line for each reason to skip, with how many tests of which files it touched."""
    reasons = {}
    for report in terminalreporter.stats.get("skipped", []):
        where, reason = Path(report.nodeid.split("::")[0]).name, report.longrepr[2].removeprefix("Skipped: ")
        reasons.setdefault(reason, []).append(where)
    for reason, places in reasons.items():
        terminalreporter.line(f"skipped {len(places)} tests of {', '.join(sorted(set(places)))}: {reason}")


def missing(what):
    """Skip the test, or fail it where nothing may be missing."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{what} (CI is set, so nothing is skipped)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; each test opens contexts of its own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("no Chromium: put it on the PATH, or set CHROMIUM to it")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[test]'")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_OPTIONS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def built_book():
    """Folder of the built book, no older than its pages."""
    if not (HTML / "searchindex.js").is_file():
        missing("no built book: make book")
    built = (HTML / "searchindex.js").stat().st_mtime
    parts = [ROOT / "_config.yml", ROOT / "_toc.yml"]
    parts += [path for path in (ROOT / "book").rglob("*") if path.suffix in (".md", ".css", ".js", ".html")]
    newer = [str(part.relative_to(ROOT)) for part in parts if part.stat().st_mtime > built]
    assert not newer, f"the built book is older than {newer[0]}: make book"
    return HTML


@pytest.fixture(scope="session")
def pages():
    """Names of the book's pages as _toc.yml lists them, in reading order: book/index, ..."""
    return FILES
