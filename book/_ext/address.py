"""Where the repository lies: one setting of _config.yml, and what follows from it; no page is made here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = "https://github.com/"


@dataclass(frozen=True)
class Address:
    """Address of the repository, and of what is made from it.

    Attributes:
        repository: where it lies, https and without a slash at the end.
        branch: what the buttons open.
        base: where the built book is published, with a slash at the end; empty where that is unknown.
    """

    repository: str
    branch: str
    base: str

    def page(self, name: str) -> str:
        """Address of a published page, by its name such as book/index; without one, of its source."""
        if self.base:
            return f"{self.base}{name}.html"
        return f"{self.repository}/blob/{self.branch}/{name}.md"

    def binder(self, path: str) -> str:
        """Link that starts a server and opens a file of the repository there."""
        where = quote(self.repository, safe="")
        if self.repository.startswith(GITHUB):
            where = self.repository.removeprefix(GITHUB)
        kind = "gh" if self.repository.startswith(GITHUB) else "git"
        return f"https://mybinder.org/v2/{kind}/{where}/{quote(self.branch, safe='')}?urlpath=lab/tree/{path}"

    def colab(self, path: str) -> str | None:
        """Link that opens a notebook of the repository on Colab, which reads from GitHub alone."""
        if not self.repository.startswith(GITHUB):
            return None
        where = self.repository.removeprefix(GITHUB)
        return f"https://colab.research.google.com/github/{where}/blob/{self.branch}/{path}"


def address(root: Path = ROOT) -> Address:
    """The address that _config.yml of a checkout names.

    Raises:
        ValueError: it is no https address with a path.
    """
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    given = str(config["repository"]["url"])
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.path.strip("/") or given.endswith(("/", ".git")):
        raise ValueError(
            f"repository.url in _config.yml is {given!r}: give https://HOST/OWNER/NAME, "
            "without .git or a slash at the end"
        )
    base = str(config.get("html", {}).get("baseurl") or _github_pages(given))
    return Address(given, str(config["repository"]["branch"]), base)


def _github_pages(repository: str) -> str:
    """Where GitHub Pages publishes a repository; elsewhere html.baseurl says it."""
    if not repository.startswith(GITHUB):
        return ""
    owner, _, name = repository.removeprefix(GITHUB).partition("/")
    own_page = name.lower() == f"{owner.lower()}.github.io"
    return f"https://{owner.lower()}.github.io/" + ("" if own_page else f"{name}/")
