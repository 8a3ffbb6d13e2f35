"""Text of a page in Markdown that any notebook shows: no directive and no role of MyST is left."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from address import Address
from pybtex.database import parse_file
from self_checks import Question, plain_question

OPENING = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\} ?(?P<title>.*)$")
OPTION = re.compile(r"^:([\w-]+): ?(.*)$")
TERM = re.compile(r"\{term\}`([^`<]+?)(?:\s*<[^`>]*>)?`")
CITE = re.compile(r"\{cite\}`([^`]+)`")
PROOF = re.compile(r"\{prf:ref\}`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s:#]*\.md)(#[^)\s]*)?\)")
SELF_CHECK = re.compile(r"^`{3,}\{self-check\} (\S+)\n`{3,}$", re.MULTILINE)
ROLE = re.compile(r"(?<!`)\{[a-z][\w:-]*\}(?=`)")


@dataclass(frozen=True)
class Book:
    """What the text of one page refers to elsewhere.

    Attributes:
        root: folder of the checkout.
        address: where the book is published.
        paired: names of the pages that have a notebook.
        theorems: titles of theorems by their label.
        authors: authors and year of a source, by its key.
        questions: what readers check themselves with, by name.
    """

    root: Path
    address: Address
    paired: frozenset[str]
    theorems: dict[str, str] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)


def sources(bibliography: Path) -> dict[str, str]:
    """Authors and year of each source, by its key."""
    return {key: _cited(entry) for key, entry in parse_file(bibliography).entries.items()}


def theorems(text: str) -> dict[str, str]:
    """Titles of the theorems of a page by their labels."""
    found = re.findall(r"^`{3,}\{prf:theorem\} (.*)\n:label: (\S+)", text, re.MULTILINE)
    return {label: title for title, label in found}


def plain(text: str, page: str, book: Book) -> str:
    """A part of a page in plain Markdown.

    Args:
        text: MyST, one cell of the page.
        page: its name, such as book/chaos/road.
        book: what the text may refer to.

    Raises:
        ValueError: it holds a directive or a role that has no plain form yet.
    """
    try:
        shown = SELF_CHECK.sub(
            lambda found: plain_question(book.questions[found[1]], book.address.page(page)), text
        )
        return _roles(_directives(shown.splitlines()), page, book)
    except LookupError as unknown:
        raise ValueError(
            f"{page}: {unknown.args[0]!r} has no plain form yet; give it one in plain_markdown.py"
        ) from None


def _directives(lines: list[str]) -> str:
    done: list[str] = []
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        opening = OPENING.match(line)
        if not opening:
            done.append(line)
            continue
        body: list[str] = []
        while rest and not re.fullmatch(re.escape(opening["fence"]) + rf"{opening['fence'][0]}*", rest[0]):
            body.append(rest.pop(0))
        del rest[:1]
        after = rest if opening["name"] == "solution-start" else []
        done.append(_shown(opening["name"], opening["title"].strip(), _without_options(body), after))
    return "\n".join(done)


def _without_options(body: list[str]) -> list[str]:
    if body and body[0] == "---":  # options as YAML
        return body[body.index("---", 1) + 1 :]
    while body and OPTION.match(body[0]):
        body = body[1:]
    return body


def _shown(name: str, title: str, body: list[str], after: list[str]) -> str:
    if name == "solution-end":
        return ""
    if name == "solution-start":  # up to its end or that of the cell
        stop = next((n for n, line in enumerate(after) if "{solution-end}" in line), len(after))
        inside, after[:] = after[:stop], after[stop:]
        return _folded("Solution", _directives(inside))
    text = _directives(body).strip("\n")
    if name == "hint":
        return _folded("Hint", text)
    if name == "exercise":
        return f"**Exercise.** {text}"
    if name in ("admonition", "prf:theorem"):
        head = title if name == "admonition" else f"Theorem ({title})"
        return "\n".join(f"> {line}".rstrip() for line in (f"**{head}.**", "", *text.splitlines()))
    raise LookupError(f"{{{name}}}")


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text.strip()}\n\n</details>" if text.strip() else ""


def _roles(text: str, page: str, book: Book) -> str:
    folder = posixpath.dirname(page)

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[1])).removesuffix(".md")
        if target in book.paired:
            return f"]({posixpath.relpath(target, folder)}.ipynb)"
        return f"]({book.address.page(target)}{found[2] or ''})"

    def cited(found: re.Match[str]) -> str:
        names = [book.authors[key.strip()] for key in found[1].split(",")]
        return f"[{'; '.join(names)}]({book.address.page('book/references')})"

    text = TERM.sub(lambda found: " ".join(found[1].split()), text)
    text = PROOF.sub(lambda found: f"the theorem *{book.theorems[found[1]]}*", text)
    text = LINK.sub(link, CITE.sub(cited, text))
    if left := ROLE.search(text):
        raise LookupError(left[0])
    return text


def _cited(entry: object) -> str:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    last = [" ".join(person.prelast_names + person.last_names).strip("{}") for person in people]
    names = last[0] if len(last) == 1 else " and ".join(last[:2]) if len(last) == 2 else f"{last[0]} et al."
    return f"{names} {entry.fields.get('year', 'n.d.')}"


def has_cells(path: str | Path) -> bool:
    """Whether a page holds code, so that there is something to run."""
    return "{code-cell}" in Path(path).read_text(encoding="utf-8")


def toc(root: Path) -> list[str]:
    """Names of the book's pages in reading order."""
    listed = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [listed["root"], *(page["file"] for part in listed["parts"] for page in part["chapters"])]
