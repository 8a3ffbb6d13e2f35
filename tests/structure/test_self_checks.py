"""The questions of the chapters: whole, each on one page, numbers computed, answers out of sight."""

import json
import math
import re
from base64 import b64decode
from itertools import pairwise

import pytest
from self_checks import hidden, questions
from structure.forms import NAMED, QUESTIONS
from structure.pages import CHAPTERS, FILES, text_of


def test_each_question_stands_on_one_page_and_no_page_names_another():
    named = [name for page in FILES for name in NAMED.findall(text_of(page))]
    assert sorted(named) == sorted(QUESTIONS)


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_asks_its_readers_at_least_twice(page):
    assert len(NAMED.findall(text_of(page))) >= 2


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_has_a_right_answer_and_a_reason_for_each_wrong_one(question):
    assert question.text.endswith("?") and question.why.endswith((".", "!"))
    wrong = {place: reason for place, reason in question.said.items() if place != str(question.right)}
    assert all(len(reason) > 15 and reason.endswith((".", "?", "!")) for reason in wrong.values())
    if question.options:
        assert len(set(question.options)) == len(question.options) >= 3
        return
    assert wrong and question.within > 0
    assert all(abs(float(slip) - question.right) > 2 * question.within for slip in wrong)
    # How near to a slip a number has its reason is as in book.js.
    reach = sorted((float(slip), min(question.within, abs(float(slip)) / 10)) for slip in wrong)
    assert all(one + near < two - nearby for (one, near), (two, nearby) in pairwise(reach))


@pytest.mark.parametrize(
    "question", [each for each in QUESTIONS.values() if not each.options], ids=lambda each: each.name
)
def test_a_number_that_is_asked_for_is_what_its_proof_gives(question):
    import numpy as np

    import lrtheory

    names = {"math": math, "np": np, "lrtheory": lrtheory, **{k: getattr(math, k) for k in ("pi", "sqrt")}}
    assert eval(question.proof, names) == pytest.approx(question.right, abs=question.within / 2)


def test_what_is_hidden_is_not_read_by_accident_and_is_turned_back_by_its_name():
    for question in QUESTIONS.values():
        turned = b64decode(hidden(question))
        assert question.why.encode() not in turned
        key = question.name.encode()
        data = json.loads(bytes(byte ^ key[n % len(key)] for n, byte in enumerate(turned)))
        assert data["why"] == question.why and data["right"] == question.right


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nquestion='x?'\nright='r'\nwhy='w'", "a has .*a question has .*'wrong'"),
        ("[a]\nquestion='x?'\nnumber=1\nwithin=1\nwhy='w'\nwrong={}", "a has .*'proof'"),
        ("[a]\nquestion='x?'\nright='r'\nnumber=1\nwhy='w'\nwrong={}", "a has .*'number'"),
    ],
)
def test_a_question_that_lacks_a_part_is_refused(tmp_path, text, said):
    (tmp_path / "book" / "checks").mkdir(parents=True)
    (tmp_path / "book" / "checks" / "one.toml").write_text(text)
    with pytest.raises(ValueError, match=said):
        questions(tmp_path)


def test_two_questions_of_one_name_are_refused(tmp_path):
    (tmp_path / "book" / "checks").mkdir(parents=True)
    for name in ("one", "two"):
        (tmp_path / "book" / "checks" / f"{name}.toml").write_text(
            "[a]\nquestion='x?'\nright='r'\nwhy='w'\nwrong={b='c'}"
        )
    with pytest.raises(ValueError, match="'a' stands in another file too; rename it"):
        questions(tmp_path)


GOALS = re.compile(r"^```\{admonition\} After this page you can\n:class: goals\n\n(.*?)\n```$", re.M | re.S)


@pytest.mark.parametrize("page", [*CHAPTERS, "book/descent"])
def test_a_chapter_says_before_its_first_section_what_its_reader_will_be_able_to_do(page):
    text = text_of(page)
    (goals,) = GOALS.findall(text)
    assert text.index("After this page you can") < text.index("\n## ")
    items = re.findall(r"^- (.+(?:\n  .+)*)", goals, re.MULTILINE)
    assert 2 <= len(items) <= 4
    assert all(item[0].islower() and item.endswith((",", ";", ".")) for item in items)
