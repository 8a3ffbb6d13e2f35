"""A driver that is killed at random moments, a hundred times: nothing lost, nothing corrupt."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 100


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here, so no process that is killed halfway")
def test_a_hundred_kills_lose_nothing_and_change_nothing(toy, store):
    paths = os.pathsep.join([str(Path(toy.__file__).parent), os.environ.get("PYTHONPATH", "")])
    script = Path(__file__).with_name("killing.py")
    command = [sys.executable, str(script), toy.__name__, str(store), str(KILLS)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths}
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["kills"] == KILLS
    assert (seen["wrong"], seen["damaged"], seen["lost"], seen["equal"]) == (0, 0, 0, True)
    assert seen["files"] < 20  # of which ten are shards
    moments = seen["moments"]
    assert sum(0 < each < 1000 for each in moments) > KILLS / 4, moments
