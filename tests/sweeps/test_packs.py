"""Files of points: what comes back is what went in, to the last bit, or is refused by name."""

import io
import json
import zipfile

import numpy as np
import pytest

from lrtheory.results import CorruptResult
from lrtheory.results.files import zipped
from lrtheory.sweeps.packs import Outcome, packed, unpacked


def outcome(index, **arrays):
    return Outcome(index, {name: np.asarray(array) for name, array in arrays.items()}, "", index / 8)


BIG = np.array([1, 2], dtype=">i4")
MANY = [
    outcome(7, x=np.arange(3.0), big=BIG, flag=True, c=1j, text="ab", o=np.zeros(0)),
    Outcome(3, None, "ValueError: ü\u4e2d", 0.5),
    outcome(2, x=-np.arange(3.0), big=BIG[:1].repeat(2), flag=False, c=2j, text="abc", more=1),
    outcome(11, x=np.array([np.nan, -0.0, np.inf]), big=BIG[::-1], flag=True, c=0, text="a"),
]


def exact(outcomes):
    return [
        (each.index, each.message, each.seconds, each.arrays and {
            name: (array.dtype.str, array.shape, array.tobytes()) for name, array in each.arrays.items()
        })
        for each in sorted(outcomes, key=lambda each: each.index)
    ]  # fmt: skip


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.npz"
    path.write_bytes(packed(MANY, "sweep", "made with"))
    return path


def test_every_type_and_shape_comes_back(path):
    outcomes, environment = unpacked(path, "sweep")
    assert [each.index for each in outcomes] == [2, 3, 7, 11] and environment == "made with"
    assert exact(outcomes) == exact(MANY)


def test_arrays_that_are_alike_are_stacked_and_numpy_alone_reads_them(path):
    with np.load(path) as file:
        assert file["index"].tolist() == [2, 3, 7, 11] and file["failed"].tolist() == [3]
        assert file["arrays/x"].shape == (3, 3) and file["arrays/big"].dtype == ">i4"
        assert {name for name in file.files if name.startswith("arrays/text")} == {
            "arrays/text/2", "arrays/text/7", "arrays/text/11"
        }  # fmt: skip
        assert json.loads(file["record.json"])["sweep"] == "sweep"


def test_the_same_points_make_the_same_file(path):
    assert packed(MANY[::-1], "sweep", "made with") == path.read_bytes()


def test_only_failures_make_a_file_too(path):
    path.write_bytes(packed([MANY[1]], "sweep", ""))
    assert exact(unpacked(path, "sweep")[0]) == exact([MANY[1]])


def test_a_byte_that_flips_is_found_or_changes_nothing(path):
    content, found = path.read_bytes(), 0
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            assert exact(unpacked(path, "sweep")[0]) == exact(MANY)
        except CorruptResult as error:
            assert "file.npz" in str(error) and "makes its points again" in str(error)
            found += 1
    assert found > len(content) / 7 / 2


def changed(path, **fields):
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    record = {**json.loads(members["record.json"]), **fields}
    path.write_bytes(zipped({**members, "record.json": json.dumps(record).encode()}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"format": "other"}, "holds no points of a sweep: it lacks the mark"),
        ({"format_version": 9}, "has format version 9, but this lrtheory reads up to 1; update lrtheory"),
        ({"environment": "another"}, "was changed after it was written: its digest differs"),
    ],
)
def test_a_record_that_is_not_ours_or_not_as_written_is_refused(path, fields, message):
    changed(path, **fields)
    with pytest.raises(CorruptResult, match=message):
        unpacked(path, "sweep")


def test_points_of_another_sweep_are_refused(path):
    with pytest.raises(CorruptResult, match="belongs to another sweep, sweep"):
        unpacked(path, "mine")


def test_what_needs_pickle_is_never_read(path):
    buffer = io.BytesIO()
    np.savez(buffer, index=np.array([None]))
    path.write_bytes(buffer.getvalue())
    with pytest.raises(CorruptResult, match=r"holds no record\.json that can be read"):
        unpacked(path, "sweep")
