"""What is sent to a worker and what comes back; a worker runs one point, and stores nothing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrtheory.results.experiments import Experiment, as_arrays
from lrtheory.source.catalog import load_experiment
from lrtheory.sweeps.environment import Environment, environment_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

_LONGEST = 1000  # letters of a message that are kept


@dataclass(frozen=True)
class Task:
    """One point, as it is sent.

    Attributes:
        experiment: name of the experiment.
        module: module that defines it.
        parameters: all of them.
        expected: digest of the environment that the driver has.
    """

    experiment: str
    module: str
    parameters: Mapping[str, object]
    expected: str


@dataclass(frozen=True)
class Answer:
    """What came of a point.

    Attributes:
        arrays: what the experiment gave; None if it failed, or was not run.
        message: why it failed; empty otherwise.
        seconds: how long it took.
        digest: of the environment that the worker has.
        environment: that of the worker where it is not the driver's; then nothing was run.
    """

    arrays: Mapping[str, Array] | None
    message: str
    seconds: float
    digest: str
    environment: Environment | None = None


def answer(task: Task) -> Answer:
    """Run one point, if this process has the code and versions that the driver has.

    Raises:
        ValueError: the experiment cannot be found from here.
    """
    experiment = load_experiment(task.experiment, task.module)
    mine, digest = _loaded(experiment.function, task.experiment, task.module)
    if digest != task.expected:
        return Answer(None, "", 0.0, digest, mine)
    began = time.perf_counter()
    arrays, message = None, ""
    try:
        arrays = as_arrays(experiment.function(**task.parameters), experiment.name)
    except Exception as error:  # whatever a point raises is that point's, and is recorded with it
        message = failure_message(error)
    return Answer(arrays, message, time.perf_counter() - began, digest)


def failure_message(error: BaseException) -> str:
    """Type, message and place of an exception, in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return text
    return f"{text} ({frames[-1].name}, line {frames[-1].lineno} of {Path(frames[-1].filename).name})"


@lru_cache(maxsize=64)
def _loaded(_function: Callable[..., object], name: str, module: str) -> tuple[Environment, str]:
    """What this process has, read once for each function that is loaded: later edits do not change it."""
    found: Experiment = load_experiment(name, module)
    environment = environment_of(found)
    return environment, environment.digest
