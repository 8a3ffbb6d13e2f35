"""P9: the same recurrent networks on an accelerator and on one core, by the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch

from benchmarks.timing import Candidate, Workload
from lrtheory import generator
from lrtheory.lazy_rnn.experiments.protocol import drawn_network, drawn_task
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.sequences import last_time
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel

_TOKEN, _OUTPUTS = 32, 10


def kernel(size: float) -> Workload:
    """P9a: the tangent kernel of 64 sequences of 16 tokens, 1024 units, ten outputs, float32."""
    width, count, times = (1024, 64, 16) if size >= 0.5 else (48, 4, 8)
    tokens = random_tokens(count, times, _TOKEN, generator=generator(0, "benchmark"), dtype=torch.float32)

    def prepared(device: str) -> Callable[[], float]:
        drawn = drawn_network(0, width, _TOKEN, _OUTPUTS, device)
        weights = (drawn.recurrent, drawn.input_weights, drawn.readout)
        network = ElmanNetwork(*(each.float() for each in weights))
        read = last_time(tokens.to(device))
        return partial(_finished, lambda: tangent_kernel(network, network.start, read), 1.0)

    title = f"P9a: tangent kernel, {width} units, {times} tokens, {count} sequences, 10 outputs"
    return _workload(title, "kernels", prepared)


def training(size: float) -> Workload:
    """P9b: steps of one network of 4096 units on 8 sequences of 4 tokens, float64."""
    return _steps("P9b", *((4096, 20) if size >= 0.5 else (48, 5)))


def training_small(size: float) -> Workload:
    """P9c: the same with 64 units, where most of a step is telling the device what to do."""
    return _steps("P9c", *((64, 400) if size >= 0.5 else (32, 5)))


def _steps(name: str, width: int, steps: int) -> Workload:
    def prepared(device: str) -> Callable[[], float]:
        regression, _ = drawn_task(0, width, count=8, times=4, inputs=6, device=device)
        run = partial(trained, regression, regression.start, 0.1 / width, steps=steps)
        return partial(_finished, run, float(steps))

    return _workload(f"{name}: training, {width} units, 8 sequences of 4 tokens, float64", "steps", prepared)


def _workload(title: str, counted: str, prepared: Callable[[str], Callable[[], float]]) -> Workload:
    found = torch.cuda.is_available()
    name = torch.cuda.get_device_name() if found else "an accelerator"
    ours = Candidate(f"on {name}", prepared("cuda") if found else None, missing="none here")
    others = [Candidate("on one core", prepared("cpu"))]
    return Workload(title, f"{counted} per second of the wall clock", ours, others, time.perf_counter)


def _finished(run: Callable[[], object], work: float) -> float:
    """The work, once the device has done all of it and not only been told to."""
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return work
