"""The process that an answer runs in: it runs the notebook's cells, then answers calls by plain data.

It is started with ``python -I`` in a sandbox, where the package is not, by `worker_process.Worker`. Nothing
that it says is believed: all that an answer could win by forging a line here is to give another value.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import types
from typing import Any

DISK = 16_000_000  # bytes of one file
PROCESSES = 128
SHARE = 0.25  # of the time that is left, for one cell: what never ends leaves the others theirs


class TooSlow(BaseException):
    """A cell has used up its share of the time. No `except Exception` of an answer takes it for its own."""


def main() -> None:
    """Read one message a line, from the file that was standard input; answer each by one line."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from plain import message, plain, text  # type: ignore[import-not-found]

    requests, replies = os.fdopen(os.dup(0), "rb"), os.dup(1)
    _quiet()
    shell = _shell()
    for line in requests:
        asked: Any = message(line)
        answer: dict[str, object]
        if "cells" in asked:
            _limit(asked["cpu"], asked["memory"])
            answer = {"errors": _run(shell, asked["cells"], asked["seconds"])}
        else:
            try:
                answer = {"value": plain(_call(shell.user_ns, asked["name"], asked["args"]))}
                text(answer)
            except BaseException as error:
                answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        _write(replies, text({"id": asked["id"], **answer}))


def _call(names: dict[str, Any], name: str, args: list[object]) -> object:
    if not callable(names.get(name)):
        raise NameError(f"there is no function {name}")
    return names[name](*args)


def _run(shell: Any, cells: list[str], seconds: float) -> list[str]:
    """Run the cells in order; an error in one does not stop the next. What went wrong, in few words each."""
    errors = []
    ends = time.monotonic() + seconds
    signal.signal(signal.SIGALRM, _too_slow)
    for number, source in enumerate(cells, 1):
        signal.setitimer(signal.ITIMER_REAL, max(SHARE * (ends - time.monotonic()), 0.01))
        try:
            done = shell.run_cell(source, store_history=False)
            signal.setitimer(signal.ITIMER_REAL, 0)
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                errors.append(f"cell {number}: {type(error).__name__}: {error}"[:200])
        except TooSlow as late:  # between a cell and its end
            errors.append(f"cell {number}: TooSlow: {late}")
        done = error = None  # with its traceback go the values that a cell had in hand
    return errors[:20]


def _too_slow(*_: object) -> None:
    raise TooSlow("stopped, for it did not end in time; the cells after it were run")


def _shell() -> Any:
    """IPython without history, without windows, and with a stand-in for the checks of the notebook."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui: object = None) -> None:
            """Without it `%matplotlib inline` raises, and the rest of its cell is lost."""

        def showtraceback(self, *args: object, **kwargs: object) -> None:
            """Nobody reads it, and it would keep whatever an endless cell has piled up."""

    settings = Config()
    settings.HistoryManager.enabled = False
    sys.modules["otter"] = _otter()
    return Shell(config=settings)  # type: ignore[no-untyped-call]


def _otter() -> types.ModuleType:
    """A stand-in whose notebook checks nothing: public checks are the student's own affair."""

    class Notebook:
        def __init__(self, *args: object, **kwargs: object) -> None: ...

        def __getattr__(self, name: str) -> Any:
            return lambda *args, **kwargs: None

    module: Any = types.ModuleType("otter")
    module.Notebook = Notebook
    return module  # type: ignore[no-any-return]


def _limit(seconds: int, memory: int) -> None:
    """Hard limits, which a process without rights cannot raise again."""
    for which, bound in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, DISK),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, PROCESSES),
    ):
        hard = resource.getrlimit(which)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (bound, bound))


def _quiet() -> None:
    """Let whatever the answer reads or prints come from, and go to, nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)


def _write(file: int, line: bytes) -> None:
    while line:
        line = line[os.write(file, line) :]


if __name__ == "__main__":
    main()
