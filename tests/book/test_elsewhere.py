"""The book away from its pages on a server: packed in one file, on paper, and where a page is missing."""

import functools
import http.server
import re
import threading
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from address import address
from one_page import one_page
from packed import pack
from structure.looks import DESK, SETTLED
from structure.pages import FILES
from structure.serving import QuietHandler


def files_of(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_packed_book_is_the_same_each_time_and_opens_from_a_folder(visit, built_book, tmp_path, origins):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pack(built_book, tmp_path / name / "book.zip")
    assert (tmp_path / "a" / "book.zip").read_bytes() == (tmp_path / "b" / "book.zip").read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["book.zip"]
    with zipfile.ZipFile(tmp_path / "a" / "book.zip") as packed:
        assert packed.testzip() is None
        packed.extractall(tmp_path)
    assert files_of(tmp_path / "book") == files_of(built_book)
    origins["unpacked"] = (tmp_path / "book").as_uri()
    page = visit("index.html", origin="unpacked")
    page.wait_for_url(re.compile(re.escape(f"{FILES[0]}.html")))
    page.locator("lr-explorer img:visible").first.wait_for()


def test_a_folder_without_a_book_is_not_packed(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no index\.html: make book"):
        pack(tmp_path, tmp_path / "book.zip")
    assert not list(tmp_path.iterdir())


class Host(QuietHandler):
    """Answers under the path of the published book; what is not there gets the page for that, as on Pages."""

    root = urlsplit(address().base).path

    def translate_path(self, path):
        return super().translate_path("/" + path.removeprefix(self.root))

    def send_error(self, code, message=None, explain=None):
        text = Path(super().translate_path("/404.html")).read_bytes()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def host(built_book):
    handler = functools.partial(Host, directory=str(built_book))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{Host.root}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("deep", ["gone.html", "book/chaos/gone/deeper.html"])
def test_a_page_that_is_not_there_leads_on_at_any_depth(browser, host, deep):
    context = browser.new_context(viewport=DESK)
    page, bad = context.new_page(), []
    page.on("response", lambda got: got.status >= 400 and bad.append(got.url))
    page.goto(host + deep)
    assert bad == [host + deep]  # all that it loads is there
    assert page.locator("h1:visible").inner_text() == "There is no such page"
    page.locator(".bd-sidebar-primary a", has_text="The road to chaos").click()
    assert page.url == f"{host}book/chaos/road.html"
    context.close()


def test_paper_is_light_and_shows_neither_folded_code_nor_knobs(visit):
    page = visit("book/chaos/road.html", scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(theme) == "light"
    for hidden in ("details.hide", ".lr-controls", "form.self-check button", ".bd-header-article"):
        assert page.locator(hidden).count() and not page.locator(hidden).first.is_visible(), hidden
    for shown in ("lr-explorer img", "lr-explorer .lr-look", "form.self-check legend", "mjx-container"):
        assert page.locator(shown).first.is_visible(), shown
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(theme) == "dark"


def test_the_book_as_one_page_is_whole(visit, built_book, tmp_path, origins):
    some = [FILES[0], "book/chaos/road", "book/references", "book/glossary"]
    one_page(built_book, tmp_path / "print" / "book.html", some)
    origins["paper"] = (tmp_path / "print").as_uri()
    origins["pictures"] = built_book.as_uri()
    page = visit("book.html", origin="paper")
    page.evaluate(SETTLED)
    assert page.locator("h1").count() == len(some)
    assert page.locator("mjx-merror").count() == 0 and page.locator("mjx-container").count() > 100
    assert page.locator("img").evaluate_all("all => all.every(i => !i.offsetParent || i.naturalWidth > 0)")
    scripts = page.locator("script:not([src*=mathjax])").evaluate_all("all => all.map(s => s.text)")
    assert all("MathJax" in text for text in scripts)
    ids = page.locator("article [id]").evaluate_all("all => all.map(part => part.id)")
    assert len(set(ids)) == len(ids)
    links = page.locator("a[href^='#']").evaluate_all("all => all.map(a => decodeURI(a.hash.slice(1)))")
    named = tuple(name.replace("/", "-") for name in some)
    assert [link for link in links if link.startswith(named) and link not in ids] == []


def test_a_book_that_is_not_built_is_not_laid_out(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no book/index\.html: make book"):
        one_page(tmp_path, tmp_path / "book.html", FILES)
