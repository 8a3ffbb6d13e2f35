"""The command line for sweeps: grids, executors, dry runs, status, and Ctrl-C; each error one line."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from itertools import pairwise

import pytest

from lrtheory import stored_sweeps
from lrtheory.__main__ import BAD_USAGE, FAILED, main
from lrtheory.commands.executors import opened_executor
from lrtheory.commands.grid_words import grid_from_words

SOURCE = """
    import os
    import time
    from lrtheory.results import experiment

    @experiment(smoke={"flips": 2})
    def coin(*, lr=0.1, flips=4, seed=0, pause=0.0, device="cpu"):
        '''Flips of a coin.'''
        time.sleep(pause)
        if flips == 13:
            raise FloatingPointError("diverged at step 13; lower lr")
        if flips == 99:
            os._exit(1)
        return {"flips": [n % 2 for n in range(5)], "seed": seed}
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module of one's own in the working folder, as a student has it."""
    name = f"coins_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(SOURCE))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path / "store"))
    return name


@pytest.fixture
def run(mine):
    """Function that runs the coin over a grid."""
    return lambda *words: main(["run", f"{mine}.coin", "--module", mine, "--grid", *words])


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("x=0.01:1:log3", [0.01, 0.1, 1.0]),
        ("x=1:0:lin3", [1.0, 0.5, 0.0]),
        ("x=0.1:0.3:lin3", [0.1, 0.2, 0.3]),
        ("x=2:8:log1", [2.0]),
        ("x=-2..1", [-2, -1, 0, 1]),
        ("x=0.5", [0.5]),
        ("x=1,2.5,true,null", [1, 2.5, True, None]),
        ("x=cpu,cuda", ["cpu", "cuda"]),
        ("x=[1,2],[3]", [[1, 2], [3]]),
        ('x="a,b","c"', ["a,b", "c"]),
    ],
)
def test_the_forms_of_a_grid(word, values):
    assert grid_from_words([word]) == {"x": values}


def test_ends_of_a_spaced_range_are_as_they_are_written():
    values = grid_from_words(["x=0.013:0.57:log20"])["x"]
    ratios = [after / before for before, after in pairwise(values)]
    assert (values[0], values[-1], len(values)) == (0.013, 0.57, 20)
    assert max(ratios) / min(ratios) < 1 + 1e-12


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lr"], "a grid is written name=values with values a:b:logN, .* got 'lr'"),
        (["lr=0.1,0.2", "lr=1,2"], "must name each parameter once, got 'lr' twice"),
        (["lr=0:1:log3"], "'lr=0:1:log3' takes logarithms, so both ends must be positive; or write lin3"),
        (["lr=a:1:lin3"], "'lr=a:1:lin3' must begin with two finite numbers"),
        (["lr=0:inf:lin3"], "'lr=0:inf:lin3' must begin with two finite numbers"),
        (["lr=0:1:lin0"], "must end with linN or logN, N from 1 to 10000000"),
        (["lr=0:1:cubic3"], "must end with linN or logN"),
        (["flips=3..1"], "'flips=3..1' is empty: 1 is below 3"),
        (["flips=0..99999999"], "is 100000000 values; a grid has at most 10000000 points"),
        (["rate=1,2"], r"has no parameter 'rate'; it has lr=0\.1"),
        (["flips=1.5,2"], "parameter 'flips' of .* must be of the type of 4, got 1.5"),
        (["lr=1,2", "--executor", "cloud"], "executor must be local, threads:N, processes:N or dask://HOST:PORT"),
        (["lr=1,2", "--executor", "threads:0"], "executor must have from 1 to 1024 workers, got 'threads:0'"),
        (["lr=1,2", "--window", "0"], "window must be at least 1, got 0"),
        (["lr=1,2", "--seed", "-1"], "seed must be a non-negative integer, got -1"),
        (["seed=1..2", "--seed", "1"], "do not set 'seed' beside it"),
        (["lr=1,2", "--device", "cpu", "lr=3"], "parameter 'lr' is in the grid and beside it"),
    ],
)
def test_bad_words_are_one_line(run, capsys, words, message):
    assert run(*words) == BAD_USAGE
    err = capsys.readouterr().err
    assert re.match(f"lrtheory: .*{message}", err) and err.count("\n") == 1


@pytest.mark.parametrize("option", ["--dry-run", "--retry", "--again", "--executor=threads:2", "--window=3"])
def test_options_of_a_grid_need_one(mine, capsys, option):
    assert main(["run", f"{mine}.coin", "--module", mine, option]) == BAD_USAGE
    assert f"{option.partition('=')[0]} goes with --grid only" in capsys.readouterr().err


def test_a_scheduler_that_does_not_answer_is_one_line(run, capsys, monkeypatch):
    pytest.importorskip("distributed", reason="no distributed: pip install -e '.[cluster]'")
    monkeypatch.setattr("lrtheory.commands.executors._PATIENCE", 0.5)
    assert run("lr=1,2", "--executor", "dask://127.0.0.1:9") == BAD_USAGE
    assert re.match(r"lrtheory: no Dask scheduler answers at tcp://127\.0\.0\.1:9 ", capsys.readouterr().err)


def test_dask_that_is_not_installed_is_one_line(run, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert run("lr=1,2", "--executor", "dask://127.0.0.1:9") == BAD_USAGE
    assert "pip install 'lrtheory[cluster]'" in capsys.readouterr().err


def test_a_grid_is_run_shown_and_taken_up_again(run, mine, capsys):
    grid = ("lr=0.1:0.4:lin4", "flips=1..3", "pause=0.0")
    assert run(*grid, "--dry-run") == 0
    out = capsys.readouterr().out
    assert "12 points, 4 lr x 3 flips" in out and "  0: lr=0.1 flips=1\n" in out and "  ...\n" in out
    assert "0 done, 0 failed; 12 to make" in out
    assert re.search(r"s a point, timed now with the small setting \(flips=2\); a full .* on one worker", out)
    assert main(["status"]) == 0 and capsys.readouterr().out == "no sweep is stored here\n"
    assert run(*grid, "--executor", "threads:2", "--window", "3", "--seed", "5") == 0
    assert "12 points, 0 failed" in capsys.readouterr().out
    (found,) = stored_sweeps()
    assert len(set(found["seed"].flat)) == 12
    assert run(*grid, "--seed", "5", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "12 done, 0 failed; 0 to make" in out and "the mean of 12 stored points: 0 s" in out
    assert main(["status", f"{mine}.coin"]) == 0
    out = capsys.readouterr().out
    assert "4 lr x 3 flips, 12 points: 12 done, 0 failed, 0 missing, 0 files damaged" in out


def test_failures_and_damage_are_shown(run, mine, capsys):
    assert run("flips=12..17") == 1
    out = capsys.readouterr().out
    assert "\n  failed: flips=13: FloatingPointError: diverged at step 13; lower lr (coin" in out
    assert main(["status"]) == 1
    assert "5 done, 1 failed, 0 missing" in capsys.readouterr().out
    (found,) = stored_sweeps()
    (shard,) = (found.folder / "shards").iterdir()
    shard.write_bytes(shard.read_bytes()[:-9])
    assert main(["status"]) == 1
    out = capsys.readouterr().out
    assert "0 done, 0 failed, 6 missing, 1 files damaged" in out and f"damaged: {shard.name}" in out
    with pytest.warns(UserWarning, match="set aside"):
        assert run("flips=12..17", "--retry") == 1
    assert main(["status", "chaos.nonsense"]) == BAD_USAGE
    assert "no experiment is called 'chaos.nonsense'" in capsys.readouterr().err


def test_status_says_what_has_changed_since(run, mine, tmp_path, capsys):
    assert run("flips=1,2") == 0
    path = tmp_path / f"{mine}.py"
    path.write_text(path.read_text().replace("n % 2", "n % 3"))
    assert main(["status"]) == 1
    assert f"\n  stale: the code of {mine} differs\n" in capsys.readouterr().out
    assert run("flips=1,2") == 0  # nothing is to be made: shown, and said
    assert f"STALE: the code of {mine} differs" in capsys.readouterr().out
    assert run("flips=1,2,3", "--again") == FAILED
    assert "or this process, again" in capsys.readouterr().err
    path.unlink()
    assert main(["status"]) == 1
    assert f"stale: {mine} with {mine}.coin is not to be found from here" in capsys.readouterr().out


def test_a_worker_that_dies_is_one_line(run, capsys):
    assert run("flips=12,99", "--executor", "processes:1") == FAILED
    err = capsys.readouterr().err
    assert "BrokenProcessPool" in err and "call again to go on" in err and err.count("\n") == 1


@pytest.mark.parametrize("where", ["local", "threads:2", "processes:2"])
def test_ctrl_c_leaves_a_store_that_goes_on(mine, tmp_path, where):
    command = [sys.executable, "-m", "lrtheory", "run", f"{mine}.coin", "--module", mine]
    command += ["--grid", "lr=0.1:1:lin12", "pause=0.3", "--executor", where]
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths}
    group = {"env": environment, "cwd": tmp_path, "stderr": subprocess.PIPE, "start_new_session": True}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True, **group) as process:
        while not list((tmp_path / "store").glob("sweeps/*/points/*")):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        began = time.monotonic()
        err = process.communicate(timeout=60)[1]
    assert (process.returncode, err) == (
        130, "lrtheory: stopped; what has finished is stored, and the same command goes on\n"
    )  # fmt: skip
    assert time.monotonic() - began < 20
    (found,) = stored_sweeps(tmp_path / "store")
    assert 0 < found.done < 12 and found.failed == {} and found.damaged == {}


def test_a_block_that_is_left_by_an_error_waits_for_nothing():
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="enough"), opened_executor("processes:1") as executor:
        for _ in range(5):
            executor.submit(time.sleep, 30)
        time.sleep(0.5)
        raise RuntimeError("enough")
    assert time.monotonic() - began < 20


def test_processes_end_with_a_driver_that_is_killed(tmp_path):
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent("""
        import os, time
        from lrtheory.commands.executors import opened_executor
        if __name__ == "__main__":
            with opened_executor("processes:2") as executor:
                print(executor.submit(os.getpid).result(), flush=True)
                time.sleep(60)
    """))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and int(process.stdout.readline()) != process.pid
        process.kill()
        assert process.communicate(timeout=20)[0] == ""  # the workers have it open until they end
