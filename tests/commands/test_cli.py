"""The command line: what it prints, its exit status, and that listing loads nothing heavy."""

import json
import os
import re
import subprocess
import sys
import types
from dataclasses import replace

import numpy as np
import pytest

from lrtheory import claims as claims_module
from lrtheory.__main__ import BAD_USAGE, main
from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, Claim, Verdict
from lrtheory.commands import claims as claims_command
from lrtheory.commands import runs
from lrtheory.results import Store, experiment
from lrtheory.source.catalog import (
    claim_ids,
    experiments,
    load_experiment,
    stored_runs,
    theories,
)

HEAVY = ("torch", "numba", "sympy", "scipy", "matplotlib", "ipywidgets", "sklearn", "numpy", "tqdm")


@experiment(version=1, smoke={"steps": 2})
def powers(*, lr=0.5, steps=4, seed=0, device="cpu"):
    """Powers of a number."""
    return {"x": lr ** np.arange(steps), "seed": np.array(seed)}


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """The command line with one experiment, whose store is empty."""
    def load(name, module=None):
        return powers if name == powers.name else load_experiment(name, module)

    monkeypatch.setattr(runs, "load_experiment", load)
    monkeypatch.setattr(runs, "stored_runs", lambda theory: [(powers.name, {}), (powers.name, {"lr": 0.25})])
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path / "store"))
    return Store()


def in_a_process(*words, **environment):
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lrtheory", *words],
        capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=60,
    )


@pytest.mark.parametrize(
    "words", [["list"], ["check"], ["data", "list"], ["run", "--help"], ["bench", "--help"]]
)
def test_commands_that_only_tell_load_nothing_heavy(words, tmp_path):
    done = in_a_process(*words, LRTHEORY_STORE=str(tmp_path))
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time:" in line}
    assert "argparse" in loaded  # the list is there to be searched
    assert loaded.isdisjoint(HEAVY)


def test_list_names_every_experiment_and_counts_claims(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert "chaos: " in out
    for entry in experiments():
        assert f"  {entry.name}  [" in out and entry.summary in out
    counts = [int(n) for n in re.findall(r"(\d+) claims?$", out, flags=re.MULTILINE)]
    assert sum(counts) == len(claim_ids()) and len(counts) == len(theories())


def test_list_counts_stored_runs(toy, capsys, monkeypatch):
    entry = types.SimpleNamespace(name=powers.name, theory="test_cli", summary=powers.summary)
    monkeypatch.setattr(runs, "known_theories", lambda theory: ("test_cli",))
    monkeypatch.setattr(runs, "experiments", lambda: [entry])
    main(["list"])
    assert "[not stored]" in capsys.readouterr().out
    toy.run(powers)
    toy.run(powers, lr=0.1)
    main(["list"])
    assert "[2 stored]" in capsys.readouterr().out


def test_run_stores_what_the_words_say(toy, capsys):
    words = ["run", powers.name, "lr=0.25", "steps=3", "--seed", "4", "--device", "cpu"]
    assert main(words) == 0
    result = toy.get(powers, lr=0.25, steps=3, seed=4)
    assert result["x"].tolist() == [1, 0.25, 0.0625] and result["seed"] == 4
    assert "x: float64 (3,)" in capsys.readouterr().out


def test_words_may_follow_options_and_override_smoke(toy):
    assert main(["run", powers.name, "--smoke", "lr=0.25"]) == 0
    assert toy.get(powers, lr=0.25, steps=2)["x"].tolist() == [1, 0.25]


def test_run_stored_makes_what_is_missing_and_skips_what_is_fresh(toy, capsys):
    toy.run(powers)
    made = (toy.root / f"{toy.records()[0]}.npz").stat().st_mtime_ns
    assert main(["run", "--stored"]) == 0
    out = capsys.readouterr().out
    assert f"[1/2] python -m lrtheory run test_cli.powers --module {__name__}: fresh, skipped" in out
    assert f"[2/2] python -m lrtheory run test_cli.powers lr=0.25 --module {__name__}\n" in out
    assert toy.is_fresh(powers, lr=0.25)
    assert (toy.root / f"{toy.records()[0]}.npz").stat().st_mtime_ns == made or len(toy.records()) == 2
    main(["run", "--stored"])
    assert capsys.readouterr().out.count("skipped") == 2


def test_run_stored_makes_a_stale_run_again(toy, capsys):
    toy.run(replace(powers, version=0))
    assert not toy.is_fresh(powers)
    main(["run", "--stored"])
    assert "skipped" not in capsys.readouterr().out and toy.is_fresh(powers)


def test_check_fails_unless_every_record_is_fresh(toy, capsys):
    assert main(["check"]) == 0
    toy.run(powers)
    assert main(["check"]) == 0
    assert "fresh             test_cli.powers-" in capsys.readouterr().out
    toy.run(replace(powers, version=0), lr=0.1)
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "stale             test_cli.powers-" in out
    assert "version was 0, is 1" in out and "2 stored runs" in out
    assert "python -m lrtheory run --stored" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "chaos.invariant_lav"], "no experiment is called 'chaos.invariant_lav'; did you mean chaos"),
        (["run", "zzz"], "no experiment is called 'zzz'; `python -m lrtheory list` shows all"),
        (["run"], "name an experiment .* or give --stored"),
        (["run", "test_cli.powers", "lr"], "parameters are written key=value, got 'lr'; for example lr=0.1"),
        (["run", "test_cli.powers", "rate=1"], r"test_cli\.powers has no parameter 'rate'; it has lr=0.5"),
        (["run", "test_cli.powers", "--theory", "chaos"], "--theory goes with --stored only"),
        (["run", "test_cli.powers", "--stored"], "--stored takes no experiment"),
        (["list", "--theory", "magic"], "theory must be one of .*chaos.*, got 'magic'"),
        (["data", "list", "mnist"], "data set must be one of airfoil, .*, got 'mnist'"),
        (["data", "fetch"], "name what to fetch"),
    ],
)
def test_bad_usage_is_said_in_one_line_with_status_two(toy, capsys, words, message):
    assert main(words) == BAD_USAGE == 2
    err = capsys.readouterr().err
    assert re.match(f"lrtheory: {message}", err) and err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["run", "x", "--sed", "1"], ["list", "more"], ["claims", "--scale", "big"]]
)
def test_words_that_no_command_knows_are_refused_with_status_two(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["list", "run", "check", "claims", "data", "data list", "data where", "data fetch", "data verify"],
)
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert re.search(rf"Examples?:\s+python -m lrtheory {command.split()[0]}", capsys.readouterr().out)


def test_every_stored_run_of_the_book_names_an_experiment_and_its_parameters():
    runs_of_the_book = stored_runs()
    assert runs_of_the_book
    for name, parameters in runs_of_the_book:
        assert load_experiment(name).parameters(**parameters)


def test_the_list_and_the_modules_agree():
    for entry in experiments():
        loaded = load_experiment(entry.name)
        assert (loaded.name, loaded.module, loaded.version) == (entry.name, entry.module, entry.version)
        assert loaded.summary == entry.summary != ""


# --- claims -------------------------------------------------------------------------------------------


def claim(name, verdict, states=HOLDS):
    def check(scale):
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    return Claim(
        id=f"chaos.{name}", theory="chaos", kind="theorem", statement=f"Statement of {name}.",
        source="kong2020, 1", how="By counting.", states=states, check=check, page="chaos/coin_toss",
    )


GOOD = claim("good", Verdict.inside(1.0, (0.5, 2), predicted=1.0, stderr=0.1))
BAD = claim("bad", Verdict.inside(3.0, (0.5, 2)))
HONEST = claim("honest", Verdict.inside(3.0, (0.5, 2)), DOES_NOT_REPRODUCE)
RAISES = claim("raises", ZeroDivisionError("by zero"), DOES_NOT_REPRODUCE)


@pytest.mark.parametrize(
    ("some", "status"), [([GOOD], 0), ([GOOD, HONEST], 0), ([GOOD, BAD], 1), ([GOOD, RAISES], 1), ([], 0)]
)
def test_the_status_of_claims_says_whether_the_book_is_right(monkeypatch, capsys, some, status):
    monkeypatch.setattr(claims_command, "load_claims", lambda theory: tuple(some))
    assert main(["claims"]) == status
    assert main(["claims", "--json"]) == status


def test_claims_prints_a_list_of_objects(monkeypatch, capsys):
    monkeypatch.setattr(claims_command, "load_claims", lambda theory: (GOOD, BAD, RAISES))
    main(["claims", "--json", "--scale", "laptop"])
    good, bad, raises = json.loads(capsys.readouterr().out)
    assert good["id"] == "chaos.good" and good["status"] == "holds" and good["scale"] == "laptop"
    assert (good["measured"], good["stderr"], good["predicted"]) == (1.0, 0.1, 1.0)
    assert good["interval"] == [0.5, 2.0]
    assert bad["status"] == "does not reproduce" and bad["states"] == "holds" and not bad["as_stated"]
    assert raises["status"] == "check failed" and raises["error"] == "ZeroDivisionError: by zero"
    assert all(entry["seconds"] >= 0 for entry in (good, bad, raises))


def test_one_claim_can_be_chosen(monkeypatch, capsys):
    monkeypatch.setattr(claims_command, "load_claims", lambda theory: (GOOD, BAD))
    assert main(["claims", "--id", "chaos.good"]) == 0
    assert "bad" not in capsys.readouterr().out
    assert main(["claims", "--id", "chaos.gold"]) == BAD_USAGE
    assert "no claim is called 'chaos.gold'; the nearest are chaos.good" in capsys.readouterr().err


def test_an_unknown_theory_has_no_claims():
    with pytest.raises(ValueError, match=r"theory must be one of .*, got 'magic'"):
        claims_module.load_claims("magic")
