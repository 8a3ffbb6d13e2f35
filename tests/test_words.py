"""Words of the book: a glossary that is used, and colors that are named as every reader sees them."""

import ast
import re

import pytest
from structure.pages import CHAPTERS, FILES, text_of

CELL = re.compile(r"^(```\{code-cell\}[^\n]*\n)((?::[^\n]*\n|---\n.*?---\n)*)(.*?)^```$", re.M | re.S)
TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`")
# In dark figures light and dark are turned around, hues are not.
TURNED = re.compile(
    r"\b(?:black|white|dark(?:er)?|bright(?:er|est)?|pal(?:e|er)|light(?:er)? (?:blue|gray))\b", re.I
)
# What is so in any light, or says which light it speaks of.
SO_ANYHOW = re.compile(
    r"white noise|black box|dark (?:page|mode)|alone on black|\(white on\s+a dark page\)|\*\*Black\*\*", re.I
)


def glossary():
    blocks = re.findall(r"^```\{glossary\}\n(.*?)^```$", text_of("book/glossary"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith(" ")]


def sentences(code):
    """Texts of four words and more in a cell."""
    texts = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and len(text.split()) > 3]


def said(text):
    """What a page says: its prose, and what its figures and explorers are said to show."""
    shown = [words for _, head, code in CELL.findall(text) for words in [head, *sentences(code)]]
    prose = CELL.sub("", text)
    return "\n".join([prose, *shown])


def test_every_word_of_the_glossary_is_linked_from_some_page():
    used = {name.strip().lower() for page in FILES for name in TERM.findall(text_of(page))}
    assert [word for word in glossary() if word.lower() not in used] == []
    assert len(glossary()) > 80


def test_the_glossary_has_a_word_once_and_each_part_in_order():
    words = [word.lower() for word in glossary()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_links_its_technical_words(page):
    assert len(set(TERM.findall(text_of(page)))) >= 4


@pytest.mark.parametrize("page", FILES)
def test_no_sentence_names_a_color_that_is_another_in_the_dark(page):
    text = SO_ANYHOW.sub("", said(text_of(page)))
    found = [text[max(hit.start() - 40, 0) : hit.end() + 20] for hit in TURNED.finditer(text)]
    assert found == []


def test_a_color_that_turns_is_found():
    assert TURNED.search(said("The black line.\n"))
    assert TURNED.search(said('```{code-cell} ipython3\nexplore(alt="the deeper well is darker")\n```\n'))
    assert not TURNED.search(said('```{code-cell} ipython3\nax.plot(color="black")\n```\n'))
