"""One run of the two-block network, step by step and in place; the block that sees x2 is compiled."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrtheory.landscape import pack
from lrtheory.learning_order.kernels.q_block import QBlock
from lrtheory.learning_order.models.noise import PreActivationNoise
from lrtheory.learning_order.models.phases import Phase
from lrtheory.learning_order.models.two_block import Blocks, TwoBlockTask
from lrtheory.seeds import generator as stream
from lrtheory.seeds import stream_seed

Floats = NDArray[np.floating]


class TwoBlockRun:
    """State of a run: arrays that each step changes in place.

    Noise of V, on weights and pre-activations, is computed from the seed and the step; that of W is drawn.

    Attributes:
        step: steps done.
        w: first block W, shape (m_W, d).
        q: second block.
        f: outputs of the training examples without noise, shape (n,), float64; kept up to date by `outputs`.
    """

    def __init__(
        self, task: TwoBlockTask, start: Tensor, *, noise: Blocks, seed: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Begin at weights of shape (dim,); noise is the standard deviation of xi in each block."""
        data, weights = task.examples, task.blocks(start.to(dtype))
        self.task, self.noise, self.step = task, noise, 0
        self._has_p, self._has_q = (data.groups != 1).numpy(), (data.groups != 0).numpy()
        self._x = data.x1[torch.from_numpy(self._has_p)].to(dtype).numpy().copy()
        self._y = data.labels.double().numpy()
        self._points = data.patterns.numpy()[self._has_q]
        self._alpha = data.alpha.double().numpy()[self._has_q]
        self.w, self._second = weights.p.numpy().copy(), task.second.p.to(dtype).numpy()
        a, b = (weights.q[:, k].numpy().copy() for k in range(2))
        self.q = QBlock(task.second.q.to(dtype).numpy(), a, b, data.r, stream_seed(seed, "units"))
        self._noise_of_w = stream(seed, "noise")
        self._batches = np.random.default_rng(stream_seed(seed, "batch"))
        self.f = np.zeros(len(self._y))

    @property
    def theta(self) -> Tensor:
        """Weights, shape (dim,); a copy."""
        return pack([torch.from_numpy(self.w), torch.from_numpy(np.stack([self.q.a, self.q.b], axis=1))])

    def begin(self, phase: Phase) -> None:
        """Draw the noise of the first step of a phase.

        Raises:
            ValueError: a batch larger than the data.
        """
        if phase.batch is not None and phase.batch > len(self._y):
            raise ValueError(
                f"batch must be at most the {len(self._y)} examples, got {phase.batch}; None takes all"
            )
        self.q.begin(phase.pre_activation)

    def outputs(self) -> Floats:
        """Outputs of all training examples, without noise; call it once before each `advance`."""
        self._hidden = self._x @ self.w.T
        self._sum(np.maximum(self._hidden, 0), self.q.g, self.f)
        return self.f

    def advance(self, phase: Phase) -> None:
        """One step of a phase, both blocks, after `outputs`."""
        f, gates = self._disturbed(phase.pre_activation)
        slopes: Floats = self.task.slopes(torch.from_numpy(f)).numpy() / len(f)
        if phase.batch is not None:
            weight = np.zeros(len(f))
            weight[self._batches.permutation(len(f))[: phase.batch]] = len(f) / phase.batch
            slopes *= weight
        force = np.bincount(self._points, slopes[self._has_q] * self._alpha, minlength=3).astype(float)
        kind, decay = self.w.dtype.type, phase.lr * self.task.weight_decay
        move = (gates * slopes[self._has_p, None].astype(kind)).T @ self._x
        move *= self._second[:, None]
        spread = phase.noise * self.noise.p
        if spread > 0:
            move += kind(spread) * self._normals(self.w.shape)
        self.w = kind(1 - decay) * self.w - kind(phase.lr) * move
        self.q.advance(
            force, lr=phase.lr, weight_decay=self.task.weight_decay, spread=phase.noise * self.noise.q,
            noise=phase.pre_activation,
        )
        self.step += 1

    def _sum(self, units: Floats, g: Floats, out: Floats) -> None:
        """Add up the two blocks' outputs of the training examples."""
        out[:] = 0
        out[self._has_p] = units @ self._second
        out[self._has_q] += self._alpha * g[self._points]

    def _disturbed(self, noise: PreActivationNoise | None) -> tuple[Floats, Floats]:
        """Outputs under this step's noise, and gates of the first block."""
        if noise is None:
            return self.f, (self._hidden > 0).astype(self.w.dtype)
        xi = noise.sigma_p * self._normals(self._hidden.shape)
        hidden = torch.from_numpy(self._hidden)
        units, gates = noise.disturbed(hidden, torch.from_numpy(xi.astype(self.w.dtype)))
        f = np.empty_like(self.f)
        self._sum(units.numpy(), self.q.noisy, f)
        return f, gates.numpy()

    def _normals(self, shape: tuple[int, ...]) -> Floats:
        found: Floats = torch.randn(shape, generator=self._noise_of_w).numpy()
        return found
