"""A folder of submissions becomes a table: a row for everything, nothing lost, nothing marked twice."""

import csv
import os

import pytest
from grading.conftest import notebook
from grading.hostile import RIGHT, WRONG

import lrtheory.grading.batch as batch
from lrtheory.grading import Limits, grade
from lrtheory.grading.judge import Marks


def read(table):
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path):
    """A right and a wrong notebook, and what people hand in instead of one."""
    folder = tmp_path / "handed in"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "answer.ipynb").write_bytes(notebook(RIGHT))
    (folder / "bob.ipynb").write_bytes(notebook(WRONG))
    (folder / "essay.docx").write_bytes(b"PK\x03\x04")
    (folder / "empty.ipynb").write_bytes(b"")
    (folder / "list.ipynb").write_bytes(b"[1, 2]")
    (folder / "cell.ipynb").write_bytes(b'{"cells": [7]}')
    (folder / "brackets.ipynb").write_bytes(b"[" * 100_000)
    (folder / "=cmd, or.ipynb").write_bytes(b"\xff\xfe")
    (folder / ".hidden").write_bytes(b"")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.ipynb")
    return folder


@pytest.mark.usefixtures("confined")
def test_every_file_gets_a_row_and_none_stops_the_batch(folder, small, tmp_path):
    rows = grade(folder, small, tmp_path / "marks.csv", seed=5, workers=2)
    assert rows == read(tmp_path / "marks.csv")
    totals = {row["submission"]: row["total /3"] for row in rows}
    assert totals.pop("ada/answer.ipynb") == "3"
    assert set(totals.values()) == {"0"} and len(totals) == 9
    assert "'=cmd, or.ipynb" in totals  # no formula
    notes = {row["submission"]: row["note"] for row in rows}
    assert notes["ada/answer.ipynb"] == ""
    assert "expected" in notes["bob.ipynb"]
    for name in set(totals) - {"bob.ipynb"}:
        assert "no notebook" in notes[name], name
    assert {row["sandbox"] for row in rows} == {"bubblewrap"}


@pytest.fixture
def counted(monkeypatch):
    """Which notebooks are marked, without any process."""
    marked = []

    def mark(content, assignment, *, seed, limits):
        if content == b"stop":
            raise KeyboardInterrupt
        marked.append(content)
        return Marks([len(content) % 2] * len(assignment.checks), 0.1, [f"seed {seed}"])

    monkeypatch.setattr(batch, "mark", mark)
    return marked


def test_a_batch_broken_off_goes_on_where_it_was(tmp_path, small, counted):
    folder, table = tmp_path / "in", tmp_path / "marks.csv"
    folder.mkdir()
    for name, content in (("a", b"1"), ("b", b"22"), ("c", b"stop"), ("d", b"4444")):
        (folder / name).write_bytes(content)
    with pytest.raises(KeyboardInterrupt):
        grade(folder, small, table)
    assert [row["submission"] for row in read(table)] == ["a", "b"]
    secret = read(table)[0]["seed"]
    (folder / "c").write_bytes(b"333")
    counted.clear()
    rows = grade(folder, small, table)
    assert counted == [b"333", b"4444"]
    assert [row["submission"] for row in rows] == ["a", "b", "c", "d"]
    assert {row["seed"] for row in rows} == {secret}


def test_what_was_handed_in_anew_or_with_another_seed_is_marked_again(tmp_path, small, counted):
    (tmp_path / "a").write_bytes(b"1")
    table = tmp_path / "out" / "marks.csv"
    table.parent.mkdir()
    folder = tmp_path
    grade(folder, small, table, seed=1)
    grade(folder, small, table, seed=1)
    assert counted == [b"1"]
    (tmp_path / "a").write_bytes(b"12")
    grade(folder, small, table, seed=1)
    grade(folder, small, table, seed=2)
    assert counted == [b"1", b"12", b"12"]
    assert [row["submission"] for row in read(table)] == ["a"]  # the table itself is no submission


def test_what_was_marked_without_a_sandbox_is_marked_again_in_one(tmp_path, small, counted):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"1")
    for trusted, times in ((True, 1), (True, 1), (False, 2), (False, 2)):
        (row,) = grade(tmp_path / "in", small, tmp_path / "marks.csv", limits=Limits(trusted=trusted))
        assert row["sandbox"] == ("none: trusted" if trusted else "bubblewrap")
        assert len(counted) == times


def test_the_seed_of_a_new_table_is_drawn_and_large(tmp_path, small, counted):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"1")
    seeds = {grade(tmp_path / "in", small, tmp_path / f"{n}.csv")[0]["seed"] for n in range(4)}
    assert len(seeds) == 4 and min(map(int, seeds)) > 2**40


def test_a_table_of_something_else_is_not_overwritten(tmp_path, small, counted):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"1")
    table = tmp_path / "marks.csv"
    table.write_text("name,mark\nada,3\n")
    with pytest.raises(ValueError, match="name another file"):
        grade(tmp_path / "in", small, table)
    assert table.read_text() == "name,mark\nada,3\n"


def test_bad_settings_are_refused(tmp_path, small):
    with pytest.raises(ValueError, match="holds no file"):
        grade(tmp_path, small, tmp_path / "marks.csv")
    with pytest.raises(ValueError, match="is no folder"):
        grade(tmp_path / "nowhere", small, tmp_path / "marks.csv")
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(ValueError, match="at least 1, got 0"):
        grade(tmp_path, small, tmp_path / "marks.csv", workers=0)
    with pytest.raises(ValueError, match="500 MB"):
        Limits(memory=10)
    for patience in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="patience"):
            Limits(patience=patience)
