"""Rules of descent and learning-rate schedules: what one step does, and nothing about the loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import torch
from torch import Tensor

from lrtheory.doors import between, finite, positive, whole

_STABLE = "a stable rate lies below 2 / sharpness"

Schedule = Callable[[int], float]
Gradient = Callable[[Tensor], Tensor]
Noise = Callable[[Tensor, torch.Generator], Tensor]


class Rule(Protocol):
    """One step of descent. Rules are frozen; what they remember is passed in and handed back."""

    def start(self, theta: Tensor) -> Any:
        """Memory before the first step."""
        ...

    def step(
        self, t: int, theta: Tensor, memory: Any, grad: Gradient, generator: torch.Generator | None
    ) -> tuple[Tensor, Any]:
        """Weights and memory after step t, given a function that returns the gradient anywhere."""
        ...


@dataclass(frozen=True)
class GradientDescent:
    """theta <- theta - lr * gradient(theta).

    Attributes:
        lr: learning rate > 0: a number, a schedule ``t -> lr``, or a tensor that broadcasts against
            theta, for example of shape (*E, 1) to give every member its own rate.
    """

    lr: float | Tensor | Schedule

    def __post_init__(self) -> None:
        _check_lr(self.lr)

    def start(self, theta: Tensor) -> None:
        """Nothing is remembered."""

    def step(
        self, t: int, theta: Tensor, memory: None, grad: Gradient, generator: torch.Generator | None
    ) -> tuple[Tensor, None]:
        """One step down the gradient."""
        return theta - _rate(self.lr, t) * grad(theta), None


@dataclass(frozen=True)
class NoisyGradientDescent:
    """theta <- theta - lr * (gradient(theta) + noise).

    Attributes:
        lr: learning rate > 0, as in `GradientDescent`.
        noise: function ``(theta, generator) -> tensor like theta``: a fresh draw of gradient noise.
    """

    lr: float | Tensor | Schedule
    noise: Noise

    def __post_init__(self) -> None:
        _check_lr(self.lr)
        if not callable(self.noise):
            kind = type(self.noise).__name__
            raise ValueError(f"noise must be a function (theta, generator) -> tensor like theta, got {kind}")

    def start(self, theta: Tensor) -> None:
        """Nothing is remembered."""

    def step(
        self, t: int, theta: Tensor, memory: None, grad: Gradient, generator: torch.Generator | None
    ) -> tuple[Tensor, None]:
        """One step down the gradient plus a fresh draw of noise."""
        if generator is None:
            raise ValueError("a noisy rule draws numbers: pass generator=generator(seed, 'noise') to descend")
        return theta - _rate(self.lr, t) * (grad(theta) + self.noise(theta, generator)), None


def _at_rest(_rule: object, theta: Tensor) -> Tensor:
    """At rest: the last displacement is zero."""
    return torch.zeros_like(theta)


def _check_momentum_rule(rule: HeavyBall | Nesterov) -> None:
    _check_lr(rule.lr)
    between("momentum", rule.momentum, 0, 1)


@dataclass(frozen=True)
class HeavyBall:
    """Polyak's momentum: theta <- theta - lr * gradient(theta) + momentum * (last displacement).

    Attributes:
        lr: learning rate > 0, as in `GradientDescent`.
        momentum: in [0, 1]; at 1 nothing is forgotten, as in the standard map.
    """

    lr: float | Tensor | Schedule
    momentum: float

    start = _at_rest

    def __post_init__(self) -> None:
        _check_momentum_rule(self)

    def step(
        self, t: int, theta: Tensor, memory: Tensor, grad: Gradient, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """One step; the memory is the displacement just made."""
        move = float(self.momentum) * memory - _rate(self.lr, t) * grad(theta)
        return theta + move, move


@dataclass(frozen=True)
class Nesterov:
    """Look ahead, then step: y = theta + momentum * (last displacement); theta <- y - lr * gradient(y).

    Weights are theta, as Nesterov wrote it. The weights that ``torch.optim.SGD(nesterov=True)`` stores are
    the y of the next step, theta + momentum * memory: the same run, looked at one move ahead. Started at
    rest both begin at the same point.

    Attributes:
        lr: learning rate > 0, as in `GradientDescent`.
        momentum: in [0, 1], constant.
    """

    lr: float | Tensor | Schedule
    momentum: float

    start = _at_rest

    def __post_init__(self) -> None:
        _check_momentum_rule(self)

    def step(
        self, t: int, theta: Tensor, memory: Tensor, grad: Gradient, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """One step; the memory is the displacement just made."""
        ahead = theta + float(self.momentum) * memory
        moved = ahead - _rate(self.lr, t) * grad(ahead)
        return moved, moved - theta


def constant(lr: float) -> Schedule:
    """The same learning rate at every step.

    Example:
        >>> constant(0.1)(7)
        0.1
    """
    _check_lr(lr)
    return lambda t: lr


def step_decay(lr: float, *, at: int, factor: float) -> Schedule:
    """Learning rate lr before step ``at`` and ``lr * factor`` from it on.

    Example:
        >>> [round(step_decay(0.1, at=50, factor=0.5)(step), 3) for step in (49, 50)]
        [0.1, 0.05]
    """
    _check_lr(lr)
    positive("factor", factor)
    whole("at", at)
    return lambda t: lr if t < at else lr * factor


def cosine(lr: float, *, steps: int, floor: float = 0.0) -> Schedule:
    """Learning rate that falls from lr to ``floor`` along half a cosine in so many steps.

    Example:
        >>> [round(float(cosine(0.1, steps=100)(step)), 3) for step in (0, 50, 100)]
        [0.1, 0.05, 0.0]
    """
    _check_lr(lr)
    whole("steps", steps, least=1)
    if not 0 <= finite("floor", floor) <= lr:
        raise ValueError(f"floor must lie in [0, lr = {lr}], got {floor}")
    return lambda t: floor + (lr - floor) * 0.5 * (1 + math.cos(math.pi * min(t, steps) / steps))


def _rate(lr: float | Tensor | Schedule, t: int) -> float | Tensor:
    if not callable(lr):
        return lr if isinstance(lr, Tensor) else float(lr)
    rate = lr(t)
    if isinstance(rate, Tensor):
        bad = rate[~((rate >= 0) & rate.isfinite())].tolist()
    elif isinstance(rate, bool) or not isinstance(rate, Real):
        raise ValueError(f"a schedule must give a number or a tensor, got {type(rate).__name__} at step {t}")
    else:
        bad = [] if 0 <= rate < math.inf else [rate]
    if bad:
        raise ValueError(f"a schedule must give finite rates, not negative ones, got {bad[0]:g} at step {t}")
    return rate


def _check_lr(lr: float | Tensor | Schedule) -> None:
    if callable(lr) and not isinstance(lr, type | torch.nn.Module):
        return
    if not isinstance(lr, Tensor):
        positive("lr", lr, remedy=_STABLE)
    elif not (lr.is_floating_point() and lr.numel() and bool((lr > 0).all() & lr.isfinite().all())):
        raise ValueError(f"lr must be positive and finite, got {lr}; {_STABLE}")
