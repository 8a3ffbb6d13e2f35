"""The benchmarks run and print at a tiny size; no test asserts a time."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # together more than a quick run can afford

ROOT = Path(__file__).resolve().parents[1]
TINY = ["--size", "0.002", "--rounds", "1"]
ROWS = {
    "P1": ["lrtheory ensemble_positions", "numpy", "torch, in place", "pynamicalsys trajectory"],
    "P1h": ["lrtheory ensemble_histogram", "torch and histc", "numpy and np.histogram"],
    "P2": ["lrtheory lyapunov_sweep", "numba, one rate after the other", "pynamicalsys lyapunov, method ER"],
    "P3": ["lrtheory ensemble_descent", "torch.func vmap(grad)", "nn.Module and torch.optim.SGD, a loop"],
    "P4": ["lrtheory tangent_kernel", "torch.func jacrev and vmap, then J J^T", "lrtheory trained"],
    "P5": ["lrtheory, Gram algebra", "lrtheory, order 3, nothing cached", "SGD, torch.optim"],
    "P7": ["import lrtheory", "import lrtheory, numpy", "import torch"],
}


def run(*arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def timing(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import timing

    return timing


@pytest.mark.parametrize(
    "name", ["P1", "P1h", "P2", "P3", "P4", "P5", pytest.param("P7", marks=pytest.mark.slow)]
)
def test_a_workload_runs_and_prints_a_rate_for_everyone_installed(name):
    done = run(*TINY, name)
    assert done.returncode == 0, done.stderr
    for row in ROWS[name]:
        line = next(each for each in done.stdout.splitlines() if each.startswith(f"  {row}  "))
        words = line.removeprefix(f"  {row}").split()
        assert words == ["not", "installed"] or float(words[0]) > 0


def test_an_unknown_workload_is_refused_by_name():
    done = run("P99")
    assert done.returncode != 0
    assert "unknown workload P99; known: P1, P1h, P2, P3, P4, P5, P7" in done.stderr


def test_rates_and_ratios_are_medians_over_rounds(timing):
    seconds = iter([9.0, 9.0, 1.0, 2.0, 1.0, 4.0, 2.0, 40.0])  # warm-up, then (ours, theirs) three times
    now = [0.0]

    def work():
        now[0] += next(seconds)
        return 4.0

    ours, theirs = timing.Candidate("ours", work), timing.Candidate("theirs", work, 3)
    absent = timing.Candidate("absent", None, 3)
    workload = timing.Workload("title", "unit", ours, [theirs, absent], clock=lambda: now[0])
    measured = timing.rows(workload, rounds=3)
    assert [row.rate for row in measured] == [4.0, 1.0, None]  # of 4, 4, 2 and of 2, 1, 0.1
    assert [row.ratio for row in measured] == [1.0, 4.0, None]  # of 2, 4 and 20
    text = timing.table(workload, measured)
    assert "4.0      3  met" in text
    assert "not installed" in text


def test_a_missed_goal_says_so(timing):
    rows = [timing.Row("ours", 1.0, 1.0, None), timing.Row("theirs", 0.5, 2.0, 10)]
    workload = timing.Workload("title", "unit", timing.Candidate("ours", None), [])
    assert "2.0     10  MISSED" in timing.table(workload, rows)
