"""What Binder makes of the repository, without Docker: the Python, the versions, the package."""

import contextlib
import re
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MEMORY, FIRST_FIGURE = 1.5e9, 60  # bytes of the 2 GB that Binder grants, seconds
LINES = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()


def test_binder_installs_what_the_package_and_its_notebooks_need_at_the_pinned_versions():
    wanted = [line for line in LINES if line and not line.startswith(("#", "-"))]
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lab"]]
    assert sorted(wanted) == sorted({Requirement(line).name for line in declared})
    options = [line.split() for line in LINES if line.startswith("-")]
    assert ["--constraint", "../constraints.txt"] in options
    assert ["--extra-index-url", "https://download.pytorch.org/whl/cpu"] in options


@pytest.mark.slow
def test_the_recipe_that_repo2docker_makes_has_the_python_the_requirements_and_the_package():
    command = [Path(sys.executable).with_name("jupyter-repo2docker"), "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "conda environment for python=3.11" in said
    # The constraints lie outside binder/, so the whole checkout must be there before anything is installed.
    steps = [
        r"COPY \S+ src/ \$\{REPO_DIR\}/",
        r'pip install .*-r "binder/requirements\.txt"',
        r"RUN \./binder/postBuild",
    ]
    found = [re.search(step, said) for step in steps]
    assert all(found), said
    assert sorted(found, key=lambda step: step.start()) == found


def rss(process):
    """Bytes that a process and its children hold in memory."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has ended
            total += each.memory_info().rss
    return total


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "lazy_rnn/nothing_moves"])
def test_a_launched_notebook_runs_to_its_end_in_little_memory_and_soon_shows_a_figure(name):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    client = NotebookClient(nbformat.read(path, as_version=4), timeout=300)
    client.resources = {"metadata": {"path": str(path.parent)}}
    started, peak, shown, ended = time.monotonic(), [0], [], threading.Event()

    def watch():
        while not ended.wait(0.1):
            peak[0] = max(peak[0], sum(map(rss, psutil.Process().children())))

    def note(cell, cell_index, execute_reply):
        kinds = {kind for output in cell.outputs for kind in output.get("data", ())}
        if kinds & {"image/png", "application/vnd.jupyter.widget-view+json"}:
            shown.append(time.monotonic() - started)

    client.on_cell_executed = note
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        client.execute()
    finally:
        ended.set()
        watcher.join()
    assert shown and shown[0] < FIRST_FIGURE
    assert 1e8 < peak[0] < MEMORY
