"""The directive ``face``: every public name of a face, room by room, from docstrings; markup is elsewhere."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

import docstring_markup
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.domains.python import PyObject
from sphinx.util.docutils import SphinxDirective

from lrtheory.source.faces import FACES, further, rooms

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

MAX_VALUE = 70  # characters of a constant that a page shows


class Face(SphinxDirective):
    """Writes a section for each room of the face that it is given."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Nodes of the whole face."""
        face = self.arguments[0]
        made = self._read([f".. py:module:: {face}", ""])
        for room in rooms(face):
            if room.module == face:
                made += self._read(_entries(face, room.names))
            else:
                shadowed = room.module.rpartition(".")[2] in room.names
                intro = [_first_sentence(room.module)] if shadowed else _module(room.module)
                intro += ["", *_entries(face, room.names)]
                made.append(self._section(room.module, intro))
        inner = [f"{face}.{name}" for name in further(face) if not name.startswith("__")]
        constants = [name for name in further(face) if name.startswith("__")]
        pages = [name for name in inner if name in FACES]
        lines = [f"* :py:mod:`{name}`: {_first_sentence(name)}" for name in pages]
        for name in inner:
            lines += ["", *_module(name)] if name not in FACES else []
        lines += ["", *_entries(face, constants)] if constants else []
        if lines:
            made.append(self._section(f"{face}.further", lines, "Further"))
        return made

    def _section(self, name: str, lines: list[str], title: str = "") -> nodes.section:
        words = title or name.rpartition(".")[2]
        section = nodes.section(ids=[nodes.make_id(f"room-{name}")], names=[nodes.fully_normalize_name(name)])
        section += nodes.title(words, words)
        section += self._read(lines)
        return section

    def _read(self, lines: list[str]) -> list[nodes.Node]:
        wrapped = ["```{eval-rst}", *lines, "```"]
        holder = nodes.container()
        self.state.nested_parse(StringList(wrapped, self.env.docname), self.content_offset, holder)
        # each such block counts its citations from one, which would give ids twice; nothing leads to them
        for reference in holder.findall(addnodes.pending_xref):
            reference["ids"] = []
        return list(holder.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Take the directive, the markup of docstrings and the types of other packages."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
    app.add_directive("face", Face)
    app.connect("autodoc-process-docstring", docstring_markup.process, priority=400)  # before napoleon
    app.connect("missing-reference", _as_words)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _module(name: str) -> list[str]:
    return [f".. py:module:: {name}", "", _first_sentence(name)]


def _first_sentence(name: str) -> str:
    return docstring_markup.escaped((import_module(name).__doc__ or "").strip().split("\n")[0])


def _entries(face: str, names: tuple[str, ...] | list[str]) -> list[str]:
    """Directives of autodoc for the names of a face."""
    lines: list[str] = []
    for name in names:
        held = getattr(import_module(face), name)
        if inspect.ismodule(held):
            lines += _module(held.__name__)
        elif inspect.isclass(held):
            lines += [f".. autoclass:: {face}.{name}", "   :members:"]
        elif callable(held):
            lines += [f".. autofunction:: {face}.{name}"]
        else:
            lines += [f".. py:data:: {name}", f"   :module: {face}", f"   :value: {_shown(held)}"]
        lines.append("")
    return lines


def _shown(value: object) -> str:
    words = repr(value)
    return words if len(words) <= MAX_VALUE else f"{words[:MAX_VALUE]}..."


def _as_words(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.Element
) -> nodes.Element | None:
    """Types of other packages, and those that no face hands out, stay words: the build has no network."""
    if node.get("refdomain") != "py" or node.get("reftype") not in ("class", "obj", "exc", "data"):
        return None
    return None if node.get("refexplicit") else shown
