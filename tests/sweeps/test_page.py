"""The page When one machine is not enough: its cells with kept measurements, made up here, and without."""

import re
from dataclasses import replace

import matplotlib as mpl
import pytest
from structure.pages import text_of

from lrtheory.rates.kept import keep_rates
from lrtheory.rates.measured import Measured, Origin, Row, Spread

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)
ORIGIN = Origin("A processor", 2, {}, "2026-01-02", None, None, (None, None), 1.0, 7, {})


def row(name, rate):
    return Row(name, rate and Spread(rate, rate, rate), missing="" if rate else "not installed")


@pytest.fixture
def printed(tmp_path, monkeypatch):
    """Runs the cells, each of which asserts what the page says; what they print."""
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path))
    monkeypatch.setattr("lrtheory.plotting.use_book_style", lambda: None)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)

    def run(*found):
        keep_rates(found, tmp_path) if found else None
        texts = []
        names = {"print": lambda text: texts.append(str(text))}
        with mpl.rc_context({"backend": "agg"}):
            for cell in CELL.findall(text_of("book/when_one_machine")):
                exec(compile(cell, "when_one_machine", "exec"), names)
            names["plt"].close("all")
            names["folder"].cleanup()
        return "\n".join(texts)

    return run


@pytest.mark.slow
def test_without_a_kept_run_the_page_says_which_command_makes_one(printed):
    text = printed()
    assert "python -m lrtheory bench P8 --keep makes one" in text
    assert "nothing is kept to hold it against" in text
    assert "overhead in this process" in text


@pytest.mark.slow
def test_kept_overheads_are_shown_and_held_against_points_with_work(printed):
    rows = (
        row("in this process", 4000.0), row("processes:2", 2000.0), row("Dask", None), row("(by hand)", 1e6),
    )
    idle = Measured("sweeps.at_once", "P8", "P8a: sweep", "points per second", False, rows, None, ORIGIN)
    rows = (row("in this process", 40.0), row("processes:2", 80.0))
    title = "P8b: sweep, 100 points of 20 ms"
    text = printed(idle, replace(idle, key="sweeps.with_work", title=title, rows=rows))
    assert "processes:2: 0.5 ms a point of no work" in text and "by hand" not in text and "Dask" not in text
    assert "by the overhead of processes:2:" in text and "points of 60 s: 120,000 workers" in text
    assert "processes:2: 95, 95, 80" in text
    assert "is kept here" not in text and "nothing is kept" not in text
