"""Puts points away as they finish: at once, or those of a tenth of a second together; the driver's hand."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from lrtheory.sweeps.engines import Collected
from lrtheory.sweeps.environment import Environment
from lrtheory.sweeps.folder import BLOCK, State, consolidate, write_points
from lrtheory.sweeps.packs import Outcome
from lrtheory.sweeps.trouble import Lost

# Seconds: a file takes some milliseconds, so that points which take less would wait for the disk. A kill
# loses at most the work of this time; slower points are stored one by one, each as it finishes.
TOGETHER = 0.1


class Keeper:
    """Stores what finishes.

    Args:
        folder: of the sweep.
        environment: that of the driver.
        state: of the folder; kept up to date.
        ahead: numbers of the points that are to be made.
    """

    def __init__(self, folder: Path, environment: Environment, state: State, ahead: Iterable[int]) -> None:
        """Remember what is to come; write nothing yet."""
        self.state = state
        self._folder, self._environment, self._digest = folder, environment, environment.digest
        blocks = np.bincount([index // BLOCK for index in ahead], minlength=-(-len(state.status) // BLOCK))
        self._left = {block: int(number) for block, number in enumerate(blocks) if number}
        self._waiting: list[Outcome] = []
        self._stored_at = -np.inf

    def take(self, found: Collected) -> Lost | None:
        """Take what has come; give the first reason to stop, if there is one."""
        trouble = None
        for index, each in found:
            if isinstance(each, Lost):
                trouble = trouble or each
            elif each.environment is not None or (each.arrays is not None and each.digest != self._digest):
                trouble = trouble or self._mismatch(each.environment)
            else:
                self._waiting.append(Outcome(index, each.arrays, each.message, each.seconds))
        return trouble

    def patience(self) -> float | None:
        """Seconds until what waits has to be stored; None when nothing waits."""
        return max(0.0, self._stored_at + TOGETHER - time.monotonic()) if self._waiting else None

    def store_if_due(self) -> None:
        """Store what waits, unless other points were stored just now.

        Raises:
            Lost: the folder cannot be written.
        """
        if self._waiting and (self.patience() == 0.0 or len(self._waiting) >= BLOCK):
            self.store()

    def store(self) -> None:
        """Store what waits, and put blocks away that are complete.

        Raises:
            Lost: the folder cannot be written.
        """
        if not self._waiting:
            return
        try:
            write_points(self._folder, self._waiting, self._digest, self.state)
            complete = self._counted()
            self._stored_at = time.monotonic()
            self._consolidate(complete)
        except OSError as error:
            raise Lost(f"{self._folder} cannot be written ({error.strerror or error}): make room") from error

    def tidy(self) -> None:
        """Put away complete blocks that a killed driver left in small files.

        Raises:
            Lost: the folder cannot be written.
        """
        blocks = {number // BLOCK for numbers in self.state.small.values() for number in numbers}
        try:
            self._consolidate(blocks - set(self._left))
        except OSError as error:
            raise Lost(f"{self._folder} cannot be written ({error.strerror or error}): make room") from error

    def _counted(self) -> set[int]:
        """Blocks that are complete with what was just stored."""
        complete = set()
        for each in self._waiting:
            block = each.index // BLOCK
            self._left[block] = self._left.get(block, 1) - 1
            if self._left[block] <= 0:
                del self._left[block]
                complete.add(block)
        self._waiting = []
        return complete

    def _consolidate(self, blocks: set[int]) -> None:
        for block in sorted(blocks):
            consolidate(self._folder, block, self._digest, self.state)

    def _mismatch(self, other: Environment | None) -> Lost:
        differences: tuple[str, ...] = ("its code is not known",)
        if other is not None:
            differences = self._environment.differences(other, "in the driver", "in the worker")
        more = f" and {len(differences) - 2} more" if len(differences) > 2 else ""
        return Lost(
            f"a worker has other code or versions than the driver: {'; '.join(differences[:2])}{more}; "
            "install the same on both and start the workers, or this process, again"
        )
