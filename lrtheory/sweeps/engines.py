"""How points are run: one after the other in this process, or a window of them on an executor."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from typing import Any, Protocol

from lrtheory.sweeps.trouble import Lost
from lrtheory.sweeps.worker import Answer, Task, answer, failure_message

Numbered = tuple[int, Task]
Collected = list[tuple[int, Answer | Lost]]

_WINDOW = 64  # points under way where the number of workers is not known
_A_WORKER = 4  # points under way a worker: one that runs, and some so that none waits for the next
_SHOWN = 8  # numbers of points that a message names
_POLL = 0.05  # seconds between two looks at jobs that do not say when they are done
# What an executor says of one job whose worker died again and again, by the names of the exceptions.
_OF_ONE_POINT = ("KilledWorker", "UncompletedJobError")


class Engine(Protocol):
    """Runs points and gives their answers as they come."""

    @property
    def idle(self) -> bool:
        """Whether all points have been handed over."""

    def collect(self, seconds: float | None) -> Collected:
        """Answers that have come; waits for the first one, at most so many seconds."""

    def stop(self) -> Collected:
        """Call off what has not begun, and give what has come meanwhile."""


class Here:
    """One point after the other, in this process.

    Args:
        tasks: numbers and points.
    """

    def __init__(self, tasks: Iterator[Numbered]) -> None:
        """Take the points; run none yet."""
        self._tasks = tasks
        self.idle = False

    def collect(self, seconds: float | None) -> Collected:
        """Run the next point."""
        for index, task in self._tasks:
            try:
                return [(index, answer(task))]
            except Exception as error:
                return [(index, Lost(f"points cannot be run: {failure_message(error)}"))]
        self.idle = True
        return []

    def stop(self) -> Collected:
        """Nothing is under way."""
        return []


class Elsewhere:
    """A window of points on an executor.

    Args:
        executor: anything with ``submit``; what that returns has ``done``, ``exception``, ``result`` and
            ``cancel``.
        tasks: numbers and points.
        window: most points under way at a time; by default a few times the workers.
    """

    def __init__(self, executor: Any, tasks: Iterator[Numbered], window: int | None) -> None:
        """Take the points; submit none yet."""
        workers = getattr(executor, "_max_workers", None)  # what the executors of Python call it
        self._workers = workers if isinstance(workers, int) and workers > 0 else None
        self._window = window or (_A_WORKER * self._workers if self._workers else _WINDOW)
        self._executor, self._tasks = executor, tasks
        self._under_way: dict[Any, int] = {}
        self._finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._silent: set[Any] = set()  # jobs that do not say when they are done
        self._all_submitted = False

    @property
    def idle(self) -> bool:
        """Whether all points have been handed over."""
        return self._all_submitted and not self._under_way

    def collect(self, seconds: float | None) -> Collected:
        """Fill the window and give the answers that have come."""
        lost = self._fill()
        if lost is not None:
            return [*self._taken(0.0), (-1, lost)]
        return self._taken(seconds) if self._under_way else []

    def stop(self) -> Collected:
        """Cancel what waits, and give what has come; what runs is left to its executor."""
        self._all_submitted = True
        for future in self._under_way:
            try:
                future.cancel()
            except Exception:  # the executor is gone; so is the job
                continue
        return self._taken(0.0)

    def _fill(self) -> Lost | None:
        while not self._all_submitted and len(self._under_way) < self._window:
            index, task = next(self._tasks, (-1, None))
            if task is None:
                self._all_submitted = True
                break
            try:
                future = self._executor.submit(answer, task)
            except Exception as error:
                return Lost(f"the executor takes no more points: {failure_message(error)}")
            self._under_way[future] = index
            if hasattr(future, "add_done_callback"):
                future.add_done_callback(self._finished.put)
            else:
                self._silent.add(future)
        return None

    def _taken(self, seconds: float | None) -> Collected:
        """Answers of all that has finished; waits for the first."""
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            found = self._seen_done(until)
            left = None if until is None else until - time.monotonic()
            if found or (left is not None and left <= 0):
                answers = [(self._under_way[each], self._outcome(each)) for each in found]
                for each in found:
                    del self._under_way[each]
                return answers

    def _seen_done(self, until: float | None) -> list[Any]:
        found = [each for each in self._silent if each.done()]
        self._silent.difference_update(found)
        left = None if until is None else max(0.0, until - time.monotonic())
        if found:
            left = 0.0
        elif self._silent:
            left = _POLL if left is None else min(_POLL, left)
        try:
            while True:
                found.append(self._finished.get(timeout=left))
                left = 0.0
        except queue.Empty:
            return [each for each in found if each in self._under_way]

    def _outcome(self, future: Any) -> Answer | Lost:
        try:
            error = future.exception()
            if error is None:
                found = future.result()
                return found if isinstance(found, Answer) else Lost(f"a worker answered with {found!r:.60}")
        except BaseException as raised:  # a cancelled future raises here, and not always an Exception
            if isinstance(raised, KeyboardInterrupt):
                raise
            error = raised
        if type(error).__name__ in _OF_ONE_POINT:
            return Answer(None, f"its worker died: {failure_message(error)}", 0.0, "")
        which = self._suspects() if isinstance(error, BrokenExecutor) else ""
        return Lost(f"workers or scheduler are lost: {failure_message(error)}{which}")

    def _suspects(self) -> str:
        """Points that the workers of a pool may have been at when it broke: the first that were submitted."""
        running = [*self._under_way.values()][: self._workers]
        shown = ", ".join(map(str, running[:_SHOWN])) + (", ..." if len(running) > _SHOWN else "")
        return f"; under way were points {shown}, and one that ends its worker each time fails alone on Dask"
