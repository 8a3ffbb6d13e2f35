"""Cells that do not end, or take all memory, cost what they hold themselves and nothing beside it."""

import pytest
from grading.conftest import notebook
from grading.hostile import RIGHT

from lrtheory.grading import mark
from lrtheory.grading.worker_process import Worker

pytestmark = pytest.mark.usefixtures("confined")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("while True: pass", "TooSlow"),
        ("while True:\n    try: 1\n    except Exception: pass", "TooSlow"),
        ("kept = []\nwhile True: kept.append(bytes(1000000))", "MemoryError"),
    ],
)
def test_a_cell_that_never_ends_leaves_the_next_their_time(cell, said):
    inside = "def walk():\n    " + cell.replace("\n", "\n    ")
    with Worker() as worker:
        errors = worker.run([inside, "walk()", RIGHT, "1 / 0"], 16)
        assert [each.split(": ")[:2] for each in errors] == [
            ["cell 2", said], ["cell 4", "ZeroDivisionError"]
        ]  # fmt: skip
        worker.give(5)
        assert worker.ask("step", 1.0, 0.5) == 0.5


def test_a_right_answer_keeps_its_points_beside_a_cell_that_never_ends(small):
    marks = mark(notebook("while True: pass", RIGHT, "def step(x, lr): return 0 * x", RIGHT), small, seed=3)
    assert marks.points == [1, 2]
