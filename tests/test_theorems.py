"""Theorems of the book: each is proved in a folded box, or cited to where it is proved."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[1] / "book"
PAGES = sorted(path for path in BOOK.rglob("*.md") if "{prf:theorem}" in path.read_text(encoding="utf-8"))
THEOREM = re.compile(r"^```\{prf:theorem\} ([^\n]+)\n(.*?)^```$\n(?=(.{0,900}))", re.MULTILINE | re.DOTALL)
GROUND = re.compile(r"\{admonition\} (?:[^\n]* )?[Pp]roof|\{cite\}|conjecture|\bprov(?:es|ed|en)\b")


def groundless(text):
    return [name for name, body, after in THEOREM.findall(text) if not GROUND.search(body + after)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_theorem_is_proved_or_cited_right_after_it_is_stated(path):
    assert groundless(path.read_text(encoding="utf-8")) == []


def test_a_theorem_without_ground_is_found():
    stated = "```{prf:theorem} A\n:label: a\n\nSo it is.\n```\n\n"
    assert groundless(stated + "We like it.\n") == ["A"]
    assert groundless(stated + "````{admonition} Proof\n:class: dropdown\n") == []
    assert groundless(stated + "It is due to {cite}`someone`.\n") == []
