"""The sample of changes: every room is in it with its tests, and the listed changes are of lines that are."""

import pytest
from mutants.sample import ROOT, listing, rooms


def test_every_room_that_computes_is_in_the_sample_with_tests_of_its_own():
    found = rooms()
    assert {"spine", "chaos/models", "chaos/theory", "diagrams/exact"} <= set(found)
    assert not [room for room in found if room.endswith(("/claims", "/plots", "/experiments"))]
    for room, (files, tests) in found.items():
        assert files and any(path.endswith(f"/{room}") for path in tests), room


@pytest.mark.parametrize("change", listing(), ids=lambda change: change["was"][:40])
def test_a_listed_change_is_one_of_a_line_that_exists_and_says_why(change):
    lines = [line.strip() for line in (ROOT / change["file"]).read_text(encoding="utf-8").splitlines()]
    assert change["was"] in lines and change["now"] != change["was"] and change["why"]
