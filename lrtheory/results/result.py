"""A stored run in the reader's hands, and what is raised where there is none."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtheory.results.provenance import Provenance, Rechecked

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]


class MissingResult(LookupError):
    """No stored run of an experiment with these parameters; the message has the command that makes it."""


class NotStored(OSError):
    """A finished run that could not be written to its store; the message says where it was saved instead.

    Attributes:
        result: the run.
    """

    def __init__(self, message: str, result: Result) -> None:
        """Keep the run with the message."""
        super().__init__(message)
        self.result = result


@dataclass(frozen=True)
class Caption:
    """Caption of a stored figure.

    Attributes:
        seen: what the figure shows.
        origin: how the run was made.
    """

    seen: str
    origin: str

    def _repr_html_(self) -> str:
        """Both as paragraphs, the first one in the style of a caption."""
        return _paragraph("seen", self.seen) + _paragraph("provenance", self.origin)

    def __str__(self) -> str:
        """Both as lines."""
        return f"{self.seen}\n{self.origin}"


@dataclass(frozen=True)
class Result:
    """Arrays of a stored run with what is known about them.

    Attributes:
        arrays: name to numpy array.
        parameters: all parameters of the run.
        provenance: where the run comes from.
        changes: what has changed in the code since, empty for a fresh run.
        rechecked: the recorded re-check that covers today's code, None without one.
    """

    arrays: Mapping[str, Array]
    parameters: Mapping[str, object]
    provenance: Provenance
    changes: tuple[str, ...] = ()
    rechecked: Rechecked | None = None

    def __getitem__(self, name: str) -> Array:
        """Array of a name.

        Raises:
            KeyError: no such array; the message lists the names.
        """
        if name not in self.arrays:
            owner, known = self.provenance.experiment, ", ".join(self.names)
            raise KeyError(f"{owner} stored no array {name!r}; it has {known}")
        return self.arrays[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays."""
        return tuple(self.arrays)

    @property
    def stale(self) -> bool:
        """Whether the code that made the run has changed since, with no recorded re-check of its numbers."""
        return bool(self.changes) and self.rechecked is None

    def caption(self) -> str:
        """One sentence for a figure: device, dtype, seeds, date, version, seconds, and its state."""
        return self.provenance.caption(self.changes, self.rechecked)

    def captioned(self, seen: str) -> Caption:
        """What a page shows below a figure: what is seen in it, then where the run comes from.

        Args:
            seen: one or two plain sentences.

        Raises:
            ValueError: nothing is said.
        """
        if not seen.strip():
            raise ValueError("a caption says what is seen, got an empty one; write a sentence")
        return Caption(seen, self.caption())

    def _repr_html_(self) -> str:
        """The caption, as a page shows it below a figure."""
        return _paragraph("provenance", self.caption())


def _paragraph(kind: str, words: str) -> str:
    return f'<p class="{kind}">{html.escape(words)}</p>'
