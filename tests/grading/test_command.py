"""The command `grade`, as an instructor calls it."""

import pytest

import lrtheory.commands.grading as command
from lrtheory.__main__ import main
from lrtheory.grading.assignment import NAMES, load
from lrtheory.grading.batch import columns


def test_without_a_sandbox_grading_is_refused_with_the_remedy(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "why_not", lambda: "bwrap is not installed (Debian: ...)")
    (tmp_path / "a").write_bytes(b"1")
    assert main(["grade", str(tmp_path), "--assignment", "chaos", "--out", str(tmp_path / "m.csv")]) == 2
    said = capsys.readouterr().err
    assert "bwrap is not installed" in said and "--trusted" in said
    assert not (tmp_path / "m.csv").exists()


def test_trusted_submissions_never_run_as_root(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command.os, "geteuid", lambda: 0)
    assert main(["grade", str(tmp_path), "--assignment", "chaos", "--trusted"]) == 2
    assert "another user" in capsys.readouterr().err


@pytest.mark.usefixtures("confined")
def test_a_folder_is_marked_and_the_totals_are_printed(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "essay.txt").write_text("all is well")
    table = tmp_path / "marks.csv"
    assert main(["grade", str(folder), "--assignment", "chaos", "--out", str(table)]) == 0
    said = capsys.readouterr().out
    assert f"essay.txt: 0/{load('chaos').points}" in said and str(table) in said
    assert table.read_text().splitlines()[0] == ",".join(columns(load("chaos")))


@pytest.mark.parametrize("name", NAMES)
def test_names_of_checks_are_unique(name):
    names = [check.name for check in load(name).checks]
    assert len(names) == len(set(names))


def test_an_unknown_assignment_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'physics': take one of chaos"):
        load("physics")
