"""What the package offers, read from its files without importing them: theories, experiments, claims."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from lrtheory.source.hashes import BOOKKEEPING, PACKAGE

if TYPE_CHECKING:
    from lrtheory.results import Experiment


@dataclass(frozen=True)
class Entry:
    """An experiment as its source file declares it.

    Attributes:
        name: theory folder and function name, for example "chaos.airfoil_runs".
        module: dotted name of the module that defines it.
        version: number given to ``@experiment``.
        summary: first line of its docstring.
    """

    name: str
    module: str
    version: int
    summary: str

    @property
    def theory(self) -> str:
        """Theory folder of the experiment."""
        return self.name.split(".")[0]


def theories(root: Path = PACKAGE) -> tuple[str, ...]:
    """Folders of the package that hold experiments or claims, sorted."""
    rooms = ("experiments", "claims", "claims.py")
    return tuple(
        folder.name for folder in sorted(root.iterdir())
        if folder.name not in BOOKKEEPING and (folder / "__init__.py").is_file()
        and any((folder / room).exists() for room in rooms)
    )


def experiments(root: Path = PACKAGE) -> tuple[Entry, ...]:
    """Every experiment of the package, sorted by name; nothing is imported."""
    found = []
    for theory in theories(root):
        for path in sorted((root / theory / "experiments").glob("*.py")):
            found += declared(path.read_text(encoding="utf-8"), f"lrtheory.{theory}.experiments.{path.stem}")
    return tuple(sorted(found, key=lambda entry: entry.name))


def declared(source: str, module: str) -> list[Entry]:
    """Experiments that a module's source marks with ``@experiment(...)``.

    Raises:
        ValueError: a version that is not written as a number.
    """
    found = []
    for node in ast.parse(source).body:
        mark = _mark(node)
        if mark is None or not isinstance(node, ast.FunctionDef):
            continue
        name = experiment_name(module, node.name)
        given = [keyword.value for keyword in mark.keywords if keyword.arg == "version"] or mark.args[:1]
        version = getattr(given[0], "value", None) if given else 1
        if not isinstance(version, int):
            raise ValueError(f"version of {name} must be written as a number: it is read from the file")
        summary = (ast.get_docstring(node) or "").partition("\n")[0]
        found.append(Entry(name, module, version, summary))
    return found


def experiment_name(module: str, function: str) -> str:
    """Name of an experiment: the theory folder, or outside the package the module, and the function."""
    parts = module.split(".")
    room = parts[1] if parts[0] == "lrtheory" and len(parts) > 1 else parts[-1]
    return f"{room}.{function}"


def find_experiment(name: str, root: Path = PACKAGE) -> Entry:
    """Entry of an experiment.

    Raises:
        ValueError: no experiment of this name; the message names the nearest ones.
    """
    known = {entry.name: entry for entry in experiments(root)}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "`python -m lrtheory list` shows all of them"
        raise ValueError(f"no experiment is called {name!r}; {hint}")
    return known[name]


def load_experiment(name: str, module: str | None = None) -> Experiment:
    """Import an experiment by name.

    Args:
        name: theory and function, or the last part of a module's name and function.
        module: dotted name of a module outside the package that defines it.

    Raises:
        ValueError: no experiment of this name, or no such module.
    """
    if module is None:
        module = find_experiment(name).module
    function = name.rpartition(".")[2]
    try:
        found: Experiment | None = getattr(import_module(module), function, None)
    except ModuleNotFoundError as error:
        raise ValueError(f"no module {module!r} can be imported from here ({error}); see --module") from error
    if getattr(found, "name", None) != name or found is None:
        raise ValueError(f"module {module!r} marks no @experiment that is called {name!r}")
    return found


def stored_runs(theory: str | None = None) -> list[tuple[str, Mapping[str, object]]]:
    """Experiment names and parameters of the stored runs that the book needs: every ``STORED`` table.

    Raises:
        ValueError: unknown theory.
    """
    runs: list[tuple[str, Mapping[str, object]]] = []
    for name in known_theories(theory):
        if (PACKAGE / name / "experiments" / "__init__.py").is_file():
            runs += import_module(f"lrtheory.{name}.experiments").STORED
    return runs


def known_theories(theory: str | None = None) -> tuple[str, ...]:
    """All theories, or the one asked for.

    Raises:
        ValueError: unknown theory.
    """
    known = theories()
    if theory is None:
        return known
    if theory not in known:
        raise ValueError(f"theory must be one of {', '.join(known)}, got {theory!r}")
    return (theory,)


def claim_ids(root: Path = PACKAGE) -> tuple[str, ...]:
    """Ids of all claims: every ``id="<theory>...."`` given to a call in a theory's claims files."""
    return tuple(sorted(id_ for theory in theories(root) for id_ in _claim_ids(root / theory)))


def _claim_ids(folder: Path) -> Iterator[str]:
    start = f"{folder.name}."
    for path in [folder / "claims.py", *sorted((folder / "claims").glob("*.py"))]:
        if not path.is_file():
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = [keyword.value for keyword in getattr(node, "keywords", []) if keyword.arg == "id"]
            names = (getattr(value, "value", None) for value in given)
            yield from (name for name in names if isinstance(name, str) and name.startswith(start))


def _mark(node: ast.AST) -> ast.Call | None:
    """The ``@experiment(...)`` call above a function, if there is one."""
    for mark in getattr(node, "decorator_list", []):
        if isinstance(mark, ast.Call) and _called(mark.func) == "experiment":
            return mark
    return None


def _called(node: ast.expr) -> str | None:
    return getattr(node, "attr", None) or getattr(node, "id", None)
