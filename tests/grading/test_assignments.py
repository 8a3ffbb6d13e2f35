"""Assignments: right answers of every style pass, wrong ones and constants do not."""

import contextlib
import inspect
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lrtheory.grading import Wrong, load
from lrtheory.grading.notebook import local, run

HERE = Path(__file__).parent / "assignments"
BOOK = Path(__file__).parents[2] / "book/assignments"
NAMES = sorted(folder.name for folder in HERE.iterdir() if (folder / "plain.py").exists())
STYLES = ("plain", "arrays", "other")
SEEDS = (0, 1, 2)
FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.MULTILINE | re.DOTALL)
QUESTION = re.compile(r"^# BEGIN QUESTION\nname: (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def mutants(name):
    sys.path.insert(0, str(HERE))
    try:
        spec = spec_from_file_location(f"mutants_of_{name}", HERE / name / "mutants.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(HERE))
    return module.MUTANTS


def source(name, style):
    return (HERE / name / f"{style}.py").read_text()


def answers(text):
    found = {}
    exec(compile(text, "answer", "exec"), found)
    return found


def refusals(name, found, seed, among=None):
    """The checks that an answer fails, with what they say."""
    said = {}
    for check in load(name).checks:
        if among is not None and check.name not in among:
            continue
        try:
            run(check, local(found), seed)
        except Wrong as wrong:
            said[check.name] = str(wrong)
    return said


def cells(name, tests):
    """The code cells of a master that are tests, or all others, plots included."""
    found = CELL.findall((BOOK / f"{name}.md").read_text())
    return "\n".join(cell for cell in found if ("TEST CONFIG" in cell) == tests)


CASES = [(name, mutant) for name in NAMES for mutant in mutants(name)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_of_any_style_passes_every_check(name, style, seed):
    assert refusals(name, answers(source(name, style)), seed) == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_master_solves_itself(name):
    found = answers(cells(name, tests=False))
    plt.close("all")
    assert refusals(name, found, 7) == {}
    asked = {key: test for key, test in answers(cells(name, tests=True)).items() if key.startswith("test_")}
    assert set(asked) == {f"test_{check.question}" for check in load(name).checks}
    for test in asked.values():
        test(*[found[each] for each in inspect.signature(test).parameters])


@pytest.mark.parametrize(("name", "mutant"), CASES)
def test_a_wrong_answer_fails_the_checks_that_it_should(name, mutant):
    change = mutants(name)[mutant]
    text = source(name, change.of)
    assert text.count(change.old) == 1, f"{change.old!r} stands there {text.count(change.old)} times"
    wrong = answers(text.replace(change.old, change.new))
    assert set(refusals(name, wrong, 0, among=change.fails)) == set(change.fails)


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_a_mutant_and_there_are_eight(name):
    found = mutants(name)
    assert len(found) >= 8
    assert {check.name for check in load(name).checks} <= {
        fail for each in found.values() for fail in each.fails
    }


CONSTANTS = (
    0, 1, -1, 0.5, True, False, None, "", [], {}, float("nan"), [0], [0.0, 0.0], [True] * 6, [False] * 6,
    [True, False] * 3, [True] * 3 + [False] * 3, np.zeros(1), np.zeros(3), np.zeros(8), np.zeros(64),
    np.zeros((13, 5)), np.zeros((2, 3)), [[0.0, 0.5, 1.0]], "chaos", 10**400, [[[]]], {"value": 0},
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_constant_passes_a_check(name):
    asked = FUNCTION.findall(source(name, "plain"))
    for check in load(name).checks:
        for constant in CONSTANTS:
            with pytest.raises(Wrong):
                run(check, local(dict.fromkeys(asked, lambda *_, constant=constant: constant)), 3)


# A schedule that learns both patterns is right for every data set drawn, as long as the budget is the same.
DESIGNS = ("learns-both", "learns-both-on-other-data")


@pytest.mark.parametrize("name", NAMES)
def test_what_was_right_for_other_inputs_passes_no_check(name):
    right = local(answers(source(name, "arrays")))
    for check in load(name).checks:
        if check.name in DESIGNS:
            continue
        kept = {}

        def keep(function, *args, kept=kept):
            return kept.setdefault(function, right(function, *args))

        with contextlib.suppress(Wrong):
            run(check, keep, 4)
        with pytest.raises(Wrong):
            run(check, lambda function, *_, kept=kept: kept[function], 3)


@pytest.mark.parametrize("name", NAMES)
def test_checks_name_the_questions_of_the_master(name):
    questions = dict(QUESTION.findall((BOOK / f"{name}.md").read_text()))
    checks = load(name).checks
    auto = {question for question, rest in questions.items() if "manual: true" not in rest}
    assert {check.question for check in checks} == auto
    assert len({check.name for check in checks}) == len(checks)
    assert all(any(c.public for c in checks if c.question == question) for question in auto)
    for question in auto:
        (points,) = re.findall(r"^points: (\d+)$", questions[question], re.MULTILINE)
        assert int(points) == sum(check.points for check in checks if check.question == question)
        assert f'public("{name}", "{question}", ' in (BOOK / f"{name}.md").read_text()
    points = [int(n) for rest in questions.values() for n in re.findall(r"points: (\d+)", rest)]
    assert 20 <= sum(points) <= 30
