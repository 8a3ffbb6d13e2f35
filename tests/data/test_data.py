"""Real data that comes with the package: digests, and the facts that the book teaches about it."""

import gzip
import hashlib
from dataclasses import FrozenInstanceError, replace
from html import escape
from importlib.resources import files

import numpy as np
import pytest
import torch

from lrtheory import data
from lrtheory.data import sources
from lrtheory.data.credits import credits_html
from lrtheory.data.sources import DataFile, DataNotAvailable, info, names
from lrtheory.seeds import generator

# --- sources ------------------------------------------------------------------------------------------


def test_every_source_says_whose_it_is_and_what_was_changed():
    licenses = {"BSD-3-Clause", "CC-BY-4.0", "MIT", "NOASSERTION"}
    for source in map(info, names()):
        assert source.license in licenses
        assert source.title and source.credit and source.changes and source.contents
        assert source.url.startswith("https://") and source.where in ("bundled", "scikit-learn", "whole")
        assert source.doi.startswith("10.") or source.name.startswith(("fashion_mnist", "cifar10", "digits"))
        assert all(len(file.sha256) == 64 and int(file.sha256, 16) for file in source.files)
        assert (source.where == "whole") == bool(source.folder and source.system and source.get)
        assert all(len(file.md5) == 32 and file.url.startswith("http") for file in source.files if file.url)
        assert source.digest == source.files[0].sha256


def test_every_source_has_a_loader_and_every_bundled_file_a_source():
    assert all(callable(getattr(data, name)) for name in names())
    sets = [source for source in map(info, names()) if source.where == "bundled"]
    bundled = {file.name for source in sets for file in source.files}
    present = {entry.name for entry in files("lrtheory.data").iterdir()}
    extra = {name for name in present if not name.endswith((".py", ".toml")) and name != "__pycache__"}
    assert extra == bundled


@pytest.mark.parametrize("name", [name for name in names() if info(name).where == "bundled"])
def test_bundled_files_have_the_digest_of_their_source(name):
    for number, file in enumerate(info(name).files):
        assert hashlib.sha256(sources.bundled(name, number)).hexdigest() == file.sha256


def test_the_airfoil_file_is_compressed_without_a_date_or_a_name():
    packed = (files("lrtheory.data") / "airfoil_self_noise.dat.gz").read_bytes()
    assert packed[3] == 0 and packed[4:8] == bytes(4)
    assert len(gzip.decompress(packed)) == 59984


def test_the_notice_of_fashion_mnist_is_in_the_package():
    notice = sources.bundled("fashion_mnist_subset", 1).decode()
    assert "Copyright: 2017, Zalando SE" in notice and "Permission is hereby granted" in notice


def test_an_unknown_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"data set must be one of airfoil, .*cifar10, got 'mnist'"):
        info("mnist")


def test_a_missing_bundled_file_is_reported(monkeypatch):
    lacking = replace(info("airfoil"), files=(DataFile("lost.npz", "0" * 64),))
    monkeypatch.setattr(sources, "info", lambda name: lacking)
    with pytest.raises(DataNotAvailable, match=r"lost\.npz is missing from the installed package; install"):
        sources.bundled("airfoil")


# --- facts --------------------------------------------------------------------------------------------


def test_the_airfoil_has_106_runs_of_8_to_19_rows():
    airfoil = data.airfoil()
    assert airfoil.inputs.shape == (1503, 5) and airfoil.targets.shape == airfoil.run.shape == (1503,)
    sizes = np.bincount(airfoil.run)
    assert (len(sizes), sizes.min(), sizes.max()) == (106, 8, 19)
    settings = {(run, *row) for run, row in zip(airfoil.run, airfoil.inputs[:, 1:], strict=True)}
    assert len(settings) == 106  # one setting a run ...
    assert len({setting[1:] for setting in settings}) == 106  # ... and no setting twice
    for run in range(106):
        assert np.all(np.diff(airfoil.inputs[airfoil.run == run, 0]) > 0)


def test_the_airfoil_regression_has_the_hessian_of_the_book():
    airfoil = data.airfoil()
    x, y = data.standardized(airfoil)
    hessian = x.T @ x / len(x)
    eigenvalues = np.linalg.eigvalsh(hessian)
    np.testing.assert_allclose(eigenvalues, [0.1743, 0.6757, 0.9165, 1.1240, 2.1094], atol=5e-5)
    weights, *_ = np.linalg.lstsq(x, y, rcond=None)
    assert 1 - np.mean((x @ weights - y) ** 2) == pytest.approx(0.5157, abs=5e-5)
    assert np.corrcoef(airfoil.inputs[:, 1], airfoil.inputs[:, 4])[0, 1] == pytest.approx(0.753, abs=5e-4)


@pytest.mark.parametrize("by", ["runs", "rows"])
@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.8])
def test_a_split_takes_each_row_once(by, fraction):
    airfoil = data.airfoil()
    train, test = data.split(airfoil, by=by, fraction=fraction, generator=0)
    assert sorted([*train, *test]) == list(range(1503))
    groups = 106 if by == "runs" else 1503
    kept = len(np.unique(airfoil.run[train])) if by == "runs" else len(train)
    assert kept == round(fraction * groups)


def test_a_split_by_runs_keeps_runs_whole_and_one_by_rows_does_not():
    airfoil = data.airfoil()
    train, test = data.split(airfoil, by="runs", generator=0)
    assert set(airfoil.run[train]).isdisjoint(airfoil.run[test])
    train, test = data.split(airfoil, by="rows", generator=0)
    shared = set(airfoil.run[train]) & set(airfoil.run[test])
    assert len(shared) > 90


def test_a_row_split_flatters_a_nearest_neighbor():
    airfoil = data.airfoil()
    x, y = data.standardized(airfoil)

    def error(by):
        train, test = data.split(airfoil, by=by, generator=3)
        nearest = np.argmin(((x[test, None] - x[None, train]) ** 2).sum(axis=2), axis=1)
        return np.mean((y[train][nearest] - y[test]) ** 2)

    assert error("rows") < 0.6 * error("runs")


def test_a_split_follows_its_generator():
    airfoil = data.airfoil()
    by_seed = data.split(airfoil, by="runs", generator=5)[0]
    by_generator = data.split(airfoil, by="runs", generator=generator(5, "split"))[0]
    assert np.array_equal(by_seed, by_generator)
    assert not np.array_equal(by_seed, data.split(airfoil, by="runs", generator=6)[0])
    state = torch.get_rng_state()
    data.split(airfoil, by="rows", generator=5)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"by": "files"}, "by must be 'runs' or 'rows', got 'files'"),
        ({"fraction": 0.001}, r"at least one of 106 runs, got 0\.001"),
        ({"fraction": 1.0}, r"at least one of 106 runs, got 1\.0"),
        ({"by": "rows", "fraction": 0.0}, r"at least one of 1503 rows, got 0\.0"),
        ({"generator": -1}, "seed must be a non-negative integer, got -1"),
    ],
)
def test_a_split_that_is_none_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        data.split(data.airfoil(), **{"by": "runs", "generator": 0, **changes})


def test_vowels_are_640_utterances_of_9_speakers():
    vowels = data.japanese_vowels()
    assert (len(vowels.train), len(vowels.test)) == (270, 370)
    lengths = [len(utterance) for utterance in (*vowels.train, *vowels.test)]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert np.array_equal(np.bincount(vowels.train_speaker), [30] * 9)
    # the number of blocks that UCI's description gives for each speaker
    assert np.array_equal(np.bincount(vowels.test_speaker), [31, 35, 88, 44, 29, 24, 40, 50, 29])
    assert vowels.train[0][0, :2].tolist() == pytest.approx([1.860936, -0.207383], abs=1e-12)


def test_vowels_cut_to_seven_unit_frames_are_separated_by_delta():
    sequences = data.unit_frames(data.japanese_vowels().train)
    assert sequences.shape == (270, 7, 12)
    np.testing.assert_allclose(np.linalg.norm(sequences, axis=2), 1, rtol=1e-12)
    difference = sequences[:, None] - sequences[None]
    distance = np.sqrt((difference**2).sum(axis=3).mean(axis=2))
    assert distance[np.triu_indices(270, 1)].min() == pytest.approx(0.1125, abs=5e-5)


def test_frames_beyond_the_shortest_utterance_are_refused():
    with pytest.raises(ValueError, match="frames must be between 1 and 7, the shortest utterance, got 8"):
        data.unit_frames(data.japanese_vowels().train, 8)


def test_the_fashion_subset_holds_the_first_images_of_each_class():
    subset = data.fashion_mnist_subset()
    assert subset.x_train.shape == (1000, 28, 28) and subset.x_test.shape == (200, 28, 28)
    assert subset.x_train.dtype == np.uint8 and subset.x_train.max() == 255
    assert np.array_equal(np.bincount(subset.y_train), [100] * 10)
    assert np.array_equal(np.bincount(subset.y_test), [20] * 10)
    assert np.all(np.diff(subset.train_index) > 0) and subset.train_index[-1] == 1109
    assert len(subset.classes) == 10 and subset.classes[subset.y_train[0]] == "ankle boot"


def test_pen_digits_are_10992_strokes():
    pen = data.pendigits()
    assert pen.x.shape == (10992, 8, 2) and (pen.x.min(), pen.x.max()) == (0, 100)
    assert np.bincount(pen.y).tolist() == [1143, 1143, 1144, 1055, 1144, 1055, 1056, 1142, 1055, 1055]


def test_digits_come_from_scikit_learn():
    digits = data.digits()
    assert digits.x.shape == (1797, 8, 8) and (digits.x.min(), digits.x.max()) == (0, 16)
    assert set(digits.y) == set(range(10))


@pytest.mark.parametrize("name", [name for name in names() if info(name).where != "whole"])
def test_loaders_give_frozen_data_with_their_source(name):
    loaded = getattr(data, name)()
    assert loaded.info == info(name)
    with pytest.raises(FrozenInstanceError):
        loaded.info = None


def test_the_table_of_credits_holds_every_source_and_no_other_words():
    table = credits_html()
    for source in map(info, names()):
        for words in (source.title, source.contents, source.license, source.credit, source.changes):
            assert escape(words) in table
        assert f'href="{source.url}"' in table
        assert not source.doi or f'href="https://doi.org/{source.doi}"' in table
    assert table.count('<th scope="row"') == len(names()) == table.count("<tr>") - 1
    assert "<caption>" in table and 'tabindex="0"' in table
