"""What `pip install lrtheory` brings: the wheel and the source archive, tried away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from address import address
from structure.pages import FILES

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "book" / "cache"
RECORDS = sorted(path.name for path in CACHE.glob("*.npz"))
KEPT = sorted([*RECORDS, *(path.name for path in CACHE.glob("*.json"))])  # the benchmarks, once kept
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Wheel and source archive, built from a copy in which an old build left a module since removed."""
    folder = tmp_path_factory.mktemp("built")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "copy" / name).write_bytes((ROOT / name).read_bytes())
    stale = folder / "copy" / "build" / "lib" / "lrtheory" / "removed.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("raise SystemExit")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    for each in ([], ["--wheel"]):  # the second over what the first left
        done = subprocess.run(
            [*build, *each, str(folder / "copy")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_holds_the_package_its_data_the_records_and_nothing_else(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        modules = {name for name in names if name.endswith(".py")}
        about = next(wheel.read(name).decode() for name in names if name.endswith("METADATA"))
    assert modules == {str(path.relative_to(ROOT)) for path in (ROOT / "lrtheory").rglob("*.py")}
    kept = sorted(Path(name).name for name in names if name.startswith("lrtheory/results/kept/"))
    assert kept == KEPT and RECORDS
    assert {"lrtheory/explorer/player.js", "lrtheory/py.typed"} <= set(names)
    assert all(name.startswith(("lrtheory/", "lrtheory-")) for name in names)
    for line in (
        "License-File: LICENSE",
        "Requires-Python: <3.15,>=3.11",
        f"Project-URL: Homepage, {address().repository}",
        "# lrtheory",
    ):
        assert line in about, line


def test_the_source_archive_holds_what_the_book_and_the_tests_need(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {f"{page}.md" for page in FILES} | {"Makefile", "constraints.txt", "_config.yml", "_toc.yml"}
    needed |= {"binder/postBuild", "notebooks/index.ipynb", ".github/workflows/gate.yml"}
    needed |= {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py")}
    assert needed <= names
    assert not [name for name in names if "removed" in name or name.startswith((".venv", "_build"))]


@pytest.fixture(scope="module")
def fresh(built):
    """A new environment with the wheel; what it needs is taken from the one that the tests run in."""
    made = built / "fresh"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    site = made / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    (site / "theirs.pth").write_text(sysconfig.get_path("purelib"))
    (built / "empty").mkdir()
    return made / "bin" / "python"


def run(fresh, *words):
    """What Python prints in an empty folder, with nothing set that could lead to the checkout."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "LRTHEORY"))}
    empty = fresh.parents[2] / "empty"
    done = subprocess.run([fresh, *words], cwd=empty, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_installed_package_finds_and_trusts_the_stored_runs_in_an_empty_folder(fresh):
    where = run(fresh, "-c", "import lrtheory; print(lrtheory.__file__)")
    assert str(fresh.parents[1]) in where
    checked = run(fresh, "-m", "lrtheory", "check", "--quick")
    assert f"{len(RECORDS)} stored runs in " in checked and "results/kept, 0 not fit" in checked
    assert not list((fresh.parents[2] / "empty").iterdir())


@pytest.mark.parametrize("page", ["book/chaos/coin_toss", "book/diagrams/noise"])
def test_a_page_taken_as_a_notebook_runs_in_an_empty_folder(fresh, page):
    import jupytext

    cells = jupytext.read(ROOT / f"{page}.md").cells
    source = "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")
    script = "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell()\n"
    script += f"shell.run_cell({source!r}).raise_error()\nprint('to the end')\n"
    assert "to the end" in run(fresh, "-c", script)


def test_the_command_is_declared(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        points = next(
            wheel.read(name).decode() for name in wheel.namelist() if name.endswith("entry_points.txt")
        )
    assert points.split() == ["[console_scripts]", "lrtheory", "=", "lrtheory.__main__:main"]
