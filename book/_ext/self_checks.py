"""Questions with which readers check themselves: the page holds them, their answers out of plain sight.

A page names a question by the directive `{self-check}`. It lies in book/checks/ as a table of a TOML file:
`question`, `why` (for whoever is right), and `wrong`: reasons by option, beside `right`; or reasons by the
numbers that slips give, beside `number`, `within`, and `proof`, an expression that gives the number.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

FOLDER = "book/checks"
NO_SCRIPT = "<noscript><p>With scripts switched on, this question says whether you are right.</p></noscript>"


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        name: unique in the book; part of ids.
        text: Markdown with formulas, one paragraph.
        options: what can be chosen, in the order shown; empty where a number is asked.
        right: place of the right option; the number otherwise.
        within: how far off a number may be; 0 for options.
        said: what is answered, by place of the option; of a number by the numbers that slips give.
        why: what is said to whoever is right.
        proof: expression that gives a number; empty for options.
    """

    name: str
    text: str
    options: tuple[str, ...]
    right: float
    within: float
    said: dict[str, str]
    why: str
    proof: str = ""


def questions(root: Path) -> dict[str, Question]:
    """All questions of a checkout by their names.

    Raises:
        ValueError: a question lacks a part, or two have one name.
    """
    found: dict[str, Question] = {}
    for path in sorted((root / FOLDER).glob("*.toml")):
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name in found:
                raise ValueError(f"{path.name}: the question {name!r} stands in another file too; rename it")
            found[name] = _question(path.name, name, table)
    return found


def _question(file: str, name: str, table: dict[str, Any]) -> Question:
    choice = "right" in table
    needed = {"question", "why", "wrong"} | ({"right"} if choice else {"number", "within", "proof"})
    if set(table) != needed:
        raise ValueError(f"{file}: {name} has {sorted(table)}; a question has {sorted(needed)}")
    if not choice:
        said = {str(float(slip)): reason for slip, reason in table["wrong"].items()}
        number, within = float(table["number"]), float(table["within"])
        return Question(name, table["question"], (), number, within, said, table["why"], table["proof"])
    options = [table["right"], *table["wrong"]]
    options.sort(key=lambda option: hashlib.sha256(f"{name} {option}".encode()).digest())
    said = {str(place): table["wrong"].get(option, "") for place, option in enumerate(options)}
    right = options.index(table["right"])
    return Question(name, table["question"], tuple(options), right, 0.0, said, table["why"])


def hidden(question: Question) -> str:
    """What answers a question, so that nobody reads it by accident; book.js turns it back."""
    parts = {"right": question.right, "within": question.within, "said": question.said, "why": question.why}
    key = question.name.encode()
    data = json.dumps(parts, separators=(",", ":")).encode()
    return base64.b64encode(bytes(byte ^ key[n % len(key)] for n, byte in enumerate(data))).decode()


class SelfCheck(SphinxDirective):
    """A form that answers, of native parts that a keyboard and a screen reader know."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Question, options or a field, a button, and a line for the answer."""
        known = _known(Path(self.env.srcdir))
        for path in Path(self.env.srcdir, FOLDER).glob("*.toml"):
            self.env.note_dependency(str(path))
        if self.arguments[0] not in known:
            raise self.error(f"no question {self.arguments[0]!r} in {FOLDER}")
        question = known[self.arguments[0]]
        name = f"check-{question.name}"
        data = f'data-check="{question.name}" data-told="{hidden(question)}"'
        parts = [
            _raw(f'<form class="self-check" id="{name}" {data}><fieldset><legend>'),
            *self._inline(question.text),
            _raw("</legend>"),
            *self._answers(question, name),
            _raw('<button type="submit">Check</button></fieldset>'),
            _raw(f'<p role="status" class="tex2jax_process"></p>{NO_SCRIPT}</form>'),
        ]
        return [nodes.container("", *parts, classes=["self-check-box"])]

    def _answers(self, question: Question, name: str) -> Iterator[nodes.Node]:
        if not question.options:
            field = f'<input type="text" name="{name}" autocomplete="off" size="9">'
            yield _raw(f"<label><span>Your number</span> {field}</label>")
        for place, option in enumerate(question.options):
            # The letter lets a class speak of an option, and names one that is a formula and nothing else.
            letter = f"<b>{chr(ord('A') + place)}</b> "
            yield _raw(f'<label><input type="radio" name="{name}" value="{place}"> <span>{letter}')
            yield from self._inline(option)
            yield _raw("</span></label>")

    def _inline(self, text: str) -> list[nodes.Node]:
        made, said = self.parse_inline(text)
        return [*made, *said]


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def plain_question(question: Question, page: str) -> str:
    """A question as Markdown for a notebook, which cannot answer; the page can.

    Args:
        question: what is asked.
        page: address of the page.
    """
    options = "".join(f"\n- {chr(ord('A') + n)}: {option}" for n, option in enumerate(question.options))
    answer = f"[The page]({page}#check-{question.name}) says whether you are right."
    return f"**Check yourself.** {question.text}\n{options}\n\n{answer}"


_known = cache(questions)  # read once a build


def setup(app: Sphinx) -> dict[str, bool]:
    """Name the directive."""
    _known.cache_clear()
    app.add_directive("self-check", SelfCheck)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
