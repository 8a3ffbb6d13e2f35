"""The update that flips the most gates of one sequence at one time for its size, and how many those are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import finite, positive, whole


@dataclass(frozen=True)
class RankOneUpdate:
    """Update W' = left right' of the recurrent weights.

    Attributes:
        left: shape (m,), zero where no gate flips.
        right: shape (m,), a unit vector along the hidden state.
        flipped: neurons whose pre-activation changes its sign, shape (m,), bool.
    """

    left: Tensor
    right: Tensor
    flipped: Tensor

    @property
    def matrix(self) -> Tensor:
        """W', shape (m, m); its spectral norm is that of ``left``."""
        return torch.outer(self.left, self.right)


def adversarial_flips(width: int, *, tau: float, hidden_norm: float = 1.0, token_norm: float = 1.0) -> float:
    """Most gates of one sequence at one time that an update of spectral norm tau / sqrt(m) can flip.

    With |h| the norm of the hidden state before and sigma^2 = 2 (|h|^2 + |x|^2) it is
    (6 tau^2 |h|^2 / (pi sigma^2))^(1/3) m^(2/3): the power 2/3 of Lemma C.2 is reached. A gradient step with
    a change of the output of order one flips of order sqrt(m) (`one_update`).

    Example:
        >>> round(adversarial_flips(8192, tau=1.0))  # 0.7816 * 8192^(2/3)
        318

    Args:
        width: m; the flips must be few compared with it.
        tau: sqrt(m) times the spectral norm of the update, > 0, small compared with m^(1/2).
        hidden_norm: |h|, > 0; at infinite width the root of the summed squares of the tokens before.
        token_norm: |x|, length of the token at this time, >= 0.

    Returns:
        Number of flips, to leading order.

    Raises:
        ValueError: a number is out of its range.

    See Also:
        `adversarial_update`, which does it; `one_update`, what a step of training flips.

    Source: our derivation; allenzhu2019, Lemma C.2, bounds it by O(L^(10/3) tau^(2/3)) m^(2/3).
    """
    m, reach = whole("width", width, least=1), positive("tau", tau) * positive("hidden_norm", hidden_norm)
    if finite("token_norm", token_norm) < 0:
        raise ValueError(f"token_norm must not be negative, got {token_norm}")
    variance = 2 * (hidden_norm**2 + token_norm**2)
    return float((6 * reach**2 / (math.pi * variance)) ** (1 / 3) * m ** (2 / 3))


def cheapest_flips(preactivations: Tensor, *, reach: float) -> Tensor:
    """Neurons with the smallest pre-activations, as many as a change of a given norm brings to zero.

    They are the first of sort(|g|) for which the sum of g^2 stays at most reach^2. A pre-activation that is
    zero has no sign to lose and is left out.

    Example:
        >>> cheapest_flips(torch.tensor([0.3, -2.0, -0.4]), reach=0.5).tolist()
        [True, False, True]

    Args:
        preactivations: g of one sequence at one time, shape (m,), finite.
        reach: Euclidean norm of the change of g, > 0: tau |h| / sqrt(m) for an update of norm tau / sqrt(m).

    Returns:
        Shape (m,), bool; all False where even the smallest is out of reach.

    Raises:
        ValueError: g has another shape or is not finite, or reach is not positive.

    Cost: one sort.

    Source: our construction, against the bound of allenzhu2019, Lemma C.2.
    """
    g = _checked_vector("preactivations", preactivations)
    budget = positive("reach", reach) ** 2
    order = g.abs().argsort(stable=True)
    affordable = g[order].square().cumsum(0) <= budget
    return torch.zeros_like(g, dtype=torch.bool).index_put((order,), affordable) & (g != 0)


def adversarial_update(preactivations: Tensor, hidden: Tensor, *, tau: float) -> RankOneUpdate:
    """Rank-one update of spectral norm tau / sqrt(m) that flips as many gates as that norm allows.

    W' = -s g_S h' / |h|^2 with S the `cheapest_flips` and s >= 1 what is left of the budget, so that each of
    them crosses zero.

    Example:
        >>> update = adversarial_update(torch.tensor([0.3, -2.0]), torch.tensor([3.0, 4.0]), tau=0.1)
        >>> [round(each, 6) for each in (update.matrix @ torch.tensor([3.0, 4.0])).tolist()]
        [-0.353553, 0.0]

    Args:
        preactivations: g of one sequence at one time, shape (m,), finite.
        hidden: h of that sequence at the time before, shape (m,), finite, not zero; of g's dtype.
        tau: sqrt(m) times the spectral norm, > 0.

    Returns:
        The factors of W', each of shape (m,), and which gates flip.

    Raises:
        ValueError: shapes or dtypes differ, something is not finite, h is zero, tau is not positive, or too
            small to flip any gate.

    Cost: one sort; ``matrix`` takes m^2 numbers.

    Source: our construction, against the bound of allenzhu2019, Lemma C.2.
    """
    g, h = _checked_vector("preactivations", preactivations), _checked_vector("hidden", hidden)
    if h.shape != g.shape or h.dtype != g.dtype:
        raise ValueError(
            f"hidden must match the preactivations, {g.dtype} of {tuple(g.shape)}, got {h.dtype} of "
            f"{tuple(h.shape)}"
        )
    norm = float(h.norm())
    reach = positive("tau", tau) * positive("the norm of hidden", norm) / math.sqrt(len(g))
    flipped = cheapest_flips(g, reach=reach)
    if not bool(flipped.any()):
        raise ValueError(
            f"tau must be large enough to flip a gate, got {tau}: the change of norm {reach:.3g} reaches no "
            "preactivation; take a larger tau"
        )
    moved = torch.where(flipped, -g, torch.zeros_like(g))
    return RankOneUpdate(left=moved / moved.norm() * (reach / norm), right=h / norm, flipped=flipped)


def _checked_vector(name: str, vector: Tensor) -> Tensor:
    if not isinstance(vector, Tensor) or not vector.is_floating_point():
        got = getattr(vector, "dtype", type(vector).__name__)
        raise ValueError(f"{name} must be a floating-point tensor, got {got}")
    if vector.ndim != 1 or not len(vector):
        raise ValueError(
            f"{name} must have the shape (m,) of one sequence at one time, got {tuple(vector.shape)}"
        )
    if not bool(vector.isfinite().all()):
        raise ValueError(f"{name} must be finite, got {float(vector[~vector.isfinite()][0])}")
    return vector
