"""Exercises of the chapters: enough of them, with difficulty marks, hints, and solutions that are checked."""

import re

import pytest
from structure.pages import CHAPTERS, text_of

PAGES = [*CHAPTERS, "book/descent", "book/own_loss"]
EXERCISE = re.compile(r"^```\{exercise\}[^\n]*\n:label: ([\w-]+)\n\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(
    r"^```\{solution-start\} ([\w-]+)\n:class: dropdown\n```\n\n(.*?)^```\{solution-end\}\n```$",
    re.MULTILINE | re.DOTALL,
)
HINT = re.compile(r"^:::\{hint\}\n:class: dropdown\n\n(.+?)\n:::$", re.MULTILINE | re.DOTALL)


def faults(text):
    """What is missing in the exercises of a page."""
    exercises, solutions = EXERCISE.findall(text), dict(SOLUTION.findall(text))
    found = []
    if len(exercises) < 6:
        found.append(f"{len(exercises)} exercises")
    if len(exercises) != len(re.findall(r"^```\{exercise\}", text, re.MULTILINE)):
        found.append("an exercise that is not understood")
    marks = [re.match(r"★{1,3}(?= )", body) for _, body in exercises]
    if {len(mark[0]) for mark in marks if mark} != {1, 2, 3}:
        found.append("not all three difficulty marks")
    for (label, body), mark in zip(exercises, marks, strict=True):
        found += [] if mark else [f"{label} without a mark"]
        found += [] if HINT.search(body) else [f"{label} without a hint"]
        if "{code-cell}" not in solutions.get(label, "") or "assert " not in solutions.get(label, ""):
            found.append(f"{label} without a checked solution")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_has_six_exercises_with_marks_hints_and_checked_solutions(page):
    assert faults(text_of(page)) == []


def test_what_is_missing_is_found():
    one = (
        "```{exercise}\n:label: a-b\n\n★★ Why?\n\n:::{hint}\n:class: dropdown\n\nLook.\n:::\n```\n\n"
        "```{solution-start} a-b\n:class: dropdown\n```\n\nSo.\n\n```{code-cell} ipython3\nassert 1\n```\n\n"
        "```{solution-end}\n```\n"
    )
    six = "\n".join(one.replace("a-b", f"a-{k}").replace("★★", "★" * (1 + k % 3)) for k in range(6))
    assert faults(six) == []
    assert faults(one) == ["1 exercises", "not all three difficulty marks"]
    assert faults(six.replace("★★ ", "", 1)) == ["a-1 without a mark"]
    assert faults(six.replace("{hint}", "{note}", 1)) == ["a-0 without a hint"]
    assert faults(six.replace("assert", "print", 1)) == ["a-0 without a checked solution"]


def test_labels_are_used_once_in_the_book():
    labels = [label for page in PAGES for label, _ in EXERCISE.findall(text_of(page))]
    assert len(set(labels)) == len(labels)
