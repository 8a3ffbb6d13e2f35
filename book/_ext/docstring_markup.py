"""Docstrings of the package as reStructuredText: links for names and sources, signs of formulas kept."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from lrtheory.source.faces import FACES, rooms

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PIECES = re.compile(r"(``.+?``|`[^`]+`)", re.DOTALL)
EMPHASIS = re.compile(r"(?<![\w*\\])\*([A-Za-z][^*\n]*[A-Za-z])\*(?![\w*])")
FIELD = re.compile(r"^(Source|Cost|See also):[ \n]")
SIGNS = re.compile(r"([\\*|])|(_)(?!\w)")
KEY = re.compile(r"^@\w+\{(\w+),", re.MULTILINE)
NAME = re.compile(r"(?<![\w.`])([a-z]\w*(?:\.\w+)*)(?![\w`])")
ROOT = Path(__file__).resolve().parents[2]


def process(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Rewrite a docstring in place, before napoleon reads its sections."""
    face = next((each for each in sorted(FACES, key=len, reverse=True) if name.startswith(f"{each}.")), "")
    lines[:] = "\n".join(_marked(block, face) for block in _blocks(lines)).split("\n")


def escaped(text: str, face: str = "") -> str:
    """Text whose stars, bars and lines mean themselves; names in single backticks and sources are linked."""
    pieces = PIECES.split(text)
    for place, piece in enumerate(pieces):
        if piece.startswith("``"):
            continue
        if piece.startswith("`"):
            pieces[place] = _link(piece[1:-1], face)
        else:
            pieces[place] = _cited(_signs(piece))
    return "".join(pieces)


def _blocks(lines: list[str]) -> list[list[str]]:
    """Runs of lines: text, or code that stays as it is."""
    blocks: list[list[str]] = []
    code = margin = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if code == "doctest" and not line.strip():
            code = None
        if code == "literal" and line.strip() and margin is not None and indent <= margin:
            code = None
        closes = not line.strip() and bool(blocks) and FIELD.match(f"{blocks[-1][1]}\n")
        if code is None and line.lstrip().startswith(">>>"):
            code = "doctest"
            blocks.append(["code"])
        elif code is None and (
            not blocks or blocks[-1][0] == "code" or closes or FIELD.match(f"{line}\n")
        ):
            blocks.append(["text"])
        blocks[-1].append(line)
        if code is None and line.rstrip().endswith("::"):
            code, margin = "literal", indent
            blocks.append(["code"])
    return [block for block in blocks if len(block) > 1]


def _marked(block: list[str], face: str) -> str:
    kind, *lines = block
    text = "\n".join(lines)
    if kind == "code":
        return text
    if found := FIELD.match(f"{text}\n"):
        rest = " ".join(text[found.end() - 1 :].split())
        words = _names_linked(rest, face) if found[1] == "See also" else escaped(rest, face)
        return f":{found[1]}: {words}"
    return escaped(text, face)


def _names_linked(text: str, face: str) -> str:
    """Names of the face are linked, whether in backticks or not."""
    known = _homes()

    def ticked(hit: re.Match[str]) -> str:
        return f"`{hit[1]}`" if "_" in hit[1] and f"{face}.{hit[1]}" in known else hit[1]

    pieces = [piece if piece.startswith("`") else NAME.sub(ticked, piece) for piece in PIECES.split(text)]
    return escaped("".join(pieces), face)


def _link(name: str, face: str) -> str:
    for target in (f"{face}.{name}", f"lrtheory.{name}", f"lrtheory.measure.{name}", name):
        if target in _homes():
            return f":py:obj:`{name} <{target}>`"
    return f"``{name}``"


def _signs(text: str) -> str:
    kept = EMPHASIS.sub("\x00\\1\x00", text)
    return SIGNS.sub(lambda hit: f"\\{hit[0]}", kept).replace("\x00", "*")


def _cited(text: str) -> str:
    """Keys of the bibliography as citations; what belongs to a source keeps its apostrophe."""
    return _keys().sub(lambda hit: f":cite:t:`{hit[1]}`\\ {chr(0x2019) if hit[2] else ''}", text)


@cache
def _homes() -> frozenset[str]:
    """Full names of everything that the faces hand out, and the modules that are faces."""
    names = {f"{face}.{name}" for face in FACES for room in rooms(face) for name in room.names}
    return frozenset({name for name in names if not _is_module(name)} | set(FACES))


def _is_module(name: str) -> bool:
    face, _, last = name.rpartition(".")
    return type(getattr(import_module(face), last)).__name__ == "module"


@cache
def _keys() -> re.Pattern[str]:
    keys = KEY.findall((ROOT / "book" / "references.bib").read_text(encoding="utf-8"))
    return re.compile(rf"(?<![\w`])({'|'.join(keys)})('(?=s))?(?!\w{2})")
