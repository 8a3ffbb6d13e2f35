"""Steps of descent with the weights kept as series in the rate. Which examples come is in visits.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from lrtheory.diagrams.counting.edge_kernels import (
    AveragedSteps,
    EdgeKernel,
    HeavyBallSteps,
    NesterovSteps,
    PlainSteps,
    ScheduledSteps,
)
from lrtheory.diagrams.exact.power_series import Path, combined, moved
from lrtheory.diagrams.models.polynomials import check_exact

Slopes = Callable[[Path], Path]  # gradient of a batch along a path of weights
_ONE = Fraction(1)


@dataclass(frozen=True)
class State:
    """Where a run is: weights, velocity, and the iterates so far where they will be averaged."""

    theta: Path
    velocity: Path
    past: tuple[Path, ...] = ()


def at_start(theta: Path) -> State:
    """State before the first step: at rest."""
    return State(theta, tuple((Fraction(0),) * len(weight) for weight in theta))


def stepped(rule: EdgeKernel, state: State, slopes: Slopes, step: int) -> State:
    """State after one more step of the rule itself: its recursion, not the edge weights derived from it.

    Args:
        rule: plain descent, heavy ball, Nesterov, a schedule or averaging.
        state: before the step.
        slopes: gradient of the step's batch.
        step: number of the step, from 0.
    """
    match rule:
        case PlainSteps():
            return replace(state, theta=moved(state.theta, slopes(state.theta), -_ONE))
        case ScheduledSteps(factors=factors):
            return replace(state, theta=moved(state.theta, slopes(state.theta), -Fraction(factors[step])))
        case AveragedSteps():
            theta = moved(state.theta, slopes(state.theta), -_ONE)
            return State(theta, state.velocity, (*state.past, theta))
        case HeavyBallSteps(momentum=momentum):
            return _pushed(state, slopes(state.theta), Fraction(momentum))
        case NesterovSteps(momentum=momentum):
            ahead = moved(state.theta, state.velocity, -Fraction(momentum))
            return _pushed(state, slopes(ahead), Fraction(momentum))


def observed(rule: EdgeKernel, state: State) -> Path:
    """Weights that the observable looks at: the last ones, or the mean of the last few."""
    if isinstance(rule, AveragedSteps):
        return combined([Fraction(1, rule.last)] * rule.last, state.past[-rule.last :])
    return state.theta


def check_rule(rule: EdgeKernel, steps: int) -> None:
    """Refuse a rule that is not exact or does not fit the run.

    Raises:
        ValueError: a momentum or factor in floating point, a schedule of another length, more iterates
            to average than there are.
    """
    match rule:
        case HeavyBallSteps(momentum=momentum) | NesterovSteps(momentum=momentum):
            check_exact(momentum, "momentum")
        case ScheduledSteps(factors=factors):
            if len(factors) != steps:
                raise ValueError(f"factors must hold one factor a step, {steps} in all, got {len(factors)}")
            for factor in factors:
                check_exact(factor, "a factor of the schedule")
        case AveragedSteps(last=last):
            if not 1 <= last <= steps:
                raise ValueError(f"last must be 1 to the {steps} steps of the run, got {last}")


def _pushed(state: State, slopes: Path, momentum: Fraction) -> State:
    velocity = combined([momentum, _ONE], [state.velocity, slopes])
    return State(moved(state.theta, velocity, -_ONE), velocity)
