"""What pyproject.toml cannot say: the wheel holds the stored runs, and nothing that an old build left."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

RUNS = Path("book/cache")


class BuildWithRuns(build_py):
    """Builds into an empty folder, and puts the stored runs where an installed package looks for them."""

    def run(self) -> None:
        """Build; an editable install reads the runs where they lie."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            kept = Path(self.build_lib) / "lrtheory" / "results" / "kept"
            shutil.copytree(RUNS, kept, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithRuns})
