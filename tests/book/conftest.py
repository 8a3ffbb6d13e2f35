"""A browser with the network cut: pages of the built book, from a server of this machine or a folder."""

import functools
import http.server
import threading
from pathlib import Path

import pytest
from structure.looks import DESK, SETTLED
from structure.serving import QuietHandler


@pytest.fixture(scope="session")
def origins(built_book):
    """Where the book is opened: from a server on this machine, and as files of a folder."""
    handler = functools.partial(QuietHandler, directory=str(built_book))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"server": f"http://127.0.0.1:{server.server_port}", "folder": built_book.as_uri()}
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, origins):
    """Function that opens a page of the book; whatever went wrong on a page fails the test at the end."""
    contexts, trouble = [], []

    def cut(route):
        url = route.request.url
        if url.startswith(tuple(f"{origin}/" for origin in origins.values())):
            return route.continue_()
        trouble.append(f"asks for {url[:200]}")
        return route.abort()

    def note(page):
        page.on("pageerror", lambda error: trouble.append(f"throws {error}"))
        page.on("requestfailed", lambda request: trouble.append(f"does not get {request.url[:200]}"))
        page.on("response", lambda got: got.status >= 400 and trouble.append(f"{got.status} {got.url}"))
        loud = ("error", "warning")
        page.on("console", lambda line: line.type in loud and trouble.append(f"says {line.text}"))

    def open_page(name, *, origin="server", viewport=DESK, scheme="light"):
        context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        context.route("**/*", cut)
        page = context.new_page()
        note(page)
        page.goto(f"{origins[origin]}/{name}")
        if name != "index.html":  # it leads on at once
            page.evaluate(SETTLED)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, as its package carries it."""
    package = pytest.importorskip("axe_playwright_python")
    return Path(package.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
