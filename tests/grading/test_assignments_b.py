"""Reference answers pass every check, typical mistakes do not, and no constant passes one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrtheory.grading.assignment import load
from lrtheory.grading.checks import Check, Wrong
from lrtheory.grading.public import local, run

HERE = Path(__file__).parent / "assignments"
BOOK = Path(__file__).parents[2] / "book/assignments"
NAMES = [name for name in ("learning_order", "lazy_rnn") if (HERE / name).exists()]
STYLES = ("plain", "arrays", "other")


def mutants(name: str) -> dict[str, Any]:
    text = (HERE / name / "mutants.py").read_text()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        return executed(text)["MUTANTS"]


def executed(text: str) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    exec(compile(text, "answer", "exec"), answers)
    return answers


CASES = [(name, key) for name in NAMES for key in mutants(name)]


def source(name: str, style: str) -> str:
    return (HERE / name / f"{style}.py").read_text()


def refused(check: Check, answers: dict[str, Any], seed: int) -> str:
    try:
        run(check, local(answers), seed)
    except Wrong as wrong:
        return str(wrong)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("style", [*STYLES, "master"])
@pytest.mark.parametrize("name", NAMES)
def test_every_style_passes_every_check(name: str, style: str, seed: int) -> None:
    answers = executed(solved(name) if style == "master" else source(name, style))
    assert not {c.name: said for c in load(name).checks if (said := refused(c, answers, seed))}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "key"), CASES)
def test_a_mistake_is_found_by_its_checks(name: str, key: str) -> None:
    mutant = mutants(name)[key]
    text = source(name, mutant.of)
    assert text.count(mutant.old) == 1
    answers = executed(text.replace(mutant.old, mutant.new))
    checks = {check.name: check for check in load(name).checks}
    assert mutant.fails and all(refused(checks[each], answers, 4) for each in mutant.fails)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_constant_passes_a_check(name: str) -> None:
    reference = executed(source(name, "arrays"))
    for check in load(name).checks:
        for constant in (0, 1, 0.5, True, [], None, {}, "0", float("nan")):
            answers = {each: (lambda *_, c=constant: c) for each in reference}
            assert refused(check, answers, 5), (check.name, constant)
        assert refused(check, {each: zeros(call) for each, call in reference.items()}, 5), check.name


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_a_public_check(name: str) -> None:
    checks = load(name).checks
    assert {c.question for c in checks} == {c.question for c in checks if c.public}
    assert len({c.name for c in checks}) == len(checks)


def test_the_handout_shows_the_training_run_of_the_judge() -> None:
    folder = Path(__file__).parents[2] / "lrtheory/grading/assignments/learning_order"
    _, shown = (folder / "training.py").read_text().split("def train")
    assert f"def train{shown.rstrip()}" in (BOOK / "learning_order.md").read_text()


def solved(name: str) -> str:
    """The cells that are given and those of the solutions, as one program."""
    text = (BOOK / f"{name}.md").read_text()
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", text, flags=re.M | re.S)
    taken = [cell for cell in cells if "# BEGIN SOLUTION" in cell or cell.startswith(":tags: [given]")]
    return "\n".join(re.sub(r"^:tags:.*\n", "", cell) for cell in taken)


def zeros(call: Any) -> Any:
    """Zeros of the shape of the right answer."""

    def answer(*args: Any) -> Any:
        return _mapped(call(*args), lambda each: np.zeros_like(np.asarray(each, dtype=float)))

    return answer if callable(call) else call


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(each, change) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_mapped(each, change) for each in value]
    return change(value)
