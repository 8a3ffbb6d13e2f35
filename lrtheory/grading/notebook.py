"""The public checks, run in a student's own notebook."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lrtheory.grading.assignment import load
from lrtheory.grading.assignments.checks import Ask, Check, Wrong
from lrtheory.grading.plain import plain

SEED = 2026


def public(assignment: str, question: str, answers: Mapping[str, object]) -> None:
    """Run the public checks of one question on functions of this process.

    The judge runs the same checks, with other inputs, and more of them.

    Example:
        >>> public("chaos", "q1", answers={})
        Traceback (most recent call last):
            ...
        AssertionError: step-follows-the-slope: there is no function step

    Args:
        assignment: its name, "chaos".
        question: "q1", ...
        answers: functions by name, for instance ``globals()``.

    Raises:
        AssertionError: what the first check that fails expected and what came.
        ValueError: the assignment has no such question.
    """
    asked = [check for check in load(assignment).checks if check.question == question]
    if not asked:
        raise ValueError(f"{assignment} has no question {question!r}")
    for check in asked:
        if check.public:
            try:
                run(check, local(answers), SEED)
            except Wrong as wrong:
                raise AssertionError(f"{check.name}: {wrong}") from None


def run(check: Check, ask: Ask, seed: int) -> None:
    """Run one check with inputs drawn from a seed and the check's name; raises Wrong."""
    check.test(ask, np.random.default_rng([seed, *check.name.encode()]))


def local(answers: Mapping[str, object]) -> Ask:
    """Functions of this process, asked as the judge asks: arguments and values pass as plain data."""

    def ask(name: str, *args: object) -> object:
        function = answers.get(name)
        if not callable(function):
            raise Wrong(f"there is no function {name}")
        try:
            value = function(*[plain(each) for each in args])
        except Exception as error:
            raise Wrong(f"{name} raised {type(error).__name__}: {error}") from None
        try:
            return plain(value)
        except TypeError as error:
            raise Wrong(f"{name} returned {error}; return numbers, strings, lists or arrays") from None

    return ask
