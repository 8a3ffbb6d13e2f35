"""The benchmarks run and print at a tiny size; no test asserts a time."""

import gc
import json
import os
import subprocess
import sys
import time
from argparse import Namespace
from email.message import Message
from pathlib import Path

import pytest

from lrtheory.__main__ import BAD_USAGE, main
from lrtheory.commands import bench

ROOT = Path(__file__).resolve().parents[1]
TINY = ["--size", "0.002", "--rounds", "1"]
ROWS = {
    "P1": ["lrtheory ensemble_positions", "numpy", "torch, in place", "pynamicalsys trajectory"],
    "P1h": ["lrtheory ensemble_histogram", "torch and histc", "numpy and np.histogram"],
    "P2": ["lrtheory lyapunov_sweep", "numba, one rate after the other", "pynamicalsys, method ER"],
    "P3": ["lrtheory ensemble_descent", "torch.func vmap(grad)", "nn.Module and torch.optim.SGD, a loop"],
    "P4": ["lrtheory tangent_kernel", "torch.func jacrev and vmap, then J J^T", "lrtheory trained"],
    "P5": ["lrtheory, Gram algebra", "lrtheory, order 3, nothing cached", "SGD, torch.optim"],
    "P7": ["import lrtheory", "import lrtheory, numpy", "import torch"],
    "P8": ["in this process", "threads:2", "processes:1", "processes:2", "Dask on this machine, 2 workers"],
}


@pytest.fixture
def benchmarks(monkeypatch, tmp_path):
    """The package in the repository, with a store of its own."""
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("LRTHEORY_STORE", str(tmp_path / "store"))
    from benchmarks import book, command, limits, timing

    return Namespace(book=book, command=command, limits=limits, timing=timing, store=tmp_path / "store")


@pytest.fixture
def quick(benchmarks, monkeypatch):
    """One workload of no work, limits that nobody measured, and one in seconds whose book is not there."""
    timing, ticks = benchmarks.timing, iter(range(10**6))
    limits = benchmarks.limits.Limits(8e9, 1e10, 1e9, 2e9)
    monkeypatch.setattr(benchmarks.limits, "measured", lambda: limits)

    def plain(size):
        ways = [timing.Candidate(name, lambda: 1.0, 1) for name in ("ours", "theirs")]
        limit = lambda found: timing.Limit(found.float64 / 4e9, "half of it")  # noqa: E731
        return timing.Workload("P1: toy", "things", ways[0], ways[1:], lambda: next(ticks), limit)

    monkeypatch.setattr("benchmarks.maps.plain", plain)
    monkeypatch.setattr(benchmarks.book, "ROOT", ROOT / "tests")
    monkeypatch.setattr(benchmarks.book, "_pages", lambda: ["book/one"] * 20)
    return benchmarks


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_workload_runs_and_prints_a_rate_for_everyone_installed(name):
    command = [sys.executable, "-m", "benchmarks", *TINY, name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for row in ROWS[name]:
        line = next(each for each in done.stdout.splitlines() if each.startswith(f"  {row}  "))
        words = line.removeprefix(f"  {row}").split()
        assert words == ["not", "installed"] or float(words[0]) > 0
    assert ("of the limit" in done.stdout) == (name not in ("P5", "P7", "P8"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["P99"], "unknown workload P99; known: P1, P1h, P2, P3, P4, P5, P6, P7, P8"),
        (["--size", "0"], "--size must be above 0 and at most 1, got 0"),
        (["--size", "nan"], "--size must be above 0 and at most 1, got nan"),
        (["--rounds", "0"], "--rounds must be at least 1, got 0"),
        (["--json", "no/such/folder.json"], "--json must name a file in a folder that is there, got no/such"),
        (["--keep", "--size", "0.5"], "only a full-size run may be kept, got size 0.5: leave --size out"),
    ],
)
def test_what_cannot_end_well_is_refused_before_anything_is_measured(quick, capsys, words, message):
    assert main(["bench", *words]) == BAD_USAGE
    told = capsys.readouterr()
    assert told.err.startswith(f"lrtheory: {message}") and told.err.count("\n") == 1
    assert told.out == "" and not quick.store.exists()


def test_a_package_without_its_repository_says_where_the_benchmarks_are(monkeypatch, tmp_path, capsys):
    about = Message()
    about["Project-URL"] = "Changes, https://example.org/one/two/changes"
    about["Project-URL"] = "Homepage, https://example.org/one/two"
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: about)
    monkeypatch.setattr(bench, "REPOSITORY", tmp_path)
    assert main(["bench", "P1"]) == BAD_USAGE
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "not in the installed package but in its repository" in told
    assert ": git clone https://example.org/one/two, and run python -m lrtheory bench there" in told


def test_rates_and_ratios_are_medians_over_rounds_with_quartiles(benchmarks):
    timing = benchmarks.timing
    seconds = iter([9.0, 9.0, 1.0, 2.0, 1.0, 4.0, 2.0, 40.0])  # warm-up, then (ours, theirs) three times
    now = [0.0]

    def work():
        now[0] += next(seconds)
        return 4.0

    ours, theirs = timing.Candidate("ours", work), timing.Candidate("theirs", work, 3)
    absent = timing.Candidate("absent", None, 3)
    workload = timing.Workload("title", "unit", ours, [theirs, absent], clock=lambda: now[0])
    first, second, third = timing.rows(workload, rounds=3)
    assert first.rate == timing.Spread(4.0, 3.0, 4.0)  # of 4, 4, 2
    assert second.rate == timing.Spread(1.0, 0.55, 1.5)  # of 2, 1, 0.1
    assert second.ratio == timing.Spread(4.0, 3.0, 12.0) and second.met  # of 2, 4 and 20
    assert (third.rate, third.ratio, third.met, third.missing) == (None, None, None, "not installed")
    text = timing.table(workload, (first, second, third), timing.Limit(8.0, "eight of them"))
    assert "4 (3 to 12) 3 met" in " ".join(text.split())
    assert "not installed" in text
    assert text.endswith("  50% of the limit, 8: eight of them")


def test_quick_work_is_done_again_until_a_turn_is_long_enough(benchmarks):
    timing, calls = benchmarks.timing, []
    ours = timing.Candidate("ours", lambda: calls.append(1) or 4.0)
    workload = timing.Workload("title", "unit", ours, [], clock=lambda: 0.02 * len(calls))
    (row,) = timing.rows(workload, rounds=1)
    assert len(calls) == 2 * 3  # the warm-up, and one round, of 60 ms each
    assert row.rate.median == pytest.approx(200.0)


def test_a_missed_goal_says_so(benchmarks):
    timing = benchmarks.timing
    slow = timing.Candidate("theirs", lambda: 1.0, 10)
    workload = timing.Workload("title", "unit", slow, [slow], clock=iter(range(99)).__next__)
    found = timing.rows(workload, rounds=1)
    assert not found[1].met
    assert "10  MISSED" in timing.table(workload, found)


def test_seconds_are_taken_once_and_less_is_better(benchmarks):
    timing, calls = benchmarks.timing, []
    work = lambda: calls.append(1) or 3.0  # noqa: E731
    ways = [timing.Candidate("a", work, 4), timing.Candidate("b", work, 2)]
    workload = timing.Workload("title", "CPU seconds", ways[0], ways[1:], seconds=True)
    found = timing.rows(workload, rounds=7)
    assert len(calls) == 2 and [row.met for row in found] == [True, False]
    assert found[0].ratio is None and "ratio" not in timing.table(workload, found)


def test_json_goes_to_the_output_alone_or_to_a_file(quick, capsys, tmp_path):
    assert main(["bench", "P1", "P1", "P6", "--rounds", "3", "--json", "-"]) == 0
    told = capsys.readouterr()
    toy, book = json.loads(told.out)["workloads"]
    assert "P1: toy [things]" in told.err
    assert (toy["key"], toy["name"], toy["fraction"]) == ("maps.plain", "P1", 0.5)
    assert toy["limit"] == {"rate": 2.0, "count": "half of it"}
    assert toy["rows"][1]["ratio"] == {"median": 1.0, "low": 1.0, "high": 1.0} and toy["rows"][1]["met"]
    assert toy["origin"]["rounds"] == 3 and toy["origin"]["limits"]["copy"] == 1e9
    assert {"python", "numpy", "torch", "pynamicalsys"} <= set(toy["origin"]["versions"])
    assert book["seconds"] and book["fraction"] is None
    assert main(["bench", "P1", "--json", str(tmp_path / "found.json")]) == 0
    assert json.loads((tmp_path / "found.json").read_text())["workloads"][0]["title"] == "P1: toy"
    assert "P1: toy [things]" in capsys.readouterr().out and not quick.store.exists()


def test_what_is_kept_lies_in_the_store_without_what_was_not_run(quick, capsys):
    assert main(["bench", "P1", "P6", "--keep"]) == 0
    told = capsys.readouterr()
    assert f"kept in {quick.store / 'benchmarks.json'}" in told.err
    assert told.out.count("no built book here: make book") == 5
    kept = json.loads((quick.store / "benchmarks.json").read_text())["workloads"]
    assert [each["key"] for each in kept] == ["maps.plain"]
    assert os.listdir(quick.store) == ["benchmarks.json"]


def test_the_goals_of_the_book_grow_with_its_pages(quick, monkeypatch):
    records = [{"processor_seconds": 1.5}, {"processor_seconds": 2.0, "page": "claims"}]
    monkeypatch.setattr(quick.book, "_records", lambda: records)
    built = iter([5.0, 3.0, 4.0])
    for build in ("rendered", "built", "reference"):
        monkeypatch.setattr(quick.book._Copy, build, lambda self: next(built))
    found = quick.timing.rows(quick.book.rendering(1.0), rounds=7)
    assert [(row.rate.median, row.goal, row.met) for row in found] == [
        (5.0, pytest.approx(8.3), True), (3.0, pytest.approx(2.5), False), (4.0, None, None),
        (3.5, 12.0, True), (2.0, None, None),
    ]
    small = quick.timing.rows(quick.book.rendering(0.1), rounds=7)
    assert [row.missing for row in small] == [*["at full size only"] * 3, "", ""]
    records.append({"execution_seconds": 1.0})
    assert "make book CLEAN=1" in quick.timing.rows(quick.book.rendering(0.1), rounds=1)[3].missing


@pytest.mark.slow
@pytest.mark.parametrize("build", ["one_output", "ten_outputs"])
def test_the_products_counted_for_a_kernel_are_those_that_are_made(benchmarks, build):
    """By torch's own count: never fewer, and not many more."""
    from torch.utils.flop_counter import FlopCounterMode

    from benchmarks import kernels

    workload = getattr(kernels, build)(1.0)
    with FlopCounterMode(display=False) as counter:
        work = workload.ours.run()
    one = benchmarks.limits.Limits(1.0, 1.0, 1.0, 1.0)
    assert 1 <= counter.get_total_flops() / work * workload.limit(one).rate < 1.2


def test_a_limit_of_this_processor_is_a_rate(benchmarks):
    found = benchmarks.limits.measured()
    assert min(found.float64, found.float32, found.copy, found.increments) > 1e6


@pytest.mark.parametrize("build", ["at_once", "with_work"])
def test_a_sweep_is_measured_on_the_clock_of_the_wall_and_its_folders_are_removed(benchmarks, build):
    from benchmarks import sweeps

    workload = getattr(sweeps, build)(0.002)
    ours, threads, *_, alone = (workload.ours, *workload.others)
    folder = ours.run.func.__self__._root
    assert [ours.run(), threads.run(), alone.run()] == [2.0, 2.0, 2.0]
    assert workload.clock is time.perf_counter and "wall clock" in workload.unit
    assert len(list(folder.glob("*/sweeps"))) == 2
    del workload, ours, threads, alone, _
    gc.collect()
    assert not folder.exists()


@pytest.mark.parametrize("found", [None, "a spec"])
def test_a_sweep_on_dask_is_measured_where_it_is_installed(benchmarks, monkeypatch, found):
    from benchmarks import sweeps

    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    dask = [each for each in sweeps.at_once(0.002).others if each.name.startswith("Dask")]
    assert [each.name[-9:] for each in dask] == [" 1 worker", "2 workers"]
    assert all((each.run is None) == (found is None) for each in dask)


def test_a_point_with_work_takes_its_time_of_the_processor(benchmarks):
    from benchmarks.sweeps.points import working

    began = time.thread_time()
    assert working.function(number=3) == {"number": 3}
    assert time.thread_time() - began >= 0.02
