"""What decides the outputs of a page or a claim: each kind of change reaches those that it can change."""

import ast

import pytest

from lrtheory.source import inputs
from lrtheory.source.hashes import PACKAGE, module_hashes
from lrtheory.source.inputs import EVERYTHING, closure, imports_of, inputs_digest


def table(**held):
    """An ``__init__`` that hands on names by the lazy table."""
    return f"from lrtheory import lazy\n__getattr__, __dir__, __all__ = lazy.names(__name__, {held})\n"


TOY = {
    "__init__.py": table(descent="descend", explorer="explore", results="Store"),
    "lazy.py": "def names(): ...\n",
    "descent.py": "from lrtheory.rules import Rule\ndef descend(): ...\n",
    "rules.py": "class Rule: ...\n",
    "explorer.py": "def explore():\n    from lrtheory.player.page import page\n",
    "player/__init__.py": '"""The player."""\n',
    "player/page.py": "page = 1\n",
    "player/player.css": "p {}\n",
    "results.py": "class Store: ...\n",
    "claims.py": "def load_claims(): ...\n",
    "data/__init__.py": table(bundled="digits"),
    "data/bundled.py": "digits = 1\n",
    "data/sets/digits.npz": "numbers",
    "chaos/__init__.py": table(models="periodic", theory="law"),
    "chaos/models.py": "periodic = 1\n",
    "chaos/theory.py": "law = 1\n",
    "chaos/plots.py": "law = 1\n",
    "chaos/claims/__init__.py": "from lrtheory.chaos.claims import road\nCLAIMS = (*road.CLAIMS,)\n",
    "chaos/claims/road.py": "CLAIMS = (1,)\n",
}
PAGES = {
    "plain": "import math",
    "descent": "from lrtheory import descend, explore",
    "chaos": "from lrtheory import chaos\nchaos.plots.law(chaos.periodic)",
    "whole": "from lrtheory import chaos\nprint(vars(chaos))",
    "data": "from lrtheory import data\ndata.digits",
    "runs": "from lrtheory import Store",
    "table": "from lrtheory.chaos.claims import CLAIMS",
    "claims": "from lrtheory.claims import load_claims",
}


@pytest.fixture
def root(tmp_path):
    """A small package, and two stored runs beside it."""
    files = {**TOY, "../runs/chaos.orbit-1.npz": "numbers"}
    for name, text in files.items():
        path = tmp_path / "lrtheory" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "lrtheory"


def digests(root):
    runs = root.parent / "runs"
    return {page: inputs_digest(imports_of(code, root=root), runs, root=root) for page, code in PAGES.items()}


def changed(root, change):
    before = digests(root)
    change()
    after = digests(root)
    return {page for page in PAGES if before[page] != after[page]}


@pytest.mark.parametrize(
    ("file", "pages"),
    [
        ("rules.py", {"descent"}),
        ("player/page.py", {"descent"}),
        ("player/player.css", {"descent"}),
        ("results.py", {"runs"}),
        ("../runs/chaos.orbit-1.npz", {"runs"}),
        ("data/bundled.py", {"data"}),
        ("data/sets/digits.npz", {"data"}),
        ("chaos/__init__.py", {"chaos", "whole", "table"}),
        ("chaos/models.py", {"chaos", "whole"}),
        ("chaos/theory.py", {"whole"}),
        ("chaos/plots.py", {"chaos", "whole"}),
        ("chaos/claims/__init__.py", {"whole", "table"}),
        ("chaos/claims/road.py", {"whole", "table"}),
        ("claims.py", set()),
        ("../runs/chaos.orbit-2.npz", {"runs"}),
        ("chaos/more.py", {"whole"}),
    ],
)
def test_an_edit_reaches_the_pages_whose_imports_reach_the_file_and_no_others(root, file, pages):
    def edit():
        path = root / file
        path.write_text(path.read_text() + "more = 1\n" if path.is_file() else "more = 1\n")

    assert changed(root, edit) == {*pages, "claims"}


def test_a_file_that_is_gone_and_one_that_moved_reach_the_pages_too(root):
    assert changed(root, (root / "chaos" / "plots.py").unlink) == {"chaos", "whole", "claims"}
    assert changed(root, lambda: (root / "rules.py").rename(root / "laws.py")) == {"descent", "claims"}


def test_comments_and_docstrings_reach_no_page(root):
    def comment():
        for path in root.rglob("*.py"):
            path.write_text(f'{path.read_text()}# a comment\n')

    assert changed(root, comment) == set()


@pytest.mark.parametrize("name", ["_installed", "platform.python_version"])
def test_another_version_of_anything_reaches_every_page(root, name, monkeypatch):
    def install():
        monkeypatch.setattr(f"lrtheory.source.inputs.{name}", lambda: ("torch 9.9",))

    assert changed(root, install) == set(PAGES)


def test_the_versions_are_those_of_what_is_installed():
    assert any(line.startswith("torch ") for line in inputs._installed())


@pytest.mark.parametrize(
    "code",
    [
        "open('numbers.txt')", "from pathlib import Path", "import numpy as np\nnp.load('a.npz')",
        "from os import environ", "%run other.py", "!ls", "import inspect\ninspect.getsource(f)",
        "exec('x = 1')", "import subprocess", "f.__doc__",
    ],
)  # fmt: skip
def test_code_that_reads_what_no_import_tells_has_no_imports(code):
    assert imports_of(code) is None


@pytest.mark.parametrize(
    "code",
    [
        "from importlib import import_module", "__import__(name)",
        "from lrtheory import claims\nclaims.load_claims()",
        "from lrtheory.source.catalog import load_experiment",
    ],
)  # fmt: skip
def test_code_that_finds_modules_by_computed_names_rests_on_all_of_them(code):
    assert EVERYTHING in imports_of(code)


def test_the_closure_holds_every_module_that_counts_for_a_stored_run():
    module = "lrtheory.chaos.experiments.laws"
    counted = module_hashes(module)
    reached = closure([(module, None)])
    assert set(counted) <= set(reached)
    assert {name: reached[name] for name in counted} == counted


def test_modules_are_found_by_computed_names_in_tables_and_catalogs_alone():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        words = {getattr(node, "id", None) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))}
        if words & {"import_module", "__import__", "exec", "eval"}:
            found.add(path.name)
    # bench hands over to a folder that is no part of the package, and no page reaches it
    assert found <= {"lazy.py", "claim.py", "catalog.py", "rechecks.py", "bench.py"}


def test_no_page_of_the_book_has_to_be_executed_every_time():
    read = pytest.importorskip("jupyter_cache.readers").get_reader({"name": "myst_nb_md", "type": "plugin"})
    texts = {path: path.read_text(encoding="utf-8") for path in (PACKAGE.parent / "book").rglob("*.md")}
    pages = [path for path, text in texts.items() if "{code-cell}" in text]
    assert len(pages) > 10
    for page in pages:
        cells = [cell.source for cell in read(str(page)).cells if cell.cell_type == "code"]
        assert imports_of("\n\n".join(cells)) is not None, page.name
