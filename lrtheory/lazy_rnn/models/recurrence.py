"""The recurrence h_l = relu(W_l h_{l-1} + A x_l), forward and backward, on plain tensors; no loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

# Leading axes *E are members: matrices (*E, m, m), states (*E, n, m). A list holds one entry a time.


def drive(input_weights: Tensor, tokens: Tensor) -> list[Tensor]:
    """What the tokens add to the pre-activations: A x_l, one (*E, n, m) for each time.

    Args:
        input_weights: A, shape (*E, m, d_x).
        tokens: shape (*E, n, L, d_x).

    Source: allenzhu2019, definition 2.2.
    """
    return [tokens[..., time, :] @ input_weights.mT for time in range(tokens.shape[-2])]


def states(matrices: Sequence[Tensor], driven: Sequence[Tensor]) -> list[Tensor]:
    """Hidden states h_1 to h_L, each (*E, n, m). A gate is open where its state is positive.

    Args:
        matrices: W_2 to W_L, each (*E, m, m); the same tensor again and again where weights are shared.
        driven: A x_1 to A x_L, each (*E, n, m).

    Source: allenzhu2019, definition 2.2.
    """
    lead = np.broadcast_shapes(matrices[0].shape[:-2], driven[0].shape[:-2])
    found = [driven[0].relu().expand(*lead, *driven[0].shape[-2:])]
    for matrix, added in zip(matrices, driven[1:], strict=True):
        found.append((found[-1] @ matrix.mT + added).relu())
    return found


def pre_activations(matrices: Sequence[Tensor], driven: Sequence[Tensor]) -> list[Tensor]:
    """What the states are the positive part of: g_1 to g_L, each (*E, n, m). Arguments as of `states`.

    Source: allenzhu2019, definition 2.2.
    """
    hidden = states(matrices, driven)
    later = zip(matrices, hidden, driven[1:], strict=False)
    grown = [before @ matrix.mT + added for matrix, before, added in later]
    return [driven[0].expand(hidden[0].shape), *grown]


def flipped_share(before: Sequence[Tensor], now: Sequence[Tensor], read: Tensor) -> Tensor:
    """Share of the gates that are held otherwise, over units, sequences and the times from 2 that are read.

    Args:
        before: states, or gates, at times 1 to L, each (*E, n, m); a gate is open where they are positive.
        now: the same after a change of the weights.
        read: which times of which sequences count, shape (n, L), bool.

    Returns:
        Shape (*E,).

    Source: allenzhu2019, lemma C.2 (sign changes).
    """
    pairs = zip(before[1:], now[1:], strict=True)
    changed = torch.stack([((b > 0) != (a > 0)).double().mean(-1) for b, a in pairs], -1)
    return (changed * read[:, 1:]).sum((-2, -1)) / read[:, 1:].sum()


def pulled_back(
    matrices: Sequence[Tensor], gates: Sequence[Tensor], pulls: Sequence[Tensor | None]
) -> list[Tensor]:
    """Back-propagation through time: derivatives with respect to the pre-activations g_2 to g_L.

    Args:
        matrices: W_2 to W_L, each (*E, m, m).
        gates: which units are open at times 1 to L, each (*E, n, m).
        pulls: derivatives with respect to the states at times 1 to L that the outputs ask for, each
            (*E, n, m), or None where there is none.

    Returns:
        One (*E, n, m) for each time from 2 on; zero after the last pull.

    Source: allenzhu2019, fact 2.5.
    """
    found: list[Tensor] = []
    below: Tensor | None = None
    for time in range(len(gates) - 1, 0, -1):
        pull = pulls[time]
        whole = below if pull is None else pull if below is None else below + pull
        nothing = matrices[0].new_zeros(()) if whole is None else whole
        found.append(nothing * gates[time])
        below = None if whole is None or time == 1 else found[-1] @ matrices[time - 1]
    return found[::-1]


def pushed(
    matrices: Sequence[Tensor], gates: Sequence[Tensor], moves: Sequence[Tensor], before: Sequence[Tensor]
) -> list[Tensor]:
    """One order of the states' series in a move M, gates held: k_l = D_l (W_l k_{l-1} + M_l b_{l-1}).

    With the states themselves for b it is their first derivative along the move; with the order before
    for b, the next order.

    Args:
        matrices: W_2 to W_L, each (*E, m, m).
        gates: which units are open at times 1 to L, each (*E, n, m).
        moves: M_2 to M_L, each (*E, m, m).
        before: the order before, at times 1 to L, each (*E, n, m).

    Returns:
        The order at times 1 to L, each (*E, n, m); zero at time 1.

    Source: ours; the pseudo-networks of allenzhu2019beyond, section 6, for a recurrent network.
    """
    found = [torch.zeros_like(before[0])]
    for time in range(1, len(gates)):
        grown = found[-1] @ matrices[time - 1].mT + before[time - 1] @ moves[time - 1].mT
        found.append(gates[time] * grown)
    return found
