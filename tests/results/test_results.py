"""Stored runs: what is kept. What is refused is in test_records.py, what turns stale in test_stale.py."""

import getpass
import hashlib
import json
import platform
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

from lrtheory.results import MissingResult, Provenance, Store, progress
from lrtheory.results.provenance import describe, git_state


def record_of(path):
    """The record inside a stored run, as text."""
    with zipfile.ZipFile(path) as pack:
        return pack.read("record.json").decode()


def test_a_stored_run_is_read_back_bit_for_bit(store, toy):
    made = store.run(toy.orbit, lr=0.25)
    read = store.get(toy.orbit, lr=0.25)
    assert read.names == made.names == ("theta", "draw")
    assert np.array_equal(read["theta"], 0.75 ** np.arange(5))
    assert read["draw"].dtype == made["draw"].dtype
    assert read.parameters == made.parameters == toy.orbit.parameters(lr=0.25)
    assert read.provenance == made.provenance
    assert not read.stale


def test_tensors_are_stored_as_numpy_arrays(store, toy):
    tensors = {"x": torch.arange(3.0, requires_grad=True), "y": torch.tensor(2)}
    replaced = type(toy.orbit)(
        function=lambda: tensors, name=toy.orbit.name, module=toy.orbit.module, version=1, smoke={},
        summary="",
    )
    assert store.run(replaced)["x"].dtype == np.float32
    read = store.get(replaced)
    assert read["x"].tolist() == [0, 1, 2] and read["y"].shape == ()


def test_an_experiment_is_called_like_its_function(toy):
    assert toy.orbit(steps=2)["theta"].tolist() == [1, 0.9]
    assert toy.orbit.summary == "Orbit of a linear map."
    assert toy.orbit.name.startswith("toy_") and toy.orbit.name.endswith(".orbit")
    assert toy.orbit.smoke == {"steps": 2}


def test_equal_parameters_share_a_record_and_others_do_not(store, toy):
    store.run(toy.orbit, lr=1, sizes=[5, 2])
    assert store.get(toy.orbit, lr=1.0, sizes=(5, 2)).parameters["sizes"] == (5, 2)
    with pytest.raises(MissingResult):
        store.get(toy.orbit, lr=1, sizes=(5, 3))
    store.run(toy.orbit, lr=np.float64(1), sizes=(5, np.int64(2)))
    assert len(store.records()) == 1


def test_the_device_says_how_and_not_what(store, toy):
    store.run(toy.orbit)
    assert store.get(toy.orbit, device="cuda").provenance.device == "cpu"


def test_the_record_keeps_no_host_user_or_folder(store, toy, tmp_path, path_of):
    store.run(toy.orbit)
    text = record_of(path_of(store))
    assert platform.node() not in text
    assert str(tmp_path) not in text and "/" not in re.sub(r'"(label|digest)".*', "", text)
    assert f'"{getpass.getuser()}"' not in text


def test_the_record_holds_the_digest_of_each_array(store, toy, path_of):
    result = store.run(toy.orbit)
    facts = json.loads(record_of(path_of(store)))["members"]["arrays"]
    assert facts["theta"] == {
        "dtype": "float64", "shape": [5], "sha256": hashlib.sha256(result["theta"].tobytes()).hexdigest(),
    }


def test_anyone_can_read_the_arrays_with_numpy(store, toy, path_of):
    store.run(toy.orbit)
    with np.load(path_of(store), allow_pickle=False) as stored:
        assert np.array_equal(stored["theta"], 0.9 ** np.arange(5))


def test_the_same_run_gives_the_same_arrays_byte_for_byte(store, toy, path_of):
    def members():
        with zipfile.ZipFile(path_of(store)) as pack:
            return {name: pack.read(name) for name in pack.namelist() if name != "record.json"}

    store.run(toy.orbit)
    first = members()
    store.run(toy.orbit)
    assert members() == first and len(first) == 4


def test_arrays_of_every_kind_come_back(store, acting):
    kinds = {
        "file": np.arange(3), "lambda": np.array(2.5), "empty": np.zeros((0, 3)), "text": np.array(["a"]),
        "complex": np.array([1j, np.nan]), "turned": np.arange(6.0).reshape(2, 3).T, "yes": np.array([True]),
        "single": np.float32([np.inf, -0.0]), "day": np.array("2026-01-02", dtype="datetime64[D]"),
    }
    given = acting(lambda **_: kinds)
    store.run(given)
    read = store.get(given)
    assert read.names == tuple(kinds)
    for name, array in kinds.items():
        assert read[name].dtype == np.asarray(array).dtype and read[name].shape == np.shape(array)
        assert read[name].tobytes() == np.asarray(array).tobytes()


def test_provenance_says_versions_seeds_and_date(store, toy):
    origin = store.run(toy.orbit, seed=7).provenance
    assert origin.seeds == (7,)
    assert origin.numpy == np.__version__
    assert origin.torch.partition("+")[0] == torch.__version__.partition("+")[0]
    assert origin.python == ".".join(map(str, sys.version_info[:3]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", origin.date)
    assert origin.seconds >= 0 and origin.dtypes == ("float64",) and origin.device == "cpu"
    assert {toy.__name__, "lrtheory.seeds"} <= set(origin.modules)
    with pytest.raises(AttributeError):
        origin.version = 2


def test_seeds_and_dtype_of_the_parameters_reach_the_record():
    origin = describe(
        experiment="chaos.x", number=1, modules={}, dtypes=["float64"], seconds=1,
        parameters={"seed": 3, "seeds": (0, 1), "dtype": "float32"},
    )
    assert origin.seeds == (3, 0, 1) and origin.dtypes == ("float32",)


@pytest.mark.parametrize(
    ("seeds", "dtypes", "seconds", "words"),
    [
        ((0,), ("float32",), 1.234, "on cpu in float32, seed 0, made on 2026-01-02 in 1.23 s; fresh"),
        ((1, 2, 3), ("float64",), 600, "seeds 1 to 3, made on 2026-01-02 in 10 min; fresh"),
        ((1, 5), (), 7200, "in integers, seeds 1, 5, made on 2026-01-02 in 2 h; fresh"),
        ((), ("float64",), 1, "no seed"),
    ],
)
def test_the_caption_says_where_a_figure_comes_from(seeds, dtypes, seconds, words):
    origin = Provenance(
        "chaos.x", 4, seeds, {}, None, None, "3.11", "2", "2", "cpu", dtypes, seconds,
        "2026-01-02T03:04:05+00:00",
    )
    assert words in origin.caption() and "chaos.x (version 4)" in origin.caption()
    assert origin.caption(("a changed", "b changed", "c changed", "d changed")).endswith(
        "STALE: a changed, b changed, c changed and 1 more."
    )


def test_outside_a_repository_there_is_no_commit(tmp_path):
    (tmp_path / "__init__.py").touch()
    assert git_state(tmp_path) == (None, None)


def test_in_a_repository_the_commit_and_its_state_are_said(tmp_path):
    def git(*words):
        return subprocess.run(
            ["git", "-C", tmp_path, "-c", "user.name=t", "-c", "user.email=t@example.org", *words],
            check=True, capture_output=True, text=True,
        ).stdout.strip()

    (tmp_path / "__init__.py").touch()
    git("init", "-q")
    assert git_state(tmp_path) == (None, None)  # tracked by nobody yet
    git("add", "__init__.py")
    git("commit", "-qm", "Begin")
    assert git_state(tmp_path) == (git("rev-parse", "HEAD"), False)
    (tmp_path / "new.py").touch()
    assert git_state(tmp_path)[1] is True


def test_the_store_is_named_or_the_books_or_here(tmp_path, monkeypatch):
    monkeypatch.delenv("LRTHEORY_STORE", raising=False)
    pages = tmp_path / "book" / "chaos"
    pages.mkdir(parents=True)
    monkeypatch.chdir(pages)
    assert Store().root == pages / "lrtheory-results"
    (tmp_path / "book" / "cache").mkdir()
    assert Store().root == tmp_path / "book" / "cache"
    monkeypatch.setenv("LRTHEORY_STORE", "elsewhere")
    assert str(Store().root) == "elsewhere"
    assert str(Store("given").root) == "given"


def test_runs_of_the_repository_are_read_from_elsewhere_and_never_written(tmp_path, monkeypatch, toy, acting):
    monkeypatch.delenv("LRTHEORY_STORE", raising=False)
    monkeypatch.setattr("lrtheory.results.store.PACKAGE", tmp_path / "clone" / "lrtheory")
    clone, here = Store(tmp_path / "clone" / "book" / "cache"), tmp_path / "here"
    clone.run(toy.orbit)
    here.mkdir()
    monkeypatch.chdir(here)
    assert Store().get(toy.orbit)["theta"].tolist() == clone.get(toy.orbit)["theta"].tolist()
    Store().run(acting(lambda **_: {"theta": np.zeros(1)}))
    assert Store().get(toy.orbit)["theta"].tolist() == [0]
    assert len(clone.get(toy.orbit)["theta"]) == 5 and len(list(here.glob("lrtheory-results/*"))) == 1
    with pytest.raises(MissingResult):
        Store("named").get(toy.orbit)


def test_an_empty_or_absent_store_has_no_records(tmp_path):
    assert Store(tmp_path / "nothing").records() == Store(tmp_path).check() == ()


def test_progress_is_silent_unless_asked(monkeypatch, capsys):
    monkeypatch.delenv("LRTHEORY_PROGRESS", raising=False)
    assert list(progress(range(3), "steps")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("LRTHEORY_PROGRESS", "1")
    assert list(progress(iter(range(3)), "steps", total=3)) == [0, 1, 2]
    out, err = capsys.readouterr()
    assert out == "" and "steps" in err and "3/3" in err


def test_a_result_shows_itself_as_its_caption(store, toy):
    made = store.run(toy.orbit)
    assert made._repr_html_() == f'<p class="provenance">{made.caption()}</p>'
    shown = made.captioned("Dots & lines.")
    assert shown._repr_html_() == f'<p class="seen">Dots &amp; lines.</p>{made._repr_html_()}'
    assert str(shown) == f"Dots & lines.\n{made.caption()}"
    with pytest.raises(ValueError, match="a caption says what is seen, got an empty one"):
        made.captioned(" ")
