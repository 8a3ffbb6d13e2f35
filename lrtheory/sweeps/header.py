"""The file sweep.json: what the points of a folder are, and with which code and versions they are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lrtheory.results.files import replace
from lrtheory.results.provenance import now
from lrtheory.sweeps.environment import Environment
from lrtheory.sweeps.plan import Plan, plan_from_json
from lrtheory.sweeps.trouble import SweepRefused

FORMAT = "lrtheory sweep"
FORMAT_VERSION = 1
NAME = "sweep.json"


@dataclass(frozen=True)
class Header:
    """What a folder of points says of itself.

    Attributes:
        plan: the sweep.
        environment: code and versions of its points.
        date: when it was begun.
    """

    plan: Plan
    environment: Environment
    date: str


def write_header(folder: Path, plan: Plan, environment: Environment) -> Header:
    """Begin a folder.

    Raises:
        OSError: it cannot be written.
    """
    header = Header(plan, environment, now())
    content: dict[str, object] = {
        "format": FORMAT, "format_version": FORMAT_VERSION, "plan": plan.as_json(),
        "environment": asdict(environment), "date": header.date,
    }
    content["digest"] = _digest(content)
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / NAME, (json.dumps(content, indent=1) + "\n").encode())
    return header


def read_header(folder: Path) -> Header | None:
    """What a folder says of itself; None where it says nothing, or nothing that can be trusted.

    Then the files of points still say which sweep and which environment they belong to, so that whoever
    knows the plan can write the header again.

    Raises:
        SweepRefused: another program's, or a newer one's.
    """
    try:
        content = json.loads((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: wrong JSON or wrong UTF-8
        return None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SweepRefused(f"{folder / NAME} is no sweep of lrtheory: it lacks the mark {FORMAT!r}; "
                           "name another folder by --store or store=")
    digest, version = content.pop("digest", None), content.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise SweepRefused(f"{folder / NAME} has format version {version!r}, but this lrtheory reads up to "
                           f"{FORMAT_VERSION}; update lrtheory, or name another folder by --store or store=")
    return _header(content) if digest == _digest(content) else None


def _header(content: Mapping[str, Any]) -> Header | None:
    try:
        environment = Environment(**content["environment"])
        return Header(plan_from_json(content["plan"]), environment, str(content["date"]))
    except (KeyError, TypeError, ValueError):
        return None


def _digest(content: Mapping[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
