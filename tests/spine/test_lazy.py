"""Lazy names: what a face hands on, that it costs nothing, and that the hashes of runs see through it."""

import subprocess
import sys

import pytest

import lrtheory
from lrtheory import chaos, data, diagrams, lazy
from lrtheory.source.hashes import module_hashes

FACES = (lrtheory, chaos, diagrams, data)


def counted(line, tmp_path, monkeypatch):
    """Modules that count for an experiment whose file holds one line."""
    name = f"probe_{abs(hash(line))}"
    (tmp_path / f"{name}.py").write_text(line, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return set(module_hashes(name)) - {name}


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_a_face_hands_on_all_that_it_lists_and_nothing_else(face):
    assert dir(face) == face.__all__ == sorted(set(face.__all__))
    for name in face.__all__:
        assert getattr(face, name) is not None
    with pytest.raises(AttributeError, match=f"module '{face.__name__}' has no attribute 'gibbs'"):
        _ = face.gibbs


def test_a_face_loads_a_name_when_it_is_first_asked_for():
    code = (
        "import sys; from lrtheory import chaos, diagrams, data; assert 'periodic' in dir(chaos);"
        "assert not {'torch', 'numpy'} & set(sys.modules); chaos.periodic; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_table_lists_names_their_modules_and_what_is_here():
    table = {"seeds": "generator stream_seed", "data.whole": ""}
    load, listed, public = lazy.names("lrtheory", table, here="law")
    assert listed() == public == ["data", "generator", "law", "seeds", "stream_seed"]
    assert load("generator") is lrtheory.seeds.generator
    assert load("law").__name__ == "lrtheory.law"


def test_a_name_of_a_face_counts_the_module_that_holds_it(tmp_path, monkeypatch):
    through = counted("from lrtheory.chaos import periodic, gibbs_law", tmp_path, monkeypatch)
    homes = (chaos.periodic.__module__, chaos.gibbs_law.__module__)
    assert through == counted(f"import {', '.join(homes)}", tmp_path, monkeypatch)
    assert chaos.periodic.__module__ in through and chaos.lyapunov_spectrum.__module__ not in through
    assert through < counted("from lrtheory import chaos", tmp_path, monkeypatch)
    assert not {"lrtheory", "lrtheory.chaos", "lrtheory.lazy"} & through
