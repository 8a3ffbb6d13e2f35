"""Answers the questions of a page by keyboard, in a browser, and hears what is said."""

import re

from self_checks import questions
from structure.pages import ROOT

QUESTIONS = questions(ROOT)
NAMED = re.compile(r"^```\{self-check\} (\S+)\n```$", re.MULTILINE)  # on a page, the name of a question


def check_questions(page):
    """Every question of a page tells right from wrong, and says why; returns their names."""
    forms = page.locator("form.self-check").all()
    for form in forms:
        question = QUESTIONS[form.get_attribute("data-check")]
        assert said(form, None).startswith(("Choose one first", "Write a number")), question.name
        if question.options:
            answers = {place: place == question.right for place in range(len(question.options))}
        else:
            slips = {slip: False for slip in question.said}
            answers = {**slips, str(question.right): True, f"{question.right} or so": None}
        for answer, right in answers.items():
            words = said(form, answer)
            start = {True: "Right. ", False: "Not so. ", None: "Write a number"}[right]
            assert words.startswith(start) and len(words) > 20, (question.name, answer, words)
    return [form.get_attribute("data-check") for form in forms]


def said(form, answer):
    """What a form says to an answer: the place of an option, a text for its field, or nothing."""
    if isinstance(answer, int):
        choice = form.locator("input[type=radio]").nth(answer)
        choice.focus()
        choice.press("Space")
    elif answer is not None:
        form.locator("input[type=text]").fill(answer)
    button = form.locator("button")
    button.focus()
    button.press("Enter")
    return form.locator("[role=status]").inner_text()
