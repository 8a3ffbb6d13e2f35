"""The page How fast: its cells with no kept measurement, with some, and with all that is asked for."""

import re
from dataclasses import replace

import matplotlib as mpl
import pytest
from structure.pages import text_of

from lrtheory.rates import tables
from lrtheory.rates.kept import keep_rates

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Runs the cells that show measurements, in a store of their own; what they display and print."""
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path))

    def run(*found):
        if found:
            keep_rates(found, tmp_path)
        texts = []
        with mpl.rc_context({"backend": "agg"}):
            names = {"print": lambda text: texts.append(text)}
            for cell in CELL.findall(text_of("book/how_fast")):
                if "def frequencies" in cell:  # it measures what thinning costs, whatever is kept
                    continue
                exec(compile(cell, "how_fast", "exec"), names)
                names["display"] = lambda shown: texts.append(shown.data)
            names["plt"].close("all")
        return "\n".join(texts)

    return run


@pytest.fixture(autouse=True)
def as_a_script(monkeypatch):
    """No notebook is here to be set up, and no window to be opened."""
    monkeypatch.setattr("lrtheory.plotting.use_book_style", lambda: None)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    monkeypatch.setattr("IPython.display.display", lambda shown: print(shown.data))


def test_without_a_kept_run_the_page_says_which_command_makes_one(shown, capsys):
    text = shown()
    assert "No measurement is kept here" in capsys.readouterr().out
    for name in ("P1", "P1h", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"):
        assert f"{name} is not kept; python -m lrtheory bench {name} --keep measures it" in text


def test_some_workloads_are_shown_and_the_others_named(shown, maps, networks):
    text = shown(maps, networks)
    assert "1 of 2 goals met" in text
    assert tables.table_html(maps) in text and tables.table_html(networks) in text
    assert tables.missed([maps])[0] in text
    assert "P6 is not kept" in text and "P1 is not kept" not in text
    assert "The steps alone" not in text


def test_steps_and_counting_are_compared_where_both_are_kept(shown, maps, book):
    rows = (replace(maps.rows[0], rate=replace(maps.rows[0].rate, median=40.0)), *maps.rows[1:])
    text = shown(maps, book, replace(maps, key="maps.histogram", name="P1h", rows=rows))
    assert "The steps alone would take 40% of the time" in text
    assert tables.table_html(book) in text
