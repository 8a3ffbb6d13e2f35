"""A sandbox that has been probed, a small assignment, and notebooks made of cells."""

import json
import os
import subprocess
import sys

import pytest
from conftest import missing

from lrtheory.grading import Assignment, sandbox
from lrtheory.grading.assignments.checks import Checks, close

# Runs inside: where can a process write? Only `access` is asked, nothing is touched.
PROBE = """
import json, os
found = []
for folder, inside, _ in os.walk("/"):
    inside[:] = [each for each in inside if os.path.join(folder, each) not in ("/proc", "/sys")]
    if os.access(folder, os.W_OK):
        found.append(folder)
print(json.dumps([os.getuid(), found]))
"""


@pytest.fixture(scope="session")
def confined():
    """Hostile submissions run only where a harmless probe has shown what they could reach."""
    reason = sandbox.why_not()
    if reason:
        missing(f"no sandbox: {reason}")
    command = sandbox.command([sys.executable, "-I", "-c", PROBE])
    user, writable = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert user not in (0, None) and (os.geteuid() != 0 or user == 65534)
    assert sorted(writable) == ["/dev/shm", "/tmp"]


@pytest.fixture(scope="session")
def small():
    """Two questions about one step of descent on x^2 / 2 and the variance of a sample."""
    checks = Checks()

    @checks.check("q1", 1, public=True, seconds=2)
    def step_contracts(ask, draw):
        x, lr = draw.normal(size=5), draw.uniform(0.1, 0.9)
        close(ask("step", x, lr), (1 - lr) * x, rtol=1e-9)

    @checks.check("q1", 2, seconds=2)
    def steps_compose(ask, draw):
        x, lr = draw.normal(), draw.uniform(0.1, 0.9)
        close(ask("step", ask("step", x, lr), lr), (1 - lr) ** 2 * x, rtol=1e-9)

    return Assignment("small", tuple(checks))


def notebook(*cells):
    """A notebook with these code cells, as the bytes of its file."""
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()
