"""Who may import whom, and that nothing global is changed, read from the syntax trees of the package."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lrtheory"
THEORIES = ("chaos", "learning_order", "lazy_rnn", "diagrams")
GLOBAL_CALLS = re.compile(
    r"(torch\.(random\.)?(manual_seed|seed)|torch\.cuda\.manual_seed(_all)?|(np|numpy)\.random\.seed|random\.seed"
    r"|torch\.set_(default_\w+|num_threads|num_interop_threads)|(plt|pyplot)\.(show|style\.use)|\w+\.rcParams\.update"
    r"|rcParams\.update|(mpl|matplotlib)\.(use|rc))$"
)
SETS_THE_STYLE = ("lrtheory.plotting", "use_book_style")  # a chapter calls it by name, for the whole notebook
PRINTERS = ("lrtheory.__main__", "lrtheory.commands")
DRAWS = tuple(f"lrtheory.diagrams.{room}" for room in ("diagram", "counting", "plots.drawing"))
PLOTS_MAY_USE = (
    *("lrtheory.lazy", "lrtheory.plotting", *DRAWS),
    *("numpy", "matplotlib", "math", "typing", "collections", "itertools", "__future__"),
)


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def home(base, name):
    """Module that a name imported from a package lives in, for names that the package loads lazily."""
    return f"{base}.{homes(base).get(name, name)}"


@functools.cache
def homes(package):
    """Modules of a package by the names they hold, from the table that it gives to ``lazy.names``."""
    source = (read_module(package) or "") if inside(package, "lrtheory") else ""
    tables = [
        node.args[1]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lazy.names"
    ]
    held = {module: names for table in tables for module, names in ast.literal_eval(table).items()}
    return {name: module for module, names in held.items() for name in names.split()}


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
            found |= {base, *(home(base, alias.name) for alias in node.names)}
    return found


class ForTypes(ast.NodeTransformer):
    """Takes out the blocks that run for the type checker only."""

    def visit_If(self, node):
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)


def inside(name, package):
    return name == package or name.startswith(f"{package}.")


def broken_arrows(source, module):
    """Imports that the architecture forbids, as sentences."""
    parts = module.split(".")
    theory = parts[1] if len(parts) > 1 and parts[1] in THEORIES else None
    room = parts[2] if theory and len(parts) > 2 else None
    found = imports(source, module)
    wrong = [name for name in found for above in ("book", "tests", "benchmarks") if inside(name, above)]
    for other in THEORIES:
        wrong += [name for name in found if other != theory and inside(name, f"lrtheory.{other}")]
    if room == "theory":
        measured = ("lrtheory.measure", "lrtheory.descent", f"lrtheory.{theory}.measure")
        wrong += [name for name in found if any(inside(name, each) for each in measured)]
    if room == "plots":
        wrong += [
            name
            for name in imports(source, module, types=False)
            if not any(inside(name, each) for each in PLOTS_MAY_USE) and name != "lrtheory"
        ]
    return sorted(f"{module} imports {name}" for name in set(wrong))


def global_changes(source, module):
    """Calls and assignments that change what other code sees, and prints."""
    tree, found = ast.parse(source), []
    allowed = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (module, node.name) == SETS_THE_STYLE
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in allowed:
            continue
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(target is not None and "rcParams" in ast.unparse(target) for target in targets):
            found.append(ast.unparse(node))
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if GLOBAL_CALLS.match(called) or called.endswith(".cuda"):
                found.append(called)
            if called == "print" and not any(inside(module, each) for each in PRINTERS):
                found.append("print")
    return found


def reached(module, read):
    """Modules of the package that a module needs to run, and itself; ``read`` gives a module's source."""
    seen, ahead = set(), [module]
    while ahead:
        name = ahead.pop()
        if name not in seen and (source := read(name)) is not None:
            seen.add(name)
            ahead += [each for each in imports(source, name, types=False) if inside(each, "lrtheory")]
    return seen - {"lrtheory"}


def read_module(name):
    path = ROOT.joinpath(*name.split("."))
    paths = [path.with_suffix(".py"), path / "__init__.py"]
    return next((each.read_text(encoding="utf-8") for each in paths if each.is_file()), None)


SOURCES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_imports_only_along_the_arrows_and_changes_nothing_global(path):
    source = path.read_text(encoding="utf-8")
    assert broken_arrows(source, module_name(path)) == []
    assert global_changes(source, module_name(path)) == []


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/theory.py")), ids=module_name)
def test_a_prediction_reaches_nothing_that_measures_or_descends(path):
    measures = re.compile(r"\.(measure|descent|\w*kernels)$")
    assert [name for name in reached(module_name(path), read_module) if measures.search(name)] == []


def test_what_a_module_reaches_is_followed_through_other_modules():
    sources = {
        "lrtheory.chaos.theory": "from lrtheory.chaos.models import Tones",
        "lrtheory.chaos.models": "def f():\n    from lrtheory.measure import sharpness",
        "lrtheory.measure": "if TYPE_CHECKING:\n    from lrtheory import descent",
        "lrtheory.descent": "",
    }
    assert reached("lrtheory.chaos.theory", sources.get) == set(sources) - {"lrtheory.descent"}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("lrtheory.descent", "from lrtheory.chaos.models import Tones"),
        ("lrtheory.chaos.models", "def f():\n    from lrtheory import diagrams"),
        ("lrtheory.chaos.theory", "from lrtheory.chaos.measure import lyapunov_exponent"),
        ("lrtheory.chaos.theory", "from .measure import lyapunov_exponent"),
        ("lrtheory.chaos.theory", "from lrtheory import descend"),
        ("lrtheory.chaos.plots", "import torch"),
        ("lrtheory.chaos.plots", "from lrtheory.chaos import theory"),
        ("lrtheory.results", "import book.data"),
    ],
)
def test_an_import_against_the_arrows_is_found(module, line):
    assert len(broken_arrows(line, module)) > 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("lrtheory.chaos.claims", "from lrtheory.chaos import measure, theory\nfrom lrtheory import descend"),
        ("lrtheory.chaos.plots", "if TYPE_CHECKING:\n    from lrtheory.law import Law\nimport numpy as np"),
        ("lrtheory.chaos.theory", "from lrtheory.chaos.models import Tones\nfrom lrtheory import law"),
    ],
)
def test_an_import_along_the_arrows_is_left_alone(module, line):
    assert broken_arrows(line, module) == []


@pytest.mark.parametrize(
    "line",
    [
        "print(1)",
        "torch.manual_seed(0)",
        "np.random.seed(0)",
        "torch.set_default_dtype(torch.float64)",
        "torch.set_num_threads(1)",
        "plt.rcParams['font.size'] = 9",
        "mpl.rcParams.update({})",
        "x = theta.cuda()",
    ],
)
def test_a_change_of_global_state_is_found(line):
    assert global_changes(line, "lrtheory.descent") != []
    assert global_changes("source.manual_seed(0); draw.seed; fig.show()", "lrtheory.descent") == []
