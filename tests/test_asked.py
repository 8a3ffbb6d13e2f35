"""The page of questions: each point of the four replies is there, with the verdicts of the ledger."""

import re
from pathlib import Path

import pytest

from lrtheory.claims import load_claims
from lrtheory.claims.verdict import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS

PAGE = Path(__file__).resolve().parents[1] / "book" / "asked.md"
SIGNS = {HOLDS: "✓", HOLDS_WITHIN_LIMITS: "≈", DOES_NOT_REPRODUCE: "✗"}
POINTS = {"C": ("chaos", 8), "O": ("learning_order", 12), "L": ("lazy_rnn", 12), "D": ("diagrams", 15)}
POINT = re.compile(r"^\*\*([COLD])(\d+)\. (.+?)\*\*(.+?)(?=^\*\*|^## |\Z)", re.MULTILINE | re.DOTALL)
CLAIM = re.compile(r"([✓≈✗])\u00a0`([a-z_]+\.[\w-]+)`")


def points():
    return POINT.findall(PAGE.read_text(encoding="utf-8"))


def test_every_point_is_there_once_in_order():
    wanted = [(letter, str(k)) for letter, (_, count) in POINTS.items() for k in range(1, count + 1)]
    assert [(letter, number) for letter, number, *_ in points()] == wanted
    assert len(wanted) == 47


@pytest.mark.parametrize("point", points(), ids=lambda point: point[0] + point[1])
def test_a_point_asks_answers_and_shows_the_verdicts_that_the_ledger_states(point):
    letter, _, question, rest = point
    answer, _, links = rest.partition("→")
    states = {claim.id: claim.states for claim in load_claims()}
    shown = CLAIM.findall(answer)
    assert question.rstrip().endswith("?")
    assert shown or "(nothing to check)" in answer
    assert {name: SIGNS[states[name]] for _, name in shown} == {name: sign for sign, name in shown}
    assert all(name.startswith(POINTS[letter][0] + ".") for _, name in shown)
    linked = re.findall(r"\]\((\w+/\w+)\.md\)", links)
    assert linked
    assert all(target.startswith(POINTS[letter][0] + "/") for target in linked)
    assert len(CLAIM.sub("", answer).split()) > 8
