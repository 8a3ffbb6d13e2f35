"""Links of the built book: those inside lead to a place that is there; hosts outside are listed."""

import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from address import address

# Hosts that the book leads to. A new one is a decision: is it there in ten years, and who runs it?
HOSTS = {
    "archive.ics.uci.edu", "arxiv.org", "colab.research.google.com", "doi.org", "github.com", "mybinder.org",
    "numpy.org", "www.cs.toronto.edu",
}  # fmt: skip


class Links(HTMLParser):
    """Where a page leads, and the places on it that can be led to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places, self.base = [], set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "base":
            self.base = given["href"]


def broken(pages):
    """Links that lead to nothing, each with its page; pages go by names such as book/index.html."""
    read = {name: Links(text) for name, text in pages.items()}
    found = []
    for name, page in read.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            where = _resolved(PurePosixPath("" if page.base else name).parent / unquote(parts.path))
            target = read[name] if not parts.path else read.get(str(where))
            lost = target is None or (parts.fragment and unquote(parts.fragment) not in target.places)
            if lost:
                found.append((name, link))
    return found


def _resolved(path):
    parts = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


@pytest.fixture(scope="module")
def texts(built_book):
    """All pages of the built book, and its other files with empty texts."""
    files = {
        path.relative_to(built_book).as_posix(): path for path in built_book.rglob("*") if path.is_file()
    }
    return {name: path.read_text("utf-8") if path.suffix == ".html" else "" for name, path in files.items()}


def test_every_link_inside_the_book_leads_to_a_place_that_is_there(texts):
    assert sum(len(Links(text).links) for text in texts.values()) > 3000
    assert broken(texts) == []


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("b.html", True), ("#here", True), ("b.html#there", True), ("../a/b.html#there", True), ("", True),
        ("https://a.b/c#d", True), ("c.html", False), ("#there", False), ("b.html#here", False),
        ("../b.html", False),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_found(link, whole):
    pages = {"a/a.html": f'<p id="here"><a href="{link}">x</a>', "a/b.html": '<h1 id="there">'}
    assert (broken(pages) == []) == whole


def outside(texts):
    """Addresses outside the book, with the pages that lead there."""
    found = defaultdict(set)
    for name, text in texts.items():
        for link in Links(text).links:
            if urlsplit(link).scheme in ("http", "https"):
                found[link].add(name)
    return found


def test_the_hosts_that_the_book_leads_to_are_those_that_are_listed(texts):
    hosts = {urlsplit(link).netloc for link in outside(texts)} - {urlsplit(address().base).netloc}
    assert hosts == HOSTS
    assert not [link for link in outside(texts) if re.search(r"\s|example\.", link)]
