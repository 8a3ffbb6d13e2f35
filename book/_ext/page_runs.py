"""Runs notebooks in kernels, as many at once as there are cores; it does not decide which ones."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

if TYPE_CHECKING:
    from nbformat import NotebookNode

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Run:
    """What executing a notebook gave.

    Attributes:
        path: file of the page.
        notebook: the notebook with its outputs.
        trouble: what went wrong and in which cell, empty if nothing.
        seconds: how long it took.
        processor: processor time in seconds, of the kernel and of what it started.
    """

    path: Path
    notebook: NotebookNode
    trouble: str
    seconds: float
    processor: float


def runs(notebooks: dict[Path, NotebookNode], timeout: int, jobs: int | None = None) -> Iterator[Run]:
    """Execute notebooks in their order, several at once; the runs as they end. Ctrl-C ends the kernels too.

    Args:
        notebooks: by the file of the page, in whose folder it runs.
        timeout: seconds that a cell may take.
        jobs: how many at once; by default as many as there are cores.
    """
    stopped = threading.Event()
    pool = ThreadPoolExecutor(jobs or joblib.cpu_count())
    ahead: list[Future[Run]] = []
    try:
        ahead += [pool.submit(_run, path, each, timeout, stopped) for path, each in notebooks.items()]
        yield from (done.result() for done in as_completed(ahead))
    except BaseException:
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(each.done() for each in ahead):  # a kernel may still be about to start
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            time.sleep(0.1)
        raise
    finally:
        pool.shutdown()


def _run(path: Path, notebook: NotebookNode, timeout: int, stopped: threading.Event) -> Run:
    began, processor = time.perf_counter(), 0.0

    def start(**_: Any) -> None:
        if stopped.is_set():
            raise InterruptedError

    def note(**_: Any) -> None:
        nonlocal processor
        processor = _processor_seconds(client.km.provisioner.pid)

    client = NotebookClient(
        notebook, timeout=timeout, record_timing=False, coalesce_streams=True,
        on_cell_start=start, on_cell_executed=note, resources={"metadata": {"path": str(path.parent)}},
    )  # fmt: skip
    try:
        asyncio.run(client.async_execute())
        trouble = _stderr(notebook)
    except CellExecutionError as error:
        trouble = f"{_place(notebook, 'error')} failed:\n{error.traceback}"
    except CellTimeoutError as error:
        trouble = f"a cell took more than {timeout} s:\n{error}"
    except Exception:  # the kernel did not start, or died: as much as there is to say
        trouble = f"its kernel failed:\n{traceback.format_exc()}"
    return Run(path, notebook, ANSI.sub("", trouble), time.perf_counter() - began, processor)


def _stderr(notebook: NotebookNode) -> str:
    """What a cell printed on stderr, which no reader should see."""
    place = _place(notebook, "stderr")
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    text = next((output.text for output in outputs if output.get("name") == "stderr"), "")
    return f"{place} wrote on stderr:\n{text}" if text else ""


def _place(notebook: NotebookNode, kind: str) -> str:
    """Number among the code cells, and line, of the first cell that has an output of a kind."""
    lines = notebook.metadata.get("source_map", [])
    number = 0
    for place, cell in enumerate(notebook.cells):
        number += cell.cell_type == "code"
        kinds = {output.get(field) for output in cell.get("outputs", ()) for field in ("output_type", "name")}
        if kind in kinds:
            return f"code cell {number}" + (f" (line {lines[place] + 1})" if place < len(lines) else "")
    return "a cell"


def _processor_seconds(process: int) -> float:
    own = psutil.Process(process)
    times = [each.cpu_times() for each in (own, *own.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)
