"""What the public faces of the package hand out, room by room, read from their files; nothing is imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from lrtheory.source.hashes import lazy_table

PACKAGE = Path(__file__).resolve().parents[1]
FACES = (
    "lrtheory",
    "lrtheory.measure",
    "lrtheory.plotting",
    "lrtheory.data",
    "lrtheory.grading",
    "lrtheory.chaos",
    "lrtheory.diagrams",
    "lrtheory.learning_order",
    "lrtheory.lazy_rnn",
)


@dataclass(frozen=True)
class Room:
    """A folder or file of a face, and the public names that come from it.

    Attributes:
        module: its dotted name, that of the face itself where the face is one file.
        names: public names, in the order of the face's table.
    """

    module: str
    names: tuple[str, ...]


def rooms(face: str) -> list[Room]:
    """Rooms of a face in the order of its table.

    Args:
        face: one of `FACES`.
    """
    tree = _tree(face)
    held: dict[str, list[str]] = {}
    for module, names in lazy_table(tree):
        held.setdefault(f"{face}.{module.partition('.')[0]}", []).extend(names.split())
    return [Room(module, tuple(names)) for module, names in (held or {face: _own(tree)}).items()]


def further(face: str) -> list[str]:
    """Public names of a face that stand in no room: modules and what its own file defines.

    Args:
        face: one of `FACES`.
    """
    calls = [node for node in ast.walk(_tree(face)) if isinstance(node, ast.Call)]
    here = [given.value for call in calls for given in call.keywords if given.arg == "here"]
    return [name for value in here if isinstance(value, ast.Constant) for name in str(value.value).split()]


def _tree(face: str) -> ast.Module:
    path = PACKAGE.parent.joinpath(*face.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def _own(tree: ast.Module) -> list[str]:
    """Names in a file's ``__all__``; without one, those of its public functions and classes."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    named = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [name for name in named if not name.startswith("_")]
