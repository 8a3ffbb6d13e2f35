"""Settings of the kernels that execute the pages; the pages themselves are the other extensions' business."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Kernels inherit the environment of the build.
SETTINGS = {
    "LRTHEORY_STATIC": "1",  # explorers draw their player for a page instead of a live widget
    "LRTHEORY_OFFLINE": "1",  # a page may load bundled data and stored runs only
    "OMP_NUM_THREADS": "1",  # small tensors: more threads are many times slower on a busy machine
    "MKL_NUM_THREADS": "1",
}
# Without it each page adds a line to the build's output: the kernel listens on this machine only.
KERNEL_SETTINGS = "c = get_config()\nc.IPKernelApp.log_level = 'ERROR'\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Set the environment before the first page is read, and leave the reader's own IPython profile out."""
    folder = Path(app.doctreedir, "ipython")
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_SETTINGS, encoding="utf-8")
    os.environ.update(SETTINGS, IPYTHONDIR=str(folder))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
