"""Sizes of folders, files and functions, their first words and their sources; no imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAX_FILE, MAX_FUNCTION = 250, 60  # lines
MAX_MODULES = 14  # in a folder
OUR_OWN = re.compile(r"\bours?\b", re.IGNORECASE)  # our choice, our counterexample: nobody else's to cite
FOLDERS = ("lrtheory", "tests", "book", "benchmarks")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
CITING = [path for path in SOURCES if path.parts[-4] == "lrtheory" and path.parts[-2] in ("models", "theory")]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def too_long(source):
    """What in a source is longer than its limit."""
    found = [] if len(source.splitlines()) <= MAX_FILE else [f"the file: {len(source.splitlines())} lines"]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > MAX_FUNCTION:
                found.append(f"{node.name}: {lines} lines")
    return found


def crowded(folder, most=MAX_MODULES):
    """Folders that hold more modules than they may, with how many."""
    counts = {each: len(list(each.glob("*.py"))) for each in [folder, *folder.rglob("*/")]}
    return {each.relative_to(folder).as_posix(): count for each, count in counts.items() if count > most}


def unsourced(source, keys):
    """Public functions whose docstring has no ``Source:`` line with a key of the bibliography, or us."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            text = re.search(r"^Source:\s*(.*(?:\n .*)*)", ast.get_docstring(node) or "", re.MULTILINE)
            if not text or not (OUR_OWN.search(text[1]) or set(re.findall(r"\w+", text[1])) & keys):
                found.append(node.name)
    return found


def bibliography():
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    return set(re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_says_what_lives_there_and_stays_short(path):
    source = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source), clean=False)
    assert docstring, "it opens with no docstring"
    assert docstring.splitlines()[0].strip().endswith((".", "?")), "its first line is no sentence"
    assert too_long(source) == []


@pytest.mark.parametrize("path", CITING, ids=name_of)
def test_a_public_function_of_the_rooms_theory_and_models_names_its_source(path):
    assert unsourced(path.read_text(encoding="utf-8"), bibliography()) == []


def test_a_file_or_function_that_is_too_long_is_found():
    body = "    x = 1\n"
    assert too_long("def f():\n" + body * MAX_FUNCTION) == [f"f: {MAX_FUNCTION + 1} lines"]
    assert too_long("def f():\n" + body * (MAX_FUNCTION - 1)) == []
    assert len(too_long("x = 1\n" * (MAX_FILE + 1))) == 1


@pytest.mark.parametrize("text", ["Variance.", "Variance.\n\nSource: unknown1999", "Variance of kong2020."])
def test_a_function_without_a_known_source_is_found(text):
    assert unsourced(f'def variance():\n    """{text}"""\n', {"kong2020"}) == ["variance"]
    assert (
        unsourced('def variance():\n    """A.\n\n    Source: kong2020, here.\n    """\n', {"kong2020"}) == []
    )
    assert unsourced("def _hidden():\n    pass\n", {"kong2020"}) == []


def test_every_theory_has_files_that_must_name_their_sources():
    found = {path.parts[-3:-1] for path in CITING}
    assert found >= {(theory, room) for theory in ("chaos", "diagrams") for room in ("models", "theory")}


@pytest.mark.parametrize("folder", ["lrtheory", "tests"])
def test_no_folder_is_crowded(folder):
    assert crowded(ROOT / folder) == {}


def test_a_crowded_folder_is_found(tmp_path):
    for number in range(MAX_MODULES + 1):
        path = tmp_path / "chaos" / "theory" / f"law_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert crowded(tmp_path) == ({} if number < MAX_MODULES else {"chaos/theory": MAX_MODULES + 1})
