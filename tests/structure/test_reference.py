"""The reference: every public name of every face on a page once, its sources in the bibliography."""

import inspect
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from structure.pages import REFERENCE, text_of

from lrtheory.source.faces import FACES, further, rooms

ROOT = Path(__file__).resolve().parents[2]
SOURCE = re.compile(r"^Source:\s*(.*(?:\n .*)*)", re.MULTILINE)
CITED = re.compile(r"\b[a-z]+(?:19|20)\d\d[a-z]*\b")
PAGES = {face: f"book/reference/{face.rpartition('.')[2]}" for face in FACES}


def listed(face):
    return [*(name for room in rooms(face) for name in room.names), *further(face)]


def anchor(face, name):
    held = getattr(import_module(face), name)
    return f"module-{held.__name__}" if inspect.ismodule(held) else f"{face}.{name}"


def documented():
    return {
        f"{face}.{name}": getattr(import_module(face), name)
        for face in FACES
        for name in listed(face)
        if callable(getattr(import_module(face), name))
    }


@pytest.mark.parametrize("face", FACES)
def test_the_rooms_of_a_face_hold_every_public_name_once(face):
    module = import_module(face)
    public = set(getattr(module, "__all__", [name for room in rooms(face) for name in room.names]))
    folders = {room.module.rpartition(".")[2] for room in rooms(face) if room.module != face}
    assert set(listed(face)) | folders == public | folders
    assert [name for name, count in Counter(listed(face)).items() if count > 1] == []
    assert folders <= public


def test_every_face_has_a_page_and_every_page_a_face():
    assert {*PAGES.values(), "book/reference/index"} == set(REFERENCE)
    for face, page in PAGES.items():
        assert re.findall(r"^```\{face\} (.+)$", text_of(page), re.MULTILINE) == [face]


def test_every_source_that_a_docstring_names_is_in_the_bibliography():
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE))
    cited = {
        (name, key)
        for name, held in documented().items()
        for source in SOURCE.findall(inspect.getdoc(held) or "")
        for key in CITED.findall(source)
    }
    assert len(cited) > 200
    assert {(name, key) for name, key in cited if key not in keys} == set()


@pytest.mark.parametrize("face", FACES)
def test_a_built_page_has_an_anchor_for_each_name_of_its_face(built_book, face):
    ids = Counter()
    for page in PAGES.values():
        ids.update(re.findall(r'\bid="([^"]+)"', (built_book / f"{page}.html").read_text(encoding="utf-8")))
    wanted = [anchor(face, name) for name in listed(face)]
    assert [name for name in wanted if ids[name] != 1] == []


def test_a_built_page_links_sources_and_names(built_book):
    text = (built_book / "book/reference/chaos.html").read_text(encoding="utf-8")
    assert re.search(r'Kong and Tao \[<a class="reference internal" href="\.\./references\.html#', text)
    assert re.search(r'href="#lrtheory\.chaos\.gibbs_temperature"', text)
