"""Hashes of the code that can change a number: import closure and comment-free source; runs nothing."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from lrtheory.source.code_text import code_only

PACKAGE = Path(__file__).parent.parent

# These parts of lrtheory name, store, list, judge and draw numbers that other modules made; none
# computes one. A change in them must not turn hours of stored runs stale.
BOOKKEEPING = frozenset({
    "__main__", "claims", "commands", "explorer", "grading", "lazy", "plotting", "results", "source",
    "sweeps",
})
# The same within a theory folder, where an experiment that names one of them explicitly still counts it.
THEORY_BOOKKEEPING = frozenset({"claims", "experiments", "plots"})

_TABLE_NAMES = frozenset({"STORED", "CLAIMS"})
_HASH_LENGTH = 16


def module_hashes(module: str, *, root: Path = PACKAGE) -> dict[str, str]:
    """Hash of each package module that can change the numbers of an experiment defined in a module.

    Follows every import statement that can run, at any depth of nesting and in every relative form,
    through the tables of lazy packages. Blocks under ``if TYPE_CHECKING`` never run and are left out,
    and so are ``BOOKKEEPING`` modules and ``__init__`` files that only re-export. Imports by computed
    name are not seen.

    Args:
        module: dotted name of the module that defines the experiment, in the package or not.
        root: folder of the package ``lrtheory``.

    Returns:
        Module name to the first 16 hexadecimal digits of the SHA-256 of its code, sorted by name.

    Raises:
        ValueError: the module has no source file, for example a notebook cell.
    """
    found: dict[str, str] = {}
    waiting = [module]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or _is_bookkeeping(name):
            continue
        seen.add(name)
        path = source_file(name, root)
        waiting += _parents(name)
        if path is None:
            raise ValueError(
                f"no source file for module {name!r}: an experiment is stored only if it lives in a .py file"
            )
        stat = path.stat()
        digest, imports, is_table = _facts(path, name, stat.st_mtime_ns, stat.st_size)
        if is_table and name != module:
            continue
        found[name] = digest
        for base, member in imports:
            waiting += _resolved(base, member, root)
    return dict(sorted(found.items()))


def package_file(module: str, root: Path = PACKAGE) -> Path | None:
    """File of a module of the package, or None when the package has no such module."""
    parts = module.split(".")
    if parts[0] != "lrtheory":
        return None
    base = root.joinpath(*parts[1:])
    if (base / "__init__.py").is_file():
        return base / "__init__.py"
    plain = base.with_suffix(".py")
    return plain if len(parts) > 1 and plain.is_file() else None


def _is_bookkeeping(module: str) -> bool:
    parts = module.split(".")
    return parts[0] == "lrtheory" and len(parts) > 1 and parts[1] in BOOKKEEPING


def source_file(module: str, root: Path = PACKAGE) -> Path | None:
    """File of a module, in the package or not; None where it has none."""
    if module.split(".")[0] == "lrtheory":
        return package_file(module, root)
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):  # ValueError: __main__ of a notebook has no spec
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _parents(module: str) -> list[str]:
    """Packages above a module of lrtheory: their code runs when the module is imported."""
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))] if parts[0] == "lrtheory" else []


@lru_cache(maxsize=1024)
def _facts(
    path: Path, module: str, _stamp: int, _size: int
) -> tuple[str, tuple[tuple[str, str | None], ...], bool]:
    """Digest of the code, what it imports from the package, and whether it is only a re-export table."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    is_package = path.name == "__init__.py"
    digest = hashlib.sha256(code_only(source).encode()).hexdigest()[:_HASH_LENGTH]
    return digest, tuple(_imports(tree, module, is_package)), is_package and _is_table(tree)


def _imports(tree: ast.Module, module: str, is_package: bool) -> Iterator[tuple[str, str | None]]:
    """Pairs (module, imported name or None) of the package imports that can run."""
    for node in _running(tree):
        if isinstance(node, ast.Import):
            pairs: list[tuple[str, str | None]] = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                above = parts[: len(parts) - node.level + is_package]
                base = ".".join([*above, *([node.module] if node.module else [])])
            pairs = [(base, alias.name) for alias in node.names]
        else:
            continue
        yield from (pair for pair in pairs if pair[0].split(".")[0] == "lrtheory")


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a tree in their order, without the bodies of ``if TYPE_CHECKING``."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        checking = isinstance(node, ast.If) and "TYPE_CHECKING" in (
            getattr(node.test, "id", None), getattr(node.test, "attr", None),
        )
        children = node.orelse if checking and isinstance(node, ast.If) else [*ast.iter_child_nodes(node)]
        waiting += reversed(children)


def _resolved(
    base: str, member: str | None, root: Path, left_out: frozenset[str] = THEORY_BOOKKEEPING
) -> list[str]:
    """Modules that hold what ``from base import member`` (or ``import base``) brings in."""
    if member is not None and package_file(f"{base}.{member}", root) is not None:
        return _resolved(f"{base}.{member}", None, root, left_out)
    path = package_file(base, root)
    if path is None:
        return []
    if path.name != "__init__.py":
        return [base]
    home = None if member in (None, "*") else _home(path, base, str(member))
    if home is None:
        return _members(base, path, left_out)
    return [base] if home[0] == base else _resolved(*home, root, left_out)


def _home(path: Path, package: str, member: str) -> tuple[str, str] | None:
    """Where a package's ``__init__`` finds a name: re-exported, listed in a lazy table, or its own."""
    stat = path.stat()
    return _homes(path, package, stat.st_mtime_ns, stat.st_size).get(member)


@lru_cache(maxsize=256)
def _homes(path: Path, package: str, _stamp: int, _size: int) -> dict[str, tuple[str, str]]:
    """Each name of a package, with the module that it comes from and its name there; the first counts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed = [(f"{package}.{module}", name) for module, names in lazy_table(tree) for name in names.split()]
    own = [getattr(node, "name", None) for node in tree.body]
    own += [getattr(target, "id", None) for node in tree.body for target in _targets(node)]
    homes: dict[str, tuple[str, str]] = {}
    for base, name in [*_imports(tree, package, True), *listed, *((package, name) for name in own)]:
        if name is not None:
            homes.setdefault(name, (base, name))
    return homes


def lazy_table(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Modules and the names each holds, from the table that a package gives to ``lazy.names``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy.names":
            for table in (given for given in node.args if isinstance(given, ast.Dict)):
                for module, names in zip(table.keys, table.values, strict=True):
                    yield _text(module) or "", _text(names) or ""


def _members(package: str, path: Path, left_out: frozenset[str]) -> list[str]:
    """A package and every module in it that counts: for a run, those that can compute a number."""
    names = [package]
    for entry in sorted(path.parent.iterdir()):
        if entry.stem in left_out | {"__init__", "__main__"}:
            continue
        if entry.suffix == ".py":
            names.append(f"{package}.{entry.stem}")
        elif (entry / "__init__.py").is_file():
            names += _members(f"{package}.{entry.name}", entry / "__init__.py", left_out)
    return names


def _is_table(tree: ast.Module) -> bool:
    """Whether a module holds nothing but imports, private constants and lazy access to names."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.If | ast.Expr):
            continue
        names = [getattr(target, "id", "") for target in _targets(node)]
        if not names or not all(name.startswith("_") or name in _TABLE_NAMES for name in names):
            return False
    return True


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [part for target in node.targets for part in getattr(target, "elts", [target])]
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
