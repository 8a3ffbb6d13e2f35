"""Nothing global is changed by the package, and only the command line prints, read from the syntax trees."""

import ast
import re

import pytest
from structure.reading import SOURCES, inside, module_name

GLOBAL_CALLS = re.compile(
    r"(torch\.(random\.)?(manual_seed|seed)|torch\.cuda\.manual_seed(_all)?|(np|numpy)\.random\.seed|random\.seed"
    r"|torch\.set_(default_\w+|num_threads|num_interop_threads)|(plt|pyplot)\.(show|style\.use)|\w+\.rcParams\.update"
    r"|rcParams\.update|(mpl|matplotlib)\.(use|rc))$"
)
SETS_THE_STYLE = ("lrtheory.plotting", "use_book_style")  # a chapter calls it by name, for the whole notebook
PRINTERS = ("lrtheory.__main__", "lrtheory.commands")


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


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_changes_nothing_global(path):
    assert global_changes(path.read_text(encoding="utf-8"), module_name(path)) == []


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
