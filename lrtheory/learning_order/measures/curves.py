"""A whole run of the two-block network: phases in turn, and what is learned on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lrtheory.doors import between, whole
from lrtheory.landscape import checked_weights
from lrtheory.learning_order.kernels.two_block_run import TwoBlockRun
from lrtheory.learning_order.measures.learned import accuracies, checked_test, q_accuracy
from lrtheory.learning_order.models.phases import Phase
from lrtheory.learning_order.models.pq import PQExamples
from lrtheory.learning_order.models.two_block import Blocks, TwoBlockTask


@dataclass(frozen=True, eq=False)
class Curves:
    """What a run showed, at the steps recorded.

    Attributes:
        steps: shape (n,), int64; the start, every so many steps, and the end of each phase.
        loss: train loss without weight decay and without noise, shape (n,).
        losses: the same by group (P only, Q only, both), shape (n, 3); NaN where a group is empty.
        accuracies: on fresh P alone, Q alone (exact), and both, shape (n, 3); NaN without a test set, but of
        Q.
        g: outputs of the second block at z, z + zeta, z - zeta, shape (n, 3).
        flips: share of (unit, point) whose gate is another than at the start, shape (n,).
        wedge: share of units that are open at just one of z + zeta and z - zeta, shape (n,).
        spread: standard deviation of the weights of the second block over that at the start, shape (n,).
        ends: last step of each phase that was begun, shape (phases,), int64.
        stopped: whether the train loss came down to the ``stop`` of its phase.
        theta: weights at the end, shape (dim,).
    """

    steps: Tensor
    loss: Tensor
    losses: Tensor
    accuracies: Tensor
    g: Tensor
    flips: Tensor
    wedge: Tensor
    spread: Tensor
    ends: Tensor
    stopped: bool
    theta: Tensor

    def at(self, step: int) -> int:
        """Row of a recorded step, the last one where there are two.

        Raises:
            ValueError: that step is not recorded.
        """
        found = (self.steps == step).nonzero()
        if not len(found):
            raise ValueError(f"step must be a recorded one, got {step}; the next is {self._next(step)}")
        return int(found[-1])

    def _next(self, step: int) -> int:
        return int(self.steps[(self.steps - step).abs().argmin()])


def learning_curves(
    task: TwoBlockTask, start: Tensor, phases: Sequence[Phase], *, noise: Blocks, seed: int, every: int,
    test: PQExamples | None = None, dtype: torch.dtype = torch.float32,
) -> Curves:
    """Descend in phases and record what is learned, fast, one run.

    A step is W <- (1 - lr lambda) W - lr (gradient of the loss + xi), with fresh Gaussian xi, and the same
    for V. The train loss is compared with a phase's ``stop`` before every step.

    Example:
        >>> from lrtheory import generator, learning_order
        >>> small = learning_order.Setting(learning_order.SMALL.data, examples=50, width_q=100)
        >>> task, start = small.drawn((generator(0, "examples"), generator(0, "weights")))
        >>> found = learning_curves(task, start, [Phase(0.3, 2)], noise=small.noise, seed=0, every=1)
        >>> found.steps.tolist(), abs(float(found.loss[0] - task.train_loss(start))) < 1e-4
        ([0, 1, 2], True)

    Cost: some 1.5 ms a step for 300,000 units and 2,000 examples of d = 200; 6 ms with pre-activation noise.

    Args:
        task: network, examples, decay, loss; in the plane of z and zeta.
        start: weights, shape (dim,).
        phases: at least one.
        noise: standard deviation of xi in each block; a phase's ``noise`` is a factor on it.
        seed: of all noise and batches, >= 0.
        every: steps between records, >= 1.
        test: examples with both patterns, on which accuracies are measured.
        dtype: float32 or float64, of the weights in the run.

    Raises:
        ValueError: no phase, numbers out of range, weights that are not finite, other coordinates than those
            of the plane, more than one run, test examples that `component_accuracies` refuses.
        FloatingPointError: the run diverged; names the step.
    """
    whole("every", every, least=1)
    checked_weights(task, start, name="start")
    if isinstance(phases, Phase) or not phases:
        got = "a single one; write [phase]" if phases else "none; for example small_throughout(...)"
        raise ValueError(f"phases must be a list of one Phase or more, got {got}")
    if start.ndim != 1 or task.q_inputs is not None:
        raise ValueError(
            f"start must be one run in the plane of z and zeta, shape ({task.dim},), got "
            f"{tuple(start.shape)}; descend takes other inputs and ensembles"
        )
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}")
    if not start.isfinite().all():
        raise ValueError("start must be finite, got weights that are NaN or infinite")
    for name, spread in zip(Blocks._fields, noise, strict=True):
        between(f"noise.{name}", spread, 0, math.inf)
    test = None if test is None else checked_test(task, test)
    run = TwoBlockRun(task, start.detach(), noise=noise, seed=seed, dtype=dtype)
    record, ends, stopped = _Record(run, test), [], False
    for phase in phases:
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is told by its loss
            stopped = _through(run, phase, record, every)
        ends.append(run.step)
        if stopped:
            break
    return Curves(**record.arrays(), ends=torch.tensor(ends), stopped=stopped, theta=run.theta)


def _through(run: TwoBlockRun, phase: Phase, record: _Record, every: int) -> bool:
    """Go through a phase; whether the loss came down to its stop."""
    run.begin(phase)
    for done in range(phase.steps + 1):
        losses = run.task.losses(torch.from_numpy(run.outputs()))
        loss = float(losses.mean())
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the run diverged at step {run.step} at lr = {phase.lr:g}; a smaller rate is stable"
            )
        reached = phase.stop is not None and loss <= phase.stop
        if run.step % every == 0 or reached or done == phase.steps:
            record.add(losses)
        if reached:
            return True
        if done < phase.steps:
            run.advance(phase)
    return False


class _Record:
    """Numbers of the steps recorded, a step once."""

    def __init__(self, run: TwoBlockRun, test: PQExamples | None) -> None:
        self._run, self._test = run, test
        self._x1 = None if test is None else test.x1.to(torch.from_numpy(run.w))
        self._first = self._gates()
        self._size = self._deviation()
        self._rows: dict[int, dict[str, Tensor | float]] = {}

    def add(self, losses: Tensor) -> None:
        run, groups = self._run, self._run.task.examples.groups
        gates, g = self._gates(), torch.from_numpy(run.q.g.copy())
        self._rows[run.step] = {
            "loss": losses.mean(), "losses": torch.stack([losses[groups == k].mean() for k in range(3)]),
            "accuracies": self._accuracies(g), "g": g,
            "flips": float((gates != self._first).mean()), "wedge": float((gates[1] != gates[2]).mean()),
            "spread": self._deviation() / self._size,
        }

    def arrays(self) -> dict[str, Tensor]:
        rows = self._rows.values()
        found = {
            name: torch.stack([torch.as_tensor(row[name], dtype=torch.float64) for row in rows])
            for name in next(iter(rows))
        }
        return {"steps": torch.tensor(list(self._rows))} | found

    def _gates(self) -> np.ndarray:
        side = self._run.q.a.dtype.type(self._run.q.r) * self._run.q.b
        return np.stack([self._run.q.a, self._run.q.a + side, self._run.q.a - side]) > 0

    def _deviation(self) -> float:
        parts = (self._run.q.a, self._run.q.b)
        return float(np.sqrt(np.mean([np.square(part).mean(dtype=np.float64) for part in parts])))

    def _accuracies(self, g: Tensor) -> Tensor:
        if self._test is None or self._x1 is None:
            return torch.stack([torch.tensor(torch.nan), q_accuracy(g).float(), torch.tensor(torch.nan)])
        w = torch.from_numpy(self._run.w)
        p = ((self._x1 @ w.mT).relu() @ self._run.task.second.p.to(w)).double()
        return torch.stack(accuracies(self._test, p, g))
