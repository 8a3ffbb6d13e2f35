"""Reads what modules of the package import, from their syntax trees; tests nothing."""

import ast
import functools
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lrtheory"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def inside(name, package):
    return name == package or name.startswith(f"{package}.")


def imports(source, module, *, types=True):
    """Modules that a source imports, at its top or inside its functions.

    ``types=False`` leaves out what only the type checker imports.
    """
    tree = ast.parse(source)
    if not types:
        tree = ForTypes().visit(tree)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {held(base, alias.name) for alias in node.names}
    return found


class ForTypes(ast.NodeTransformer):
    """Takes out the blocks that run for the type checker only."""

    def visit_If(self, node):
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)


def held(base, name):
    """Module that ``from base import name`` needs: a submodule, the home of a lazy name, or the base."""
    home = f"{base}.{homes(base).get(name, name)}"
    return home if inside(home, "lrtheory") and read_module(home) is not None else base


@functools.cache
def homes(package):
    """Modules of a package by the names they hold, from the table that it gives to ``lazy.names``."""
    source = (read_module(package) or "") if inside(package, "lrtheory") else ""
    tables = [
        node.args[1]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy.names"
    ]
    listed = {module: names for table in tables for module, names in ast.literal_eval(table).items()}
    return {name: module for module, names in listed.items() for name in names.split()}


def reached(module, read):
    """Modules of the package that a module needs to run, and itself; ``read`` gives a module's source."""
    seen, ahead = set(), [module]
    while ahead:
        name = ahead.pop()
        if name not in seen and (source := read(name)) is not None:
            seen.add(name)
            ahead += [each for each in imports(source, name, types=False) if inside(each, "lrtheory")]
    return seen - {"lrtheory"}


def circles(graph):
    """The first circle that a graph of imports has, empty without one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def read_module(name):
    """Source of a module of the package, None where there is none."""
    path = ROOT.joinpath(*name.split("."))
    paths = [path.with_suffix(".py"), path / "__init__.py"]
    return next((each.read_text(encoding="utf-8") for each in paths if each.is_file()), None)
