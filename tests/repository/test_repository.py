"""The repository around the code: versions, interpreters, licenses, the gate, no trace of a machine."""

import functools
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lrtheory

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
DECLARED = [Requirement(line) for lines in [PROJECT["dependencies"], *EXTRAS.values()] for line in lines]
# Folders of one machine, and words for it; spelled so as not to find themselves.
ELSEWHERE = re.compile(r"/(?:work|root|home|Users)/[.\w]|[.]library/|bash[_]jobs|work[p]lace", re.IGNORECASE)


@functools.cache
def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    named = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in named}


def needed(requirement, extras=("",)):
    """Names of the distributions that a requirement brings to this environment, itself among them."""
    seen, ahead = set(), [(requirement, extras)]
    while ahead:
        name, wanted = ahead.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        for line in importlib.metadata.requires(name) or ():
            other = Requirement(line)
            if not other.marker or any(other.marker.evaluate({"extra": extra}) for extra in wanted):
                ahead.append((canonicalize_name(other.name), ("", *sorted(other.extras))))
    return {name for name, _ in seen}


def test_every_distribution_that_the_book_and_its_tests_need_is_pinned():
    missing = needed("lrtheory", ("", "book", "test")) - set(pins()) - {"lrtheory"}
    # torch's default build on Linux brings CUDA, and pins that itself
    ours = {name for name in missing if not name.startswith(("nvidia-", "cuda-", "triton"))}
    assert ours == set(), "write what pip freeze prints to constraints.txt"


def test_what_is_installed_is_what_the_constraints_say():
    for name in needed("lrtheory", ("", "book", "test")) & set(pins()):
        installed = importlib.metadata.version(name).split("+")[0]
        assert installed == pins()[name], f"{name}: install it again with -c constraints.txt"


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_a_declared_requirement_is_bounded_on_both_sides_around_its_pin(requirement):
    kinds = {each.operator for each in requirement.specifier}
    assert kinds == {"=="} or {">=", "<"} <= kinds
    assert pins()[canonicalize_name(requirement.name)] in requirement.specifier


def test_a_pin_names_no_build_of_one_platform():
    assert not [name for name, version in pins().items() if "+" in version]


def interpreter(version):
    """A Python of that version that runs, wherever one is at hand; None without."""
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
    for candidate in (sys.executable, shutil.which(f"python{version}"), *kept):
        if candidate:
            ask = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            answer = subprocess.run(ask, capture_output=True, text=True, check=False)
            if answer.returncode == 0 and answer.stdout.strip() == version:
                return str(candidate)
    return None


PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def test_every_place_that_states_the_pythons_states_the_declared_ones():
    assert PROJECT["requires-python"] == ">=3.11,<3.15"
    for name in ("README.md", "book/how_to_read.md", "Makefile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert f"Python {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}" in text, name
    for path in [*ROOT.glob("*.md"), *(ROOT / "book").rglob("*.md")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"3\.11 (or (later|newer|above)|and (later|up))|3\.11\+", text), path.name


@pytest.mark.slow
@pytest.mark.parametrize("version", PYTHONS)
def test_every_declared_python_compiles_the_package_and_lists_what_is_in_it(version, tmp_path):
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} at hand")
    run = functools.partial(subprocess.run, cwd=ROOT, capture_output=True, text=True, check=False)
    # -S: without site-packages, so that the list is shown to need nothing that has to be installed
    isolated = [python, "-S", "-X", f"pycache_prefix={tmp_path}", "-W", "error"]
    compiled = run([*isolated, "-m", "compileall", "-q", "lrtheory", "tests", "book"])
    assert compiled.returncode == 0, compiled.stdout
    listed = run([*isolated, "-m", "lrtheory", "list"])
    assert listed.returncode == 0, listed.stderr
    assert "chaos" in listed.stdout


def test_every_place_that_states_the_version_states_the_same():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert lrtheory.__version__ == PROJECT["version"] == citation["version"]


def test_code_and_text_have_their_licenses():
    assert "Redistribution and use in source and binary forms" in (ROOT / "LICENSE").read_text(
        encoding="utf-8"
    )
    text = (ROOT / "LICENSE-text").read_text(encoding="utf-8")
    assert all(f"Section {number} -- " in text for number in range(1, 9))


def texts():
    """Files of the repository that hold text: those in git and those that are about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git repository here")
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content[:8000]:
            yield name, content.decode("utf-8", errors="replace")


def test_no_file_names_a_place_on_the_machine_where_it_was_made():
    found = {name: ELSEWHERE.search(text)[0] for name, text in texts() if ELSEWHERE.search(text)}
    assert found == {}


@pytest.mark.parametrize("text", ["home/ada/x", "root/.cache", "work/shared", "Users/ada"])
def test_a_place_on_a_machine_is_found(text):
    assert ELSEWHERE.search(f"see /{text}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ci", "status", "word"), [("1", 1, "errors"), ("true", 1, "errors"), ("", 0, "skipped")]
)
def test_a_missing_browser_is_named_in_one_line_and_is_an_error_in_ci(ci, status, word, tmp_path):
    (tmp_path / "test_one.py").write_text("def test_a(browser): pass\n\ndef test_b(browser): pass\n")
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    environment = {**os.environ, "PATH": str(Path(sys.executable).parent), "CI": ci, "CHROMIUM": ""}
    settings = ["-q", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *settings, str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout
    assert f"2 {word}" in done.stdout
    lines = [line for line in done.stdout.splitlines() if "no Chromium" in line]
    assert lines
    assert status or lines == [
        "skipped 2 tests of test_one.py: no Chromium: put it on the PATH, or set CHROMIUM to it"
    ]


def test_the_gate_is_a_script_that_ends_with_the_tests():
    gate = ROOT / ".ci" / "run"
    assert os.access(gate, os.X_OK)
    assert subprocess.run(["bash", "-n", gate], check=False).returncode == 0
    lines = [
        line for line in gate.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    assert lines[0] == "set -euo pipefail"
    assert lines[-1] == "make test"


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
def test_make_tests_everything_and_reads_the_book_after_building_it():
    plan = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert plan.returncode == 0, plan.stderr
    steps = [
        "ruff check",
        "bin/mypy",
        "-m 'not slow",
        "-m 'slow",
        "jupyter-book build",
        "-m 'book or browser'",
    ]
    places = [plan.stdout.index(step) for step in steps]
    assert places == sorted(places)
