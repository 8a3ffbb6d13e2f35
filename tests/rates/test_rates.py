"""Measurements: quartiles, the share of a limit, JSON, what is kept and what is refused, tables."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

from lrtheory.legible import troubles
from lrtheory.rates import picture, tables
from lrtheory.rates.kept import FILE, keep_rates, kept_rates
from lrtheory.rates.measured import Spread, as_json, from_json, spread


def test_a_spread_is_the_median_between_its_quartiles():
    assert spread([5.0, 1.0, 3.0, 4.0, 2.0]) == Spread(3.0, 2.0, 4.0)
    assert spread([1.0, 2.0]) == Spread(1.5, 1.25, 1.75)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_the_fraction_is_that_of_the_library_in_its_limit(maps, networks):
    assert maps.fraction == 100 / 125
    assert networks.fraction is None


def test_json_has_every_number_with_its_origin_and_gives_the_same_again(maps, networks, book):
    content = json.loads(json.dumps(as_json([maps, networks, book]), allow_nan=False))
    assert from_json(content) == (maps, networks, book)
    first = content["workloads"][0]
    assert set(first) == {
        *("key", "name", "title", "unit", "seconds", "rows", "limit", "fraction", "origin"),
    }
    assert set(first["rows"][1]) == {"name", "rate", "ratio", "goal", "met", "missing"}
    assert set(first["rows"][1]["ratio"]) == {"median", "low", "high"}
    assert set(first["origin"]) == {
        *("processor", "cores", "versions", "date", "commit", "dirty", "load", "size", "rounds", "limits"),
    }
    assert first["fraction"] == 0.8 and first["rows"][3]["rate"] is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.update(format=2),
        lambda content: content.clear(),
        lambda content: content["workloads"][0].pop("rows"),
        lambda content: content["workloads"][0].update(more=1),
    ],
)
def test_json_of_another_kind_is_refused_with_the_name_of_its_file(maps, tmp_path, spoil):
    content = as_json([maps])
    spoil(content)
    (tmp_path / FILE).write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"{FILE} cannot be shown: .*measure"):
        kept_rates(tmp_path)
    (tmp_path / FILE).write_text("{")
    with pytest.raises(ValueError, match="cannot be shown: Expecting"):
        kept_rates(tmp_path)


def test_what_is_kept_replaces_its_own_workloads_and_leaves_the_others(maps, networks, book, tmp_path):
    folder = tmp_path / "new"
    assert kept_rates(folder) == ()
    assert keep_rates([book, networks], folder) == folder / FILE
    newer = replace(networks, title="P3a: bigger", origin=replace(networks.origin, commit="fedcba"))
    keep_rates([newer, maps], folder)
    assert kept_rates(folder) == (maps, newer, book)  # in the order of their names
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_what_was_not_run_at_all_is_not_kept(maps, book, tmp_path):
    keep_rates([maps], tmp_path)
    nothing = replace(maps, rows=tuple(replace(each, rate=None) for each in maps.rows))
    keep_rates([nothing], tmp_path)
    assert kept_rates(tmp_path) == (maps,)


def test_a_small_run_is_not_kept(maps, tmp_path):
    small = replace(maps, origin=replace(maps.origin, size=0.1))
    with pytest.raises(ValueError, match=r"only a full-size run may be kept, got size 0\.1: leave"):
        keep_rates([small], tmp_path)
    assert kept_rates(tmp_path) == ()


def test_the_store_is_where_measurements_are_looked_for(maps, tmp_path, monkeypatch):
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path / "mine"))
    assert kept_rates() == ()
    assert keep_rates([maps]) == tmp_path / "mine" / FILE
    assert kept_rates() == (maps,)


class Cells(HTMLParser):
    """Rows of a table as texts, and whether every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_a_table_says_of_every_way_how_fast_it_is_and_whether_the_goal_is_met(maps):
    html = tables.table_html(maps)
    read = Cells(html)
    assert read.open == []
    assert read.rows == [
        ["Goal met", "Way", "Rate", "Times faster", "Goal"],
        ["", "ours", "100 (90 to 120)", "1 (0.9 to 1.1)", ""],
        ["✓ met", "torch & co", "5 (4.5 to 6)", "20 (18 to 22)", "10"],
        ["✗ missed", "numba", "3.33 (3 to 4)", "30 (27 to 33)", "70"],
        ["", "peer", "not installed", "", "5"],
    ]
    assert "80% of 125, the limit of this processor: ten multiply-adds a step." in html


def test_a_table_of_seconds_has_no_ratios(book):
    assert Cells(tables.table_html(book)).rows[:2] == [
        ["Goal met", "Way", "Seconds", "At most"], ["✗ missed", "rendered", "40", "18.8"],
    ]


def test_a_missed_goal_is_told_with_what_the_rows_say_about_it(maps, networks, book):
    slow = replace(networks, rows=(*networks.rows, replace(maps.rows[2], name="a loop")))
    assert tables.missed([maps, slow, book, networks]) == [
        "P1: maps, times faster than numba: 30 (27 to 33) where 70 was aimed at. The library reaches 80% of "
        "125, the limit of this processor: ten multiply-adds a step.",
        "P3a: big, times faster than a loop: 30 (27 to 33) where 70 was aimed at. The products alone would "
        "take 40% of its time, and be 75 times faster.",
        "P6: the book, CPU seconds of rendered: 40 where 18.8 was aimed at. A part: 25.",
    ]


def test_measurements_of_one_machine_share_a_sentence_on_their_origin(maps, networks, book):
    first, second = tables.origins([maps, networks, book])
    assert first.startswith("P1, P6: A processor, 2 cores; python 3.11.0, numpy 2.4.0; ")
    assert first.endswith("; 2026-01-02, commit 0123456789.")
    assert second.startswith("P3: ")


def test_each_run_has_a_row_of_what_the_processor_did_at_best(maps, networks, book):
    read = Cells(tables.limits_html([maps, networks, book]))
    assert read.open == []
    assert read.rows == [
        ["Run", "GFLOP, float64", "GFLOP, float32", "GB copied", "10⁹ increments", "Load", "Rounds"],
        ["P1, P6", "50", "100", "10", "3", "0.25 to 1.5", "7"],
        ["P3", "50", "100", "20", "3", "0.25 to 1.5", "7"],
    ]


def test_large_and_small_numbers_stay_short():
    assert tables.spread_text(Spread(84252.7, 80000.4, 90000.0)) == "84,253 (80,000 to 90,000)"
    assert tables.spread_text(Spread(1.5e8, 1.5e8, 1.5e8)) == "1.5e+08"


def test_the_picture_has_a_dot_and_a_goal_for_each_peer_that_has_one(maps, networks):
    ax = Figure(figsize=(6.2, 2.0), layout="constrained").subplots()
    picture.ratios(ax, [maps, networks])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["P1 torch & co", "P1 numba"]
    assert [float(dots.lines[0].get_xdata()[0]) for dots in ax.containers] == [20.0, 30.0]
    assert ax.get_xscale() == "log"
    assert picture.aimed([networks]) == []


def test_the_picture_of_many_rows_can_be_read_on_a_phone(maps):
    many = [replace(maps, title=f"P{n}: maps", rows=tuple(
        replace(each, name=f"{each.name} and a name that is long, indeed") for each in maps.rows
    )) for n in range(12)]  # fmt: skip
    figure = Figure(figsize=(6.2, 0.31 * 24 + 0.9), layout="constrained")
    with picture_style():
        picture.ratios(figure.subplots(), many)
        assert troubles(figure) == ()


def picture_style():
    import matplotlib as mpl

    from lrtheory.plotting import book_style

    return mpl.rc_context(book_style())
