"""The data: a pattern that a linear model fits from many examples, and one that three examples give away."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import Tensor

from lrtheory.doors import between, check_choice, positive, whole

GROUPS: Final = ("p_only", "q_only", "both")


@dataclass(frozen=True)
class PQDistribution:
    """Inputs (x1, x2) in R^d x R^d with a label; x1 carries pattern P, x2 pattern Q, or either is absent.

    P is a weak signal in noise: x1 = y signal w + n, with n ~ N(0, I/d) whose component along w has the
    sign of y. Q is three points on a ray: x2 = alpha z for y = 1, alpha (z + zeta) or alpha (z - zeta) for
    y = -1; zeta is orthogonal to z and short. w and z are the first unit vector, and zeta lies along the
    second; nothing that follows depends on it.

    Attributes:
        dim: d, >= 2.
        p_only: probability that x2 is absent, in [0, 1].
        q_only: probability that x1 is absent; p_only + q_only <= 1.
        r: length of zeta over that of z, > 0.
        alpha_from: alpha is uniform from here to 1; the paper has 0.
        signal: gamma_0, length of the signal; 1 / sqrt(d) by default, where the noise has length about 1.

    Raises:
        ValueError: a number out of its range, or p_only + q_only > 1.

    Source: li2019order, section 2, as we reconstruct it.
    """

    dim: int
    p_only: float
    q_only: float
    r: float
    alpha_from: float = 0.0
    signal: float | None = None

    def __post_init__(self) -> None:
        whole("dim", self.dim, least=2)
        between("p_only", self.p_only, 0, 1)
        between("q_only", self.q_only, 0, 1)
        if self.p_only + self.q_only > 1 + 1e-12:
            raise ValueError(
                f"p_only + q_only must be at most 1, got {self.p_only} + {self.q_only} = "
                f"{self.p_only + self.q_only:g}; what is left carries both patterns"
            )
        positive("r", self.r, remedy="zeta must differ from zero, or both labels share one point")
        if not 0 <= between("alpha_from", self.alpha_from, 0, 1) < 1:
            raise ValueError(f"alpha_from must lie in [0, 1), got {self.alpha_from}")
        if self.signal is not None:
            positive("signal", self.signal)

    @property
    def gamma(self) -> float:
        """Length of the signal in x1."""
        return 1 / math.sqrt(self.dim) if self.signal is None else float(self.signal)

    def sample(
        self, count: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float64
    ) -> PQExamples:
        """Draw independent examples.

        Args:
            count: how many, >= 1.
            generator: what is drawn from.
            dtype: of the numbers; they are drawn in float64.
        """
        count = whole("count", count, least=1)
        chance = torch.rand(count, generator=generator, dtype=torch.float64)
        groups = (chance >= self.p_only).long() + (chance >= self.p_only + self.q_only).long()
        return self._drawn(groups, generator, dtype)

    def sample_group(
        self, group: str, count: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float64
    ) -> PQExamples:
        """Draw examples of one group: ``"p_only"``, ``"q_only"`` or ``"both"``; otherwise as `sample`."""
        check_choice("group", group, GROUPS)
        groups = torch.full((whole("count", count, least=1),), GROUPS.index(group))
        return self._drawn(groups, generator, dtype)

    def _drawn(self, groups: Tensor, generator: torch.Generator, dtype: torch.dtype) -> PQExamples:
        count = len(groups)

        def uniform() -> Tensor:
            return torch.rand(count, generator=generator, dtype=torch.float64)

        labels = torch.where(uniform() < 0.5, -1.0, 1.0).double()
        x1 = torch.randn(count, self.dim, generator=generator, dtype=torch.float64) / math.sqrt(self.dim)
        x1[:, 0] = labels * (x1[:, 0].abs() + self.gamma)
        x1[groups == 1] = 0
        side = torch.where(uniform() < 0.5, 1, 2)
        patterns = torch.where(labels > 0, 0, side)
        patterns[groups == 0] = -1
        alpha = self.alpha_from + (1 - self.alpha_from) * uniform()
        return PQExamples(x1.to(dtype), patterns, alpha.to(dtype), labels.to(dtype), groups, float(self.r))


@dataclass(frozen=True, eq=False)
class PQExamples:
    """Drawn examples; x2 is kept as the number of its point and its alpha.

    Attributes:
        x1: shape (n, d); zero where absent.
        patterns: which point x2 lies on, shape (n,), int64: 0 for z, 1 for z + zeta, 2 for z - zeta, -1
        absent.
        alpha: shape (n,); counts only where x2 is present.
        labels: +1 or -1, shape (n,).
        groups: 0 P only, 1 Q only, 2 both; shape (n,), int64.
        r: length of zeta.
    """

    x1: Tensor
    patterns: Tensor
    alpha: Tensor
    labels: Tensor
    groups: Tensor
    r: float

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, picked: Any) -> PQExamples:
        """The examples picked by a mask or by indices."""
        parts = {
            name: getattr(self, name)[picked] for name in ("x1", "patterns", "alpha", "labels", "groups")
        }
        return replace(self, **parts)

    @property
    def x2_plane(self) -> Tensor:
        """x2 in its plane, shape (n, 2): coordinates along z and along zeta / r; zero where absent."""
        points = q_points(self.r).to(self.alpha.dtype)
        present = (self.patterns >= 0).to(self.alpha.dtype)
        return (present * self.alpha)[:, None] * points[self.patterns.clamp_min(0)]

    @property
    def x2(self) -> Tensor:
        """x2, shape (n, d)."""
        found = torch.zeros_like(self.x1)
        found[:, :2] = self.x2_plane
        return found

    @property
    def joint(self) -> Tensor:
        """(x1, x2), shape (n, 2 d): what a network sees whose units are not split into blocks."""
        return torch.cat([self.x1, self.x2], dim=1)


def q_points(r: float) -> Tensor:
    """The points z, z + zeta, z - zeta in their plane, shape (3, 2): coordinates along z and zeta / r.

    Example:
        >>> q_points(0.5).tolist()
        [[1.0, 0.0], [1.0, 0.5], [1.0, -0.5]]

    Source: li2019order, as we reconstruct it.
    """
    return torch.tensor([[1.0, 0.0], [1.0, r], [1.0, -r]], dtype=torch.float64)
