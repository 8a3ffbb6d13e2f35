"""The one loop: `descend` runs a rule on a landscape and records a `Trajectory`.

Rules and schedules live in `rules`, batches in `sampling`; their names can be had from here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lrtheory.landscape import Landscape, checked_weights, gradient
from lrtheory.rules import (
    GradientDescent,
    HeavyBall,
    Nesterov,
    NoisyGradientDescent,
    Rule,
    constant,
    cosine,
    step_decay,
)
from lrtheory.sampling import batches

__all__ = [
    "GradientDescent",
    "HeavyBall",
    "Nesterov",
    "NoisyGradientDescent",
    "Rule",
    "Trajectory",
    "batches",
    "constant",
    "cosine",
    "descend",
    "step_decay",
]

# The loop asks this often whether every member is still finite. The step of the first divergence
# is counted on the device at every step, so the answer is exact and the loop never waits for it.
_STEPS_BETWEEN_LOOKS = 1000


@dataclass(frozen=True)
class Trajectory:
    """The recorded path of an ensemble.

    Attributes:
        steps: step numbers of the records, shape (n,), integer; 0 is the start.
        theta: recorded weights, shape (n, *E, d); n is 0 if they were not kept.
        observed: name -> recorded values, shape (n, *shape of the observable).
        final: weights after the last step, shape (*E, d).
        memory: what the rule remembered after the last step.
    """

    steps: Tensor
    theta: Tensor
    observed: Mapping[str, Tensor]
    final: Tensor
    memory: Any = None


def descend(
    rule: Rule,
    landscape: Landscape,
    theta: Tensor,
    *,
    steps: int,
    every: int | None = None,
    observe: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
    keep_theta: bool = True,
    batches: Iterable[Tensor] | None = None,
    generator: torch.Generator | None = None,
    memory: Any = None,
) -> Trajectory:
    """Run a rule on a landscape and return the recorded `Trajectory`.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> descend(GradientDescent(0.5), Quadratic(torch.eye(1)), torch.ones(1), steps=3).final  # (1 - lr)^3
        tensor([0.1250])

    Args:
        rule: `GradientDescent`, `HeavyBall`, `Nesterov`, `NoisyGradientDescent` or your own.
        landscape: what is descended.
        theta: start, shape (*E, d); leading axes are an ensemble of independent runs.
        steps: number of steps, >= 0.
        every: record the start, every so many steps, and the last step; None records the ends alone.
        observe: name -> function of theta, recorded at the same steps.
        keep_theta: whether the weights themselves are recorded (memory: records x ensemble x d).
        batches: index tensors, one a step, for example from `batches`; None uses all the data.
        generator: source of numbers of a noisy rule.
        memory: ``memory`` of a `Trajectory` of this rule, to go on where that one ended; by default the
            rule starts at rest. A schedule begins at step 0 again: shift it, ``lambda t: lr(t + done)``.

    Raises:
        ValueError: a shape, count, rate or memory that does not fit, batches that ran out or mean nothing.
        FloatingPointError: a member became infinite or NaN; names the first step at which one did.
    """
    checked_weights(landscape, theta)
    if not bool(theta.isfinite().all()):
        raise ValueError(f"theta must be finite, got {int((~theta.isfinite()).sum())} number(s) that are not")
    _check_count("steps", steps, least=0)
    stride = max(steps, 1) if every is None else _check_count("every", every, least=1)
    stream = None if batches is None else iter(batches)
    theta = theta.detach()
    memory = _memory(rule, theta, memory)
    survived = torch.zeros(theta.shape[:-1], dtype=torch.int64, device=theta.device)
    record = _Record(observe or {}, keep_theta)
    record.add(0, theta)
    for t in range(steps):
        samples = None if stream is None else _next_batch(stream, t)
        if t == 0 and samples is not None:
            _check_examples(landscape, theta, samples)
        theta, memory = rule.step(t, theta, memory, _gradient_on(landscape, samples), generator)
        survived += theta.isfinite().all(dim=-1)
        last = t + 1 == steps
        if last or (t + 1) % _STEPS_BETWEEN_LOOKS == 0:
            _check_finite(survived, t + 1)
        if last or (t + 1) % stride == 0:
            record.add(t + 1, theta)
    return record.trajectory(theta, memory)


class _Record:
    """What is written down along the way."""

    def __init__(self, observe: Mapping[str, Callable[[Tensor], Tensor]], keep_theta: bool) -> None:
        self._observe, self._keep_theta = observe, keep_theta
        self._steps: list[int] = []
        self._theta: list[Tensor] = []
        self._observed: dict[str, list[Tensor]] = {name: [] for name in observe}

    def add(self, step: int, theta: Tensor) -> None:
        self._steps.append(step)
        if self._keep_theta:
            self._theta.append(theta)
        for name, observable in self._observe.items():
            self._observed[name].append(torch.as_tensor(observable(theta)))

    def trajectory(self, theta: Tensor, memory: Any) -> Trajectory:
        path = torch.stack(self._theta) if self._keep_theta else theta.new_empty((0, *theta.shape))
        observed = {name: torch.stack(values) for name, values in self._observed.items()}
        return Trajectory(torch.tensor(self._steps), path, observed, theta, memory)


def _gradient_on(landscape: Landscape, samples: Tensor | None) -> Callable[[Tensor], Tensor]:
    def slope(theta: Tensor) -> Tensor:
        try:
            return gradient(landscape, theta, samples)
        except IndexError as error:
            if samples is None:
                raise
            raise ValueError(
                f"batches must name examples that {type(landscape).__name__} has, got numbers from "
                f"{int(samples.min())} to {int(samples.max())}"
            ) from error

    return slope


def _memory(rule: Rule, theta: Tensor, given: Any) -> Any:
    """What a rule remembers at the start: what is given, if it is the rule's own kind and shape."""
    fresh = rule.start(theta)
    if given is None:
        return fresh
    expected, got = (tuple(m.shape) if isinstance(m, Tensor) else type(m).__name__ for m in (fresh, given))
    if expected != got:
        raise ValueError(
            f"memory must be what {type(rule).__name__} remembers for theta of shape {tuple(theta.shape)}, "
            f"{expected}, got {got}; take it from a Trajectory of this rule"
        )
    return given


def _next_batch(stream: Iterator[Tensor], t: int) -> Tensor:
    try:
        batch = next(stream)
    except StopIteration:
        raise ValueError(f"batches ran out at step {t}: give as many batches as steps") from None
    if not isinstance(batch, Tensor) or batch.dtype != torch.int64 or batch.ndim == 0 or not batch.numel():
        is_tensor = isinstance(batch, Tensor)
        got = f"{batch.dtype} of shape {tuple(batch.shape)}" if is_tensor else type(batch).__name__
        raise ValueError(
            f"batches must give int64 tensors of example indices, shape (*E, B), got {got} at step {t}; "
            "see lrtheory.batches"
        )
    if batch.is_cpu and int(batch.min()) < 0:
        raise ValueError(f"batches must name examples from 0 on, got {int(batch.min())} at step {t}")
    return batch


def _check_examples(landscape: Landscape, theta: Tensor, samples: Tensor) -> None:
    """Refuse batches on a landscape that looks at none: it would descend on all its data, silently."""
    looks: list[object] = []

    class Watched(Tensor):
        """A batch that notices whether anything is computed from it."""

        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            looks.append(func)
            with torch._C.DisableTorchFunctionSubclass():
                return func(*args, **(kwargs or {}))

    watched: Tensor = samples.as_subclass(Watched)
    looks.clear()
    _gradient_on(landscape, watched)(theta)
    if not looks:
        raise ValueError(
            f"{type(landscape).__name__} has no examples to choose from: its loss does not depend on "
            "samples; leave out batches="
        )


def _check_count(name: str, count: int, *, least: int) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {count!r}")
    return count


def _check_finite(survived: Tensor, steps: int) -> None:
    lost = survived < steps
    if bool(lost.any()):
        raise FloatingPointError(
            f"the descent diverged at step {int(survived.min()) + 1}: {int(lost.sum())} of {lost.numel()} "
            f"member(s) are infinite or NaN by step {steps}; lower lr below 2 / sharpness"
        )
