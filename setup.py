"""What pyproject.toml cannot say: the wheel holds the stored runs, nothing of an old build; one address."""

import re
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


def urls() -> dict[str, str]:
    """Addresses for the package's metadata, from the one setting."""
    config = Path("_config.yml").read_text(encoding="utf-8")
    url, branch = re.search(r"^repository:\n  url: (\S+)\n  branch: (\S+)$", config, re.MULTILINE).groups()
    return {"Homepage": url, "Changes": f"{url}/blob/{branch}/CHANGELOG.md"}


setup(cmdclass={"build_py": BuildWithRuns}, project_urls=urls())
