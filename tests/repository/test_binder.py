"""What Binder makes of the repository, without Docker: the Python, the versions, the package."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
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
