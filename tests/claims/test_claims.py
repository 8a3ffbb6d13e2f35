"""Verdicts, reports and the ledger; the claims themselves are in test_claims_<theory>.py."""

import json
import math
from dataclasses import FrozenInstanceError
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from lrtheory.claims import (
    DOES_NOT_REPRODUCE,
    HOLDS,
    HOLDS_WITHIN_LIMITS,
    Claim,
    Verdict,
    load_claims,
    run_claims,
    unique,
)
from lrtheory.claims.exact import exact_zero
from lrtheory.claims.ledger import ledger_html, ledger_json, ledger_text
from lrtheory.source.catalog import claim_ids

VOID = ("br",)


def claim(check=lambda scale: Verdict(HOLDS, 1.0), **changes):
    fields = {
        "id": "chaos.one", "theory": "chaos", "kind": "theorem",
        "statement": "A <b>bold</b> & true statement.", "source": "kong2020, Theorem 1",
        "how": "By counting.", "states": HOLDS, "check": check,
        "page": "chaos/coin_toss",
    }
    return Claim(**{**fields, **changes})


def fails(scale):
    raise FloatingPointError("diverged at lr = 3")


@pytest.mark.parametrize(
    ("measured", "status"),
    [(0.5, HOLDS), (1, HOLDS), (2, HOLDS), (2.0001, DOES_NOT_REPRODUCE), (0.49, DOES_NOT_REPRODUCE)],
)
def test_a_claim_holds_inside_its_interval_ends_included(measured, status):
    assert Verdict.inside(measured, (0.5, 2)).status == status


@pytest.mark.parametrize("measured", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("interval", [(-math.inf, 2), (-3, math.inf), (0, 1)])
def test_nan_and_infinity_never_hold(measured, interval):
    assert Verdict.inside(measured, interval).status == DOES_NOT_REPRODUCE
    assert Verdict.inside(measured, interval, limits="none").status == DOES_NOT_REPRODUCE
    for status in (HOLDS, HOLDS_WITHIN_LIMITS):
        with pytest.raises(ValueError, match=f"measured must be finite where a claim {status}"):
            Verdict(status, measured, note="n")


def test_stated_limits_change_the_verdict_and_are_kept():
    verdict = Verdict.inside(1.0, (0, 2), limits="lr below 0.1", note="512 starts")
    assert verdict.status == HOLDS_WITHIN_LIMITS and verdict.note == "limits: lr below 0.1; 512 starts"
    assert Verdict.inside(3.0, (0, 2), limits="lr below 0.1").status == DOES_NOT_REPRODUCE
    with pytest.raises(ValueError, match="within stated limits must state them; pass limits= or note="):
        Verdict(HOLDS_WITHIN_LIMITS, 1.0)


def test_near_allows_standard_errors_and_a_tolerance():
    assert Verdict.near(1.4, 1.0, stderr=0.1).status == HOLDS
    assert Verdict.near(1.41, 1.0, stderr=0.1).status == DOES_NOT_REPRODUCE
    assert Verdict.near(1.41, 1.0, stderr=0.1, tolerance=0.02).status == HOLDS
    assert Verdict.near(1.21, 1.0, stderr=0.1, sigmas=2).status == DOES_NOT_REPRODUCE
    assert Verdict.near(1.0, 1.0, stderr=0.1).interval == (0.6, 1.4)


def test_exact_numbers_are_equal_or_not():
    assert exact_zero(Fraction(0), note="n") == Verdict(HOLDS, 0.0, None, 0.0, (0.0, 0.0), "n")
    assert exact_zero(Fraction(1, 10**300)).status == exact_zero(Fraction(-1, 3)).status == DOES_NOT_REPRODUCE


def test_bounds_are_intervals_with_one_open_side():
    assert Verdict.at_most(1.0, 1.0).status == Verdict.at_least(1.0, 1.0).status == HOLDS
    assert Verdict.at_most(1.1, 1.0).status == Verdict.at_least(0.9, 1.0).status == DOES_NOT_REPRODUCE


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Verdict("maybe", 1.0), "status must be one of holds, .*, got 'maybe'"),
        (lambda: Verdict(HOLDS, 1.0, stderr=math.nan), "stderr must be finite and not negative, got nan"),
        (lambda: Verdict(HOLDS, 1.0, stderr=-1.0), "stderr must be finite and not negative, got -1"),
        (lambda: Verdict.inside(1.0, (2, 1)), r"interval must be .* with low <= high, got \(2.0, 1.0\)"),
        (lambda: Verdict.near(1.0, math.nan, stderr=1.0), "interval must be"),
        (lambda: Verdict.inside(1.0, (-math.inf, math.inf)), "one end must be finite, got .-inf, inf"),
        (lambda: Verdict.inside(1.0, (math.inf, math.inf)), "one end must be finite, got .inf, inf"),
        (lambda: Verdict.near(1.0, 1.0, stderr=0.0, tolerance=math.inf), "one end must be finite"),
        (lambda: Verdict(HOLDS, 5.0, interval=(0, 1)), "a measured 5.0 outside .* cannot mean .* holds; use"),
        (lambda: Verdict(HOLDS_WITHIN_LIMITS, -1.0, interval=(0, 1), note="n"), "a measured -1.0 outside"),
        (lambda: Verdict(DOES_NOT_REPRODUCE, 0.5, interval=(0, 1)), "a measured 0.5 inside .* does not repr"),
        (lambda: claim(kind="rumor"), "kind must be one of theorem, .*, got 'rumor'"),
        (lambda: claim(states="true"), "states must be one of holds, .*, got 'true'"),
        (lambda: claim(id="lazy_rnn.one"), "id must be 'chaos', a dot and a name .*, got 'lazy_rnn.one'"),
        (lambda: claim(id="chaos.one two"), "id must be 'chaos', a dot and a name without spaces"),
        (lambda: unique([claim(), claim()]), "each claim needs an id of its own, got twice: chaos.one"),
        (lambda: run_claims([], "huge"), "scale must be one of smoke, laptop, long, got 'huge'"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_claims_and_verdicts_are_frozen():
    with pytest.raises(FrozenInstanceError):
        claim().statement = "another"
    with pytest.raises(FrozenInstanceError):
        Verdict(HOLDS, 1.0).status = DOES_NOT_REPRODUCE


def test_a_check_that_raises_is_a_failed_report_and_the_others_go_on():
    reports = run_claims([claim(fails, states=DOES_NOT_REPRODUCE), claim(id="chaos.two")])
    assert reports[0].verdict is None and reports[0].error == "FloatingPointError: diverged at lr = 3"
    assert reports[0].failed and not reports[1].failed


def test_a_check_that_returns_no_verdict_is_a_failed_report():
    (report,) = run_claims([claim(lambda scale: True)])
    assert report.failed and report.error == "TypeError: check of chaos.one must return a Verdict, got True"


def test_a_keyboard_interrupt_is_not_a_verdict():
    def stopped(scale):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_claims([claim(stopped)])


@pytest.mark.parametrize(
    ("states", "status", "failed"),
    [
        (HOLDS, HOLDS, False),
        (HOLDS, HOLDS_WITHIN_LIMITS, True),
        (HOLDS, DOES_NOT_REPRODUCE, True),
        (HOLDS_WITHIN_LIMITS, HOLDS_WITHIN_LIMITS, False),
        (HOLDS_WITHIN_LIMITS, HOLDS, True),
        (HOLDS_WITHIN_LIMITS, DOES_NOT_REPRODUCE, True),
        (DOES_NOT_REPRODUCE, DOES_NOT_REPRODUCE, False),
        (DOES_NOT_REPRODUCE, HOLDS, False),
    ],
)
def test_the_book_is_wrong_when_what_it_says_holds_comes_out_otherwise(states, status, failed):
    (report,) = run_claims([claim(lambda scale: Verdict(status, 1.0, note="n"), states=states)])
    assert report.failed == failed and report.as_stated == (states == status)


def test_the_scale_reaches_the_check():
    seen = []
    run_claims([claim(lambda scale: seen.append(scale))], "long")
    assert seen == ["long"]


MIXED = (
    claim(lambda scale: Verdict.inside(1.0, (0.5, 2), predicted=1.0, stderr=0.125)),
    claim(
        lambda scale: Verdict.at_most(1.0, 2.0, limits="lr < 1"), id="chaos.two", states=HOLDS_WITHIN_LIMITS
    ),
    claim(lambda scale: Verdict.at_least(math.nan, 2.0), id="chaos.three", page="chaos/networks"),
    claim(fails, id="chaos.four"),
    claim(id="chaos.five", statement="Words " * 60, page="chaos/networks"),
)


def test_the_text_ledger_fits_100_columns_and_says_every_verdict():
    text = ledger_text(run_claims(MIXED))
    assert max(map(len, text.splitlines())) <= 100
    for words in (
        "✓ chaos.one: holds ", "≈ chaos.two: holds within stated limits ",
        "✗ chaos.three: does not reproduce ",
        "! chaos.four: check failed ", "measured 1 ± 0.12, predicted 1, in [0.5, 2]", "predicted at most 2",
        "predicted at least 2 (the book says: holds)", "limits: lr < 1", "diverged at lr = 3",
        "5 claims (holds: 2, holds within stated limits: 1, does not reproduce: 1, check failed: 1); 2",
    ):
        assert words in text


def test_the_json_ledger_has_no_number_that_json_lacks():
    entries = json.loads(ledger_json(run_claims(MIXED)), parse_constant=pytest.fail)
    assert entries[2]["measured"] is None and entries[2]["interval"] == [2.0, None]
    named = {"id", "theory", "kind", "statement", "source", "status", "measured", "predicted", "seconds"}
    assert named <= set(entries[0])


class Outline(HTMLParser):
    """Tags, attributes and text of a fragment; fails on a tag that is not closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.attributes = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_html_ledger_is_made_of_tables_that_a_screen_reader_can_follow():
    html = ledger_html(run_claims(MIXED))
    outline = Outline(html)
    assert outline.tags.count("table") == outline.tags.count("caption") == outline.tags.count("thead") == 2
    headings = [attributes for tag, attributes in outline.attributes if tag == "th"]
    assert all(heading.get("scope") in ("col", "row") for heading in headings)
    assert sum(heading["scope"] == "row" for heading in headings) == len(MIXED)
    ids = [attributes["id"] for tag, attributes in outline.attributes if tag == "tr" and "id" in attributes]
    assert len(set(ids)) == len(MIXED) and "claim-chaos.one" in ids
    assert all(a["tabindex"] == "0" and a["aria-label"] for t, a in outline.attributes if t == "div")
    links = [a["href"] for t, a in outline.attributes if t == "a"]
    assert links == ["chaos/coin_toss.html", "chaos/networks.html"]


def test_the_html_ledger_tells_verdicts_in_words_and_escapes_the_rest():
    html = ledger_html(run_claims(MIXED))
    text = "".join(Outline(html).text)
    for words in ("holds within stated limits", "does not reproduce (the book says: holds)", "check failed"):
        assert words in text
    assert "color" not in html and "<b>" not in html and "A <b>bold</b> & true statement." in text


def test_an_empty_ledger_says_so():
    assert ledger_text([]) == "0 claims (none)." and "0 claims (none)." in ledger_html([])


def test_the_ids_read_from_the_files_are_those_of_the_objects():
    assert sorted(one.id for one in load_claims()) == list(claim_ids())
