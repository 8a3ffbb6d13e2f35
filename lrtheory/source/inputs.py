"""A digest of all that decides what code gives: package code, files beside it, runs, versions."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.metadata import distributions
from pathlib import Path

from lrtheory.source.code_text import code_only
from lrtheory.source.hashes import PACKAGE, _imports, _parents, _resolved, package_file

Import = tuple[str, str | None]  # a module, and the name taken from it

EVERYTHING: Import = ("lrtheory", None)
_LEFT_OUT: frozenset[str] = frozenset()
# Who calls one of these gets modules by names that are computed: any module of the package.
_ANY_MODULE = frozenset({"import_module", "__import__", "load_claims", "load_experiment", "stored_runs"})
# Who names one of these may read what no import tells: files, the environment, sources, other processes.
_ANYTHING = frozenset({
    "open", "Path", "exec", "eval", "environ", "getenv", "subprocess", "urllib", "requests", "pooch",
    "read_text", "read_bytes", "load", "loadtxt", "genfromtxt", "fromfile", "memmap", "imread", "read_csv",
    "getsource", "getsourcelines", "getdoc", "__doc__", "get_ipython", "system", "popen",
})


def imports_of(source: str, *, root: Path = PACKAGE) -> tuple[Import, ...] | None:
    """What a source takes from the package; None where its imports do not tell what it reads.

    Args:
        source: Python, for example the cells of a page.
        root: folder of the package ``lrtheory``.

    Returns:
        Pairs (module, name taken from it), ``EVERYTHING`` among them where modules are found by computed
        names; None for a source that opens files or reads the environment, and for one that is not plain
        Python (the magics of a notebook).
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    words = {word for node in ast.walk(tree) for word in _words(node)}
    if words & _ANYTHING:
        return None
    anywhere = (EVERYTHING,) if words & _ANY_MODULE else ()
    return (*anywhere, *_used(tree, "__main__", False, root))


def closure(imports: Iterable[Import], *, root: Path = PACKAGE) -> dict[str, str]:
    """Hash of each package module that code with these imports can run, be drawn by or be judged by.

    Where ``module_hashes`` asks what can change a stored number, this asks what can change a page:
    plots, explorers, claims and the tables of lazy packages count.

    Args:
        imports: pairs (module, name taken from it, or None), from ``imports_of``.
        root: folder of the package ``lrtheory``.

    Returns:
        Module name to the first 16 hexadecimal digits of the SHA-256 of its code, sorted by name.
    """
    found: dict[str, str] = {}
    followed: set[str] = set()
    waiting = [name for base, member in imports for name in _resolved(base, member, root, _LEFT_OUT)]
    while waiting:
        name = waiting.pop()
        if name in followed:
            continue
        followed.add(name)
        for each in (*_parents(name), name):
            path = package_file(each, root)
            if path is not None:
                stat = path.stat()
                found[each], ahead = _facts(path, each, root, stat.st_mtime_ns, stat.st_size)
        waiting += [more for base, member in ahead for more in _resolved(base, member, root, _LEFT_OUT)]
    return dict(sorted(found.items()))


def inputs_digest(imports: Iterable[Import], runs: Path, *, root: Path = PACKAGE) -> str:
    """SHA-256 of all that decides what code with these imports gives.

    That is the package code that it reaches; what lies beside that code (data, style sheets); where it
    reaches their store, all stored runs (which of them it asks for is known only when it runs) and, where it
    reaches them, kept benchmarks; and the versions of Python and of every installed package.

    Args:
        imports: pairs (module, name taken from it, or None), from ``imports_of``.
        runs: folder of stored runs.
        root: folder of the package ``lrtheory``.
    """
    modules = closure(imports, root=root)
    files = [path for name in modules if (path := package_file(name, root)) is not None]
    read = {path for folder in {file.parent for file in files} for path in _beside(folder)}
    if any(name.startswith("lrtheory.results") for name in modules) and runs.is_dir():
        read |= {path for path in runs.iterdir() if path.suffix == ".npz"}
    if any(name.startswith("lrtheory.rates") for name in modules) and runs.is_dir():
        read |= set(runs.glob("*.json"))
    stats = [(path, path.stat()) for path in sorted(read)]
    hashes = [(path.name, _file_hash(path, stat.st_mtime_ns, stat.st_size)) for path, stat in stats]
    whole = json.dumps([modules, hashes, platform.python_version(), _installed()], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _words(node: ast.AST) -> Iterator[str | None]:
    """Names that a node uses or imports."""
    yield getattr(node, "id", None) or getattr(node, "attr", None)
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (part for alias in node.names for part in alias.name.split("."))
        yield from (getattr(node, "module", None) or "").split(".")


def _used(tree: ast.Module, module: str, is_package: bool, root: Path) -> Iterator[Import]:
    """Package imports that can run; a package that is only asked for names counts for those names alone."""
    nodes = list(ast.walk(tree))
    attributes = [
        (node.value, node.attr) for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    asked = {id(name) for name, _ in attributes}
    whole = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in asked}
    whole |= {node.name for node in nodes if isinstance(node, ast.alias) and node.asname}
    for base, member in _imports(tree, module, is_package):
        if member in _ANY_MODULE:
            yield EVERYTHING
        package = f"{base}.{member}"
        path = package_file(package, root) if member is not None and member not in whole else None
        if path is None or path.name != "__init__.py":
            yield base, member
            continue
        yield from ((package, attribute) for name, attribute in attributes if name.id == member)


@lru_cache(maxsize=1024)
def _facts(path: Path, module: str, root: Path, _stamp: int, _size: int) -> tuple[str, tuple[Import, ...]]:
    """Digest of the code of a module, and what it takes from the package."""
    source = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(code_only(source).encode()).hexdigest()[:16]
    used = _used(ast.parse(source), module, path.name == "__init__.py", root)
    return digest, tuple(dict.fromkeys(used))


def _beside(folder: Path) -> Iterator[Path]:
    """Files in the folder of a package that are no modules, also in folders that are no packages."""
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__" and not (entry / "__init__.py").is_file():
            yield from _beside(entry)
        elif entry.is_file() and entry.suffix not in (".py", ".pyc"):
            yield entry


@lru_cache(maxsize=1024)
def _file_hash(path: Path, _stamp: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _installed() -> tuple[str, ...]:
    return tuple(sorted({f"{each.metadata['Name']} {each.version}" for each in distributions()}))
