"""Hashes of the code that can change a number, and what they leave out; experiments as declared."""

import hashlib
import textwrap

import pytest

from lrtheory.source.catalog import declared
from lrtheory.source.code_text import code_only
from lrtheory.source.hashes import BOOKKEEPING, PACKAGE, module_hashes

MINI = {
    "__init__.py": "__getattr__, __dir__, __all__ = lazy.names(__name__, {'descent': 'x descend'})\n",
    "results.py": "import lrtheory.plotting\n",
    "descent.py": "from lrtheory.rules import Rule\ndef descend(): ...\n",
    "rules.py": "class Rule: ...\n",
    "seeds.py": "X = 1\n",
    "plotting.py": "X = 1\n",
    "typed.py": "X = 1\n",
    "chaos/__init__.py": "from .models import periodic\n",
    "chaos/models.py": "def periodic():\n    from ..seeds import X\n",
    "chaos/theory.py": "X = 1\n",
    "chaos/plots.py": "X = 1\n",
    "chaos/deep/__init__.py": "X = 1\n",
    "chaos/deep/er.py": "from ... import descent\nfrom .. import theory\n",
    "chaos/experiments/__init__.py": "STORED = ()\n",
}


def closure(tmp_path, imports):
    """Modules counted for an experiment whose body holds some imports, in a small copy of the package."""
    for name, source in {**MINI, "chaos/experiments/runs.py": imports}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
    found = module_hashes("lrtheory.chaos.experiments.runs", root=tmp_path)
    return {name.removeprefix("lrtheory.") for name in found} - {"chaos.experiments.runs"}


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import math", set()),
        ("from lrtheory import descend", {"descent", "rules"}),
        ("def f():\n    if True:\n        import lrtheory.descent", {"descent", "rules"}),
        ("from ...descent import descend as d", {"descent", "rules"}),
        ("from ... import rules", {"rules"}),
        ("from lrtheory.chaos import periodic", {"chaos.models", "seeds"}),
        ("from ..models import periodic", {"chaos.models", "seeds"}),
        (
            "from lrtheory import chaos",
            {"chaos.models", "seeds", "chaos.theory", "chaos.deep", "chaos.deep.er", "descent", "rules"},
        ),
        ("from ..deep.er import X", {"chaos.deep", "chaos.deep.er", "chaos.theory", "descent", "rules"}),
        ("from lrtheory.results import experiment", set()),
        ("from lrtheory.chaos.plots import X", {"chaos.plots"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lrtheory.typed import X", set()),
        (
            "import typing as t\nif t.TYPE_CHECKING:\n import lrtheory.typed\nelse:\n import lrtheory.rules",
            {"rules"},
        ),
    ],
)
def test_every_form_of_import_that_can_run_is_followed(tmp_path, imports, expected):
    assert closure(tmp_path, imports) == expected


def test_an_init_that_computes_is_counted(tmp_path):
    assert "chaos" not in closure(tmp_path, "from ..theory import X")
    (tmp_path / "chaos" / "__init__.py").write_text("FLOOR = 1e-12\n")
    found = module_hashes("lrtheory.chaos.experiments.runs", root=tmp_path)
    assert "lrtheory.chaos" in found


def test_bookkeeping_names_are_real_or_planned_and_hold_no_numerics():
    paths = {name: [PACKAGE / f"{name}.py", PACKAGE / name / "__init__.py"] for name in BOOKKEEPING}
    present = {name: path for name, both in paths.items() for path in both if path.is_file()}
    assert set(present) >= {"__main__", "claims", "commands", "lazy", "results", "source"}
    for name in ("__main__", "claims", "results", "source"):
        assert "import torch" not in present[name].read_text().split("def ", 1)[0]


def test_hashes_change_with_any_letter_of_code(tmp_path):
    closure(tmp_path, "from lrtheory import rules")
    before = module_hashes("lrtheory.chaos.experiments.runs", root=tmp_path)
    (tmp_path / "rules.py").write_text("class Rule2: ...\n")
    after = module_hashes("lrtheory.chaos.experiments.runs", root=tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"lrtheory.rules"}


def test_code_only_keeps_code_and_drops_the_rest():
    source = '''
        """Docstring, with ümläuts."""  # comment
        # comment

        def f(x):  # comment
            """One."""; y = "ü # not a comment"  # comment

            return f"{x}#{y}"   
        class A:
            """
            Two.
            """
        text = """first   

            # kept, as it is in a string
        """
        both = ("a"  # comment
                # comment
                "b")
    '''
    expected = '''
        def f(x):
            ; y = "ü # not a comment"
            return f"{x}#{y}"
        class A:
        text = """first   

            # kept, as it is in a string
        """
        both = ("a"
                "b")
    '''
    assert code_only(textwrap.dedent(source)) == textwrap.dedent(expected).strip("\n")


def test_code_only_is_the_same_for_every_line_ending():
    source = 'x = 1  # a\n\ny = """p\n\nq"""\n'
    assert code_only(source) == code_only(source.replace("\n", "\r\n"))


def test_the_hash_of_this_package_is_the_same_on_every_python():
    # The number was found on 3.11; the test runs on each Python that the package supports.
    text = 'def f(a, *, b=1) -> "x":\n    """D."""\n    return f"{a!r:>{b}}" "c"  # e\n'
    assert hashlib.sha256(code_only(text).encode()).hexdigest()[:16] == "1dfc6cfd0948f91f"


def test_a_version_that_is_computed_is_refused():
    with pytest.raises(ValueError, match=r"version of m\.f must be written as a number"):
        declared("@experiment(version=1 + x)\ndef f(*, seed=0): ...", "m")


def test_an_experiment_is_declared_in_any_spelling():
    source = "@results.experiment(2)\ndef f(*, seed=0):\n    'Sum.'\n@other\ndef g(): ...\n"
    (entry,) = declared(source, "lrtheory.chaos.experiments.x")
    assert (entry.name, entry.version, entry.summary, entry.theory) == ("chaos.f", 2, "Sum.", "chaos")
