"""The command line for an experiment of one's own, outside the package; failures, interrupts, pipes."""

import re
import shlex
import subprocess
import sys
import textwrap

import pytest

from lrtheory.__main__ import BAD_USAGE, FAILED, STOPPED, main
from lrtheory.results import MissingResult, Store
from lrtheory.source.catalog import find_experiment, load_experiment


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module of one's own in the working folder, as a student has it."""
    source = """
        from lrtheory.results import experiment

        @experiment(smoke={"flips": 2})
        def coin(*, flips=4, seed=0, device="cpu"):
            '''Flips of a coin.'''
            if flips == 13:
                raise FloatingPointError("diverged at step 13; lower lr")
            if flips == 14:
                raise KeyboardInterrupt
            return {"flips": [n % 2 for n in range(flips)]}
    """
    name = f"mine_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path / "store"))
    return name


def test_an_experiment_of_ones_own_is_run_by_the_command_that_its_absence_names(mine, capsys):
    coin = load_experiment(f"{mine}.coin", mine)
    with pytest.raises(MissingResult) as missing:
        Store().get(coin, flips=6)
    words = shlex.split(str(missing.value).partition("python -m lrtheory ")[2])
    assert words == ["run", f"{mine}.coin", "flips=6", "--module", mine]
    assert main(words) == 0
    assert Store().get(coin, flips=6)["flips"].tolist() == [0, 1, 0, 1, 0, 1]
    assert main(["check"]) == 0


@pytest.mark.parametrize(
    ("name", "module", "message"),
    [
        ("{mine}.coin", "{mine}_of_hers", "no module 'mine_.*_of_hers' can be imported from here"),
        ("{mine}.dice", "{mine}", "module 'mine_.*' marks no @experiment that is called 'mine_.*.dice'"),
        ("chaos.coin", "{mine}", "module 'mine_.*' marks no @experiment that is called 'chaos.coin'"),
    ],
)
def test_a_module_without_the_experiment_is_refused(mine, capsys, name, module, message):
    assert main(["run", name.format(mine=mine), "--module", module.format(mine=mine)]) == BAD_USAGE
    assert re.match(f"lrtheory: {message}", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("flips", "status", "message"),
    [(13, FAILED, "the run failed: diverged at step 13; lower lr"), (14, STOPPED, "stopped; what was")],
)
def test_a_run_that_fails_or_is_stopped_says_so_in_one_line(mine, capsys, flips, status, message):
    assert main(["run", f"{mine}.coin", "--module", mine]) == 0
    assert main(["run", f"{mine}.coin", f"flips={flips}", "--module", mine]) == status
    err = capsys.readouterr().err
    assert err.startswith(f"lrtheory: {message}") and err.count("\n") == 1
    assert Store().is_fresh(load_experiment(f"{mine}.coin", mine))


def test_a_reader_who_has_seen_enough_ends_the_list_without_a_word():
    command = f"{sys.executable} -m lrtheory list | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("chaos: ")


def test_the_examples_of_the_help_name_experiments_that_exist(capsys):
    for command in ("run", "check", "list"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
    named = set(re.findall(r"lrtheory run (\w+\.\w+)", capsys.readouterr().out))
    assert len(named) > 1 and all(find_experiment(name) for name in named - {"mine.coin"})


def test_a_store_that_is_not_there_is_no_store_without_faults(capsys, tmp_path):
    assert main(["check", "--store", str(tmp_path / "typo")]) == BAD_USAGE
    assert "there is no folder" in capsys.readouterr().err


def test_another_store_can_be_named(mine, tmp_path):
    other = tmp_path / "other"
    assert main(["run", f"{mine}.coin", "--module", mine, "--store", str(other)]) == 0
    assert Store(other).is_fresh(load_experiment(f"{mine}.coin", mine)) and Store().records() == ()
