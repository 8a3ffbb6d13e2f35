"""Executors named by a word: ``local``, ``threads:2``, ``processes:2``, ``dask://HOST:PORT``."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

FORMS = "local, threads:N, processes:N or dask://HOST:PORT"
_MOST_WORKERS = 1024
_PATIENCE = 10  # seconds that a scheduler may take to answer
_POOL = re.compile(r"(threads|processes):(\d+)")
_DASK = re.compile(r"dask://([^:/]+|\[[^]/]+\]):(\d+)")


@contextlib.contextmanager
def opened_executor(word: str) -> Iterator[Any]:
    """The executor that a word names, closed at the end; None for ``local``.

    When the block is left by an exception, what runs is broken off and nothing is waited for.

    Example:
        >>> with opened_executor("threads:2") as executor:
        ...     executor.submit(abs, -3).result()
        3

    Raises:
        ValueError: another word, a number of workers that cannot be, a scheduler that does not answer, or
            `distributed` is not installed.
    """
    if word == "local":
        yield None
    elif pool := _POOL.fullmatch(word):
        with _pool(pool[1], int(pool[2]), word) as executor:
            yield executor
    elif address := _DASK.fullmatch(word):
        with _dask(f"tcp://{address[1]}:{address[2]}") as executor:
            yield executor
    else:
        raise ValueError(f"executor must be {FORMS}, got {word!r}")


@contextlib.contextmanager
def _pool(kind: str, workers: int, word: str) -> Iterator[Executor]:
    if not 1 <= workers <= _MOST_WORKERS:
        raise ValueError(f"executor must have from 1 to {_MOST_WORKERS} workers, got {word!r}")
    executor: Executor = ThreadPoolExecutor(workers)
    if kind == "processes":
        # spawned: a fork of a process whose libraries have started threads may hang
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_the_driver)
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children() if kind == "processes" else []:
            process.terminate()
        raise
    executor.shutdown()


def _follow_the_driver() -> None:
    """Leave Ctrl-C to the driver, and end with it: without a driver a worker would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_driver, daemon=True).start()


def _end_with_the_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)


@contextlib.contextmanager
def _dask(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ImportError as error:
        raise ValueError(f"dask:// needs distributed ({error}): pip install 'lrtheory[cluster]'") from error
    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"no Dask scheduler answers at {address} within {_PATIENCE} s; start one with `dask scheduler`, "
            "and workers with `dask worker`"
        ) from error
    try:
        yield client.get_executor()
    finally:
        client.close(timeout=_PATIENCE)
