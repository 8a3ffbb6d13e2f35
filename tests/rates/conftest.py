"""Made-up measurements of three workloads: no number here was measured."""

from dataclasses import replace

import pytest

from lrtheory.rates.measured import Limit, Measured, Origin, Row, Spread

ORIGIN = Origin(
    processor="A processor", cores=2, versions={"python": "3.11.0", "numpy": "2.4.0"},
    date="2026-01-02T03:04:05+00:00", commit="0123456789abcdef", dirty=False, load=(0.25, 1.5), size=1.0,
    rounds=7, limits={"float64": 5e10, "float32": 1e11, "copy": 1e10, "increments": 3e9},
)


def row(name, ratio=None, goal=None):
    if ratio is None:
        return Row(name, None, goal=goal, missing="not installed")
    met = None if goal is None else ratio >= goal
    return Row(
        name, Spread(100 / ratio, 90 / ratio, 120 / ratio), Spread(ratio, 0.9 * ratio, 1.1 * ratio), goal, met
    )


@pytest.fixture
def maps():
    rows = (row("ours", 1.0), row("torch & co", 20.0, 10.0), row("numba", 30.0, 70.0), row("peer", goal=5.0))
    limit = Limit(125.0, "ten multiply-adds a step")
    return Measured("maps.plain", "P1", "P1: maps", "steps per CPU second", False, rows, limit, ORIGIN)


@pytest.fixture
def networks():
    rows = (row("ours", 1.0), row("(the products alone)", 0.4))
    origin = replace(ORIGIN, date="2026-02-03T00:00:00+00:00", limits={**ORIGIN.limits, "copy": 2e10})
    return Measured("ensembles.big", "P3", "P3a: big", "steps per CPU second", False, rows, None, origin)


@pytest.fixture
def book():
    rows = (
        Row("rendered", Spread(40.0, 40.0, 40.0), None, 18.8, False),
        Row("nothing to do", Spread(2.0, 2.0, 2.0), None, 4.3, True),
        Row("(a part)", Spread(25.0, 25.0, 25.0), None, None, None),
    )
    origin = replace(ORIGIN, rounds=1)
    return Measured("book.rendering", "P6", "P6: the book", "CPU seconds", True, rows, None, origin)
