"""Fingerprints of small settings: what is kept of the arrays, and what counts as the same numbers."""

import math

import numpy as np
import pytest

from lrtheory.results import Members, fingerprints
from lrtheory.results.fingerprints import MOST_BYTES, compare, fingerprint


@pytest.fixture
def elsewhere(monkeypatch):
    """Function that turns this machine into one with another processor."""
    return lambda: monkeypatch.setattr(fingerprints, "setting", lambda: {"processor": "another"})


def draws(seed, members=64, rows=3):
    return np.random.default_rng(seed).normal(2.0, 0.5, (rows, members))


def test_small_arrays_are_kept_whole():
    arrays = {"x": np.arange(12.0).reshape(3, 4), "n": np.array(3), "t": np.array(["a", "b"])}
    kept = fingerprint(arrays, {}, {})
    assert all(np.array_equal(kept.arrays[name], arrays[name]) for name in arrays)
    assert kept.shapes == {"x": (3, 4), "n": (), "t": (2,)}


@pytest.mark.parametrize("sizes", [(10_000,), (3, 50_000, 700), (2_600,), (1,) * 900])
def test_a_fingerprint_takes_at_most_twenty_kilobytes(sizes):
    arrays = {f"x{i}": np.random.default_rng(i).random(size) for i, size in enumerate(sizes)}
    kept = fingerprint(arrays, {}, {"x0": Members(0)} if sizes[0] > 1 else {})
    assert 0 < sum(each.nbytes for each in [*kept.arrays.values(), *kept.means.values()]) <= MOST_BYTES


@pytest.mark.parametrize("place", [0, 1, 4711, 99_998, 99_999])
@pytest.mark.parametrize("dtype", [float, int, complex, np.float32])
def test_a_change_of_any_number_of_a_thinned_array_is_seen(place, dtype):
    before = (1000 * np.random.default_rng(0).random(100_000)).astype(dtype)
    after = before.copy()
    after[place] += 100
    found = compare(fingerprint({"x": before}, {}, {}), fingerprint({"x": after}, {}, {}), {})
    assert found.failing == ("x",) and found.difference > 1e-8


def test_numbers_that_are_the_same_agree_and_rounding_is_forgiven():
    arrays = {"x": np.array([1.0, np.nan, -np.inf, 1e-17]), "n": np.arange(5), "b": np.array([True, False])}
    rounded = {**arrays, "x": np.array([1.0 + 1e-15, np.nan, -np.inf, 3e-17])}
    assert compare(fingerprint(arrays, {}, {}), fingerprint(rounded, {}, {}), {}).failing == ()
    same = compare(fingerprint(arrays, {}, {}), fingerprint(arrays, {}, {}), {})
    assert same.strict and same.worst == "" and same.difference == 0


@pytest.mark.parametrize(
    "other",
    [
        [1.0, 2.0 + 1e-7, np.nan], [1.0, 2.0, 3.0], [1.0, np.nan, 2.0], [1.0, 2.0, np.inf], [1.0, 2.0],
        [[1.0, 2.0, np.nan]], [1, 2, 3], ["1", "2", "3"], [1j, 2, np.nan],
    ],
)
def test_other_numbers_shapes_types_and_gaps_do_not_agree(other):
    then, now = (fingerprint({"x": np.array(values)}, {}, {}) for values in ([1.0, 2.0, np.nan], other))
    for one, two in ((then, now), (now, then)):
        assert compare(one, two, {}).failing == ("x",)


def test_arrays_that_came_or_went_do_not_agree():
    one, two = fingerprint({"x": np.ones(2)}, {}, {}), fingerprint({"y": np.ones(2)}, {}, {})
    assert set(compare(one, two, {}).failing) == {"x", "y"}
    reason = compare(one, two, {}).reason()
    assert reason == "x has another shape, type or other missing values, and 1 more array"


def test_the_worst_array_is_named_with_its_difference():
    then = fingerprint({"x": np.array([1.0, 4.0]), "y": np.ones(3)}, {}, {})
    now = fingerprint({"x": np.array([1.0, 5.0]), "y": np.ones(3) * 1.1}, {}, {})
    assert compare(then, now, {}).reason() == "x differs by 0.25 (1e-09 allowed), and 1 more array"


def test_on_one_processor_an_orbit_is_compared_number_for_number():
    tolerances = {"x": Members(1)}
    then, now = (fingerprint({"x": draws(seed)}, {}, tolerances) for seed in (0, 1))
    assert compare(then, now, tolerances).failing == ("x",)


def test_on_another_processor_the_means_of_an_orbit_count(elsewhere):
    tolerances = {"x": Members(1), "counts": 0.3, "path": math.inf}
    def one(seed, shift=0.0):
        random = np.random.default_rng(seed)
        return {"x": draws(seed) + shift, "counts": 10 + random.random(5), "path": random.random(4)}

    then = fingerprint(one(0), {}, tolerances)
    elsewhere()
    good, bad = (fingerprint(one(1, shift), {}, tolerances) for shift in (0.0, 0.8))
    agreed = compare(then, good, tolerances)
    assert agreed.failing == () and not agreed.strict and 0 < agreed.difference < 6
    refused = compare(then, bad, tolerances)
    assert refused.failing == ("x",) and refused.difference > 6 and refused.allowed == 6


def test_members_agree_within_six_standard_errors_by_default(elsewhere):
    """Among 1000 means of a correct law none is refused; one that moved by two standard deviations is."""
    tolerances = {"x": Members(1)}
    one = fingerprint({"x": draws(0, 100, 1000)}, {}, tolerances)
    elsewhere()
    moved_by = np.zeros((1000, 1))
    moved_by[417] = 1.0
    same, moved = (fingerprint({"x": draws(1, 100, 1000) + by}, {}, tolerances) for by in (0, moved_by))
    found = compare(one, same, tolerances)
    assert found.failing == () and 3 < found.difference < 6
    assert compare(one, moved, tolerances).failing == ("x",)


def test_an_array_that_is_not_named_must_agree_everywhere(elsewhere):
    then = fingerprint({"x": np.ones(3)}, {}, {})
    elsewhere()
    assert compare(then, fingerprint({"x": np.ones(3) + 1e-12}, {}, {}), {}).failing == ()
    assert compare(then, fingerprint({"x": np.ones(3) + 1e-8}, {}, {}), {}).failing == ("x",)


@pytest.mark.parametrize(
    ("tolerances", "message"),
    [
        ({"y": 0.1}, "elsewhere= names y, but the arrays are x"),
        ({"x": Members(2)}, r"Members\(2\) of 'x' needs two entries or more along it, got shape \(1, 4\)"),
        ({"x": Members(0)}, r"Members\(0\) of 'x' needs two entries or more along it, got shape \(1, 4\)"),
    ],
)
def test_a_tolerance_that_fits_no_array_is_refused(tolerances, message):
    with pytest.raises(ValueError, match=message):
        fingerprint({"x": np.ones((1, 4))}, {}, tolerances)


def test_means_that_are_too_many_to_keep_are_refused():
    with pytest.raises(ValueError, match=f"means over members take more than {MOST_BYTES} bytes"):
        fingerprint({"x": np.ones((2, 5000))}, {}, {"x": Members(0)})


def test_the_setting_names_no_machine():
    import platform

    said = " ".join(fingerprints.setting().values())
    assert platform.node() not in said and platform.machine() in said
