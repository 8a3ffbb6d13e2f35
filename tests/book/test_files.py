"""The book as files: its pages, what they load, their pictures in words; a browser shows it elsewhere."""

import gzip
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from address import address
from paired_notebooks import paired, path_of

ROOT = Path(__file__).resolve().parents[2]
MAX_PAGE = 2_500_000  # bytes transferred: the page, its style sheets, scripts, pictures, fonts, mathematics
LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src"),
         ("video", "src"), ("audio", "src"), ("object", "data"), ("embed", "src")}  # fmt: skip
NO_LOAD = {"next", "prev", "index", "search", "canonical", "author"}  # links that a browser does not follow
FOREIGN = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
CAPTION = re.compile(r'<p class="seen">[^<]{20,}</p>\s*<p class="provenance">')
CSS_LOADS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class Page(HTMLParser):
    """What one page loads, its pictures (the logo, which its name follows, apart) and its text."""

    def __init__(self, text):
        super().__init__()
        self.text, self.loads, self.pictures = text, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img" and "hidden" not in given and "logo__image" not in given.get("class", ""):
            self.pictures.append((given.get("src", ""), given.get("alt")))
        if tag == "link" and set(given.get("rel", "").split()) & NO_LOAD:
            return
        self.loads += [value for name, value in attrs if (tag, name) in LOADS and value]


@pytest.fixture(scope="module")
def built(built_book, pages):
    """The parsed pages by name, those of the table of contents and the search."""
    names = [*pages, "search", "genindex"]
    return {name: Page((built_book / f"{name}.html").read_text(encoding="utf-8")) for name in names}


def test_every_page_with_cells_has_the_header_without_which_they_are_not_executed(pages):
    texts = {page: (ROOT / f"{page}.md").read_text(encoding="utf-8") for page in pages}
    executed = {page: text for page, text in texts.items() if "{code-cell}" in text}
    assert executed
    for page, text in executed.items():
        header = yaml.safe_load(text.split("---\n")[1]) if text.startswith("---\n") else {}
        assert header.get("kernelspec", {}).get("name") == "python3", page
        representation = header.get("jupytext", {}).get("text_representation", {})
        assert representation.get("format_name") == "myst", page


def test_the_book_is_made_of_the_pages_in_its_table_of_contents_and_no_others(built_book, pages):
    found = [path.relative_to(built_book).with_suffix("").as_posix() for path in built_book.rglob("*.html")]
    made = {name for name in found if not name.startswith("_static/")}
    assert made == {*pages, "index", "search", "genindex", "404"}


def test_every_page_with_code_says_how_to_run_it_and_no_other(built, pages):
    where, cells = address(), set(paired())
    assert len(cells) > 30
    for name in pages:
        links = re.findall(r'<a href="([^"]+)" target="_blank"\s+class="btn', built[name].text)
        expected = []
        if name in cells:
            notebook = path_of(name)
            own = "../" * (name.count("/") - 1) + "how_to_read.html" if name != "book/how_to_read" else ""
            expected = [where.binder(notebook), where.colab(notebook), f"{own}#running-the-pages-yourself"]
        assert links == expected, name
    assert 'id="running-the-pages-yourself"' in built["book/how_to_read"].text


def wordless(page):
    """Pictures of a page that say nothing to a reader who does not see them."""

    def silent(source, alt):
        words = (alt or "").strip()
        return not words or words in source or re.search(r"\.(png|svg|jpe?g|webp)$", words)

    return [source[:80] for source, alt in page.pictures if silent(source, alt)]


def test_every_picture_says_in_words_what_is_seen(built):
    assert any(page.pictures for page in built.values()), "no figure in the book"
    assert {name: wordless(page) for name, page in built.items() if wordless(page)} == {}


@pytest.mark.parametrize("alt", ["", ' alt=""', ' alt="../_images/ab12.png"', ' alt=" "'])
def test_a_picture_without_words_is_found(alt):
    assert wordless(Page(f'<p><img src="../_images/ab12.png"{alt}></p>'))


def test_every_stored_figure_says_what_is_seen_and_then_where_it_comes_from(built):
    counts = {name: page.text.count('class="provenance"') for name, page in built.items()}
    told = {name: len(CAPTION.findall(page.text)) for name, page in built.items()}
    assert sum(counts.values()) > 40
    assert told == counts


def repeated_ids(text):
    """Ids that a page gives twice: links and labels would find the first alone."""
    counts = Counter(re.findall(r'<[a-z][^<>]*?\sid="([^"]+)"', text, re.IGNORECASE))
    return sorted(name for name, count in counts.items() if count > 1)


def test_no_page_gives_an_id_twice(built):
    assert {name: repeated_ids(page.text) for name, page in built.items() if repeated_ids(page.text)} == {}


def test_an_id_that_is_given_twice_is_found():
    text = '<section id="exercise-content"><p id="a"></section>\n<section\nclass="b" id="exercise-content">'
    assert repeated_ids(text) == ["exercise-content"]
    assert repeated_ids('<p id="a"><p data-id="a"><p title="id a">') == []


def test_a_server_of_github_pages_hands_out_folders_that_begin_with_a_line(built_book):
    assert (built_book / ".nojekyll").is_file()


def foreign(page):
    """What a page loads from another host."""
    return [target for target in page.loads if FOREIGN.match(target)]


def test_no_page_loads_anything_from_another_host(built):
    assert {name: foreign(page) for name, page in built.items() if foreign(page)} == {}
    hosts = re.compile(r"unpkg\.com|jsdelivr|cdnjs|googleapis|gstatic|THEBE_JS_URL|require(?:\.min)?\.js")
    assert {name: hosts.search(page.text) for name, page in built.items() if hosts.search(page.text)} == {}


def test_no_style_sheet_loads_anything_from_another_host(built_book):
    sheets = list(built_book.rglob("*.css"))
    assert len(sheets) > 5
    for sheet in sheets:
        loads = [a or b for a, b in CSS_LOADS.findall(sheet.read_text(encoding="utf-8"))]
        assert [target for target in loads if FOREIGN.match(target)] == [], sheet.name


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://a.b/c.js">',
        '<link rel="stylesheet" href="//a.b/c.css">',
        '<img src="http://a.b/c">',
    ],
)
def test_a_load_from_another_host_is_found(tag):
    assert foreign(Page(f'<a href="https://fine.example"></a>{tag}'))


def test_no_page_holds_the_state_of_a_widget_that_has_no_kernel(built):
    for name, page in built.items():
        assert "vnd.jupyter.widget" not in page.text, name


@cache
def transferred(file):
    """Bytes of a file on the wire: packed, unless it is packed already."""
    content = file.read_bytes()
    packed = file.suffix in (".png", ".webp", ".woff", ".woff2", ".jpg")
    return len(content) if packed else len(gzip.compress(content, 6))


def loaded(root, name, page):
    """Files that showing a page may fetch, an upper bound: all fonts of MathJax."""
    folder = (root / name).parent
    targets = [target.split("?")[0] for target in page.loads if not target.startswith("data:")]
    files = {(folder / target).resolve() for target in targets}
    if any(file.name == "startup.js" for file in files):
        mathjax = root / "_static" / "mathjax"
        files |= {file for file in mathjax.rglob("*.*") if "extensions" not in file.parts}
    return files | {root / f"{name}.html", root / "_static" / "basic.css", root / "_static" / "icons.woff"}


def test_every_file_that_a_page_loads_is_there_and_all_together_are_light(built, built_book):
    for name, page in built.items():
        files = loaded(built_book, name, page)
        assert [file for file in files if not file.is_file()] == [], name
        weight = sum(transferred(file) for file in files)
        assert 100_000 < weight <= MAX_PAGE, (
            f"{name} weighs {weight / 1e6:.2f} MB, at most {MAX_PAGE / 1e6} MB"
        )
