"""What is handed out: no solution in it, no path of a machine; what comes back solved is marked in full."""

import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

from lrtheory.__main__ import main
from lrtheory.grading import NAMES, hand_out, load, mark

MASTERS = Path(__file__).parents[2] / "book" / "assignments"
SOLUTION = re.compile(r"# BEGIN SOLUTION\n(?!```)(.*?)# END SOLUTION", re.DOTALL)  # inside a cell
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """The folder of each assignment, made when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("handed_out"), {}

    def get(name):
        if name not in made:
            made[name] = hand_out(MASTERS / f"{name}.md", folder)
        return made[name]

    return get


@pytest.mark.parametrize("name", NAMES)
def test_the_student_gets_the_questions_without_solutions(name, handed_out):
    folder = handed_out(name)
    (student,) = (folder / "student").glob("*.ipynb")
    text = "\n".join("".join(cell["source"]) for cell in json.loads(student.read_text())["cells"])
    inside = "".join(SOLUTION.findall((MASTERS / f"{name}.md").read_text()))
    lines = {line.strip() for line in inside.splitlines() if len(line.strip()) > 20}
    assert len(lines) > 20
    assert not [line for line in lines if line in text]
    assert "SOLUTION" not in text and "TEST CONFIG" not in text
    public = {check.question for check in load(name).checks}
    assert {path.stem for path in (folder / "student" / "tests").glob("*.py")} == public
    assert all(f'grader.check("{question}")' in text for question in public)


@pytest.mark.parametrize("name", NAMES)
def test_the_archive_names_no_place_and_holds_no_solution(name, handed_out):
    (archive,) = (handed_out(name) / "autograder").glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        texts = {each: packed.read(each).decode(errors="replace") for each in names}
    assert not [each for each in names if each.startswith("/") or ".." in each or each.endswith(".ipynb")]
    places = str(MASTERS), sys.prefix, str(handed_out(name))
    assert not [each for each, text in texts.items() for place in places if place in text]


@pytest.mark.usefixtures("confined")
def test_a_solved_notebook_gets_all_points_of_the_judge_and_an_unanswered_one_none(handed_out):
    folder, chaos = handed_out("chaos"), load("chaos")
    solved = mark((folder / "autograder" / "chaos.ipynb").read_bytes(), chaos, seed=11)
    assert (solved.total, solved.notes) == (chaos.points, [])
    blank = mark((folder / "student" / "chaos.ipynb").read_bytes(), chaos, seed=11)
    assert blank.total == 0 and blank.notes


def test_the_same_master_gives_the_same_notebook(tmp_path, handed_out, capsys):
    assert main(["handout", str(MASTERS / "diagrams.md"), str(tmp_path)]) == 0
    assert "keep it" in capsys.readouterr().out
    made = tmp_path / "diagrams", handed_out("diagrams")
    again, first = ((folder / "student" / "diagrams.ipynb").read_bytes() for folder in made)
    assert again == first


def test_what_is_no_master_is_refused(tmp_path, capsys):
    assert main(["handout", str(tmp_path / "none.md"), str(tmp_path)]) == 2
    assert "is no master" in capsys.readouterr().err
    (tmp_path / "page.md").write_text("# A page\n")
    assert main(["handout", str(tmp_path / "page.md"), str(tmp_path)]) == 2
    assert "otter assign refuses" in capsys.readouterr().err
