"""Token sequences and which of their outputs count; what the outputs should be is regression's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of tokens, and at which times an output is asked for.

    A network reads a sequence token by token; after each it could answer. The first answer does not depend
    on the recurrent weights, so it cannot be asked for.

    Attributes:
        tokens: shape (*E, n, L, d_x); members E may read sequences of their own.
        counted: shape (n, L), bool: whether the output after that token counts. What comes after the last
            counted time of a sequence has no influence, so shorter sequences may be padded with anything.

    Source: allenzhu2019, section 2.1; every time from the second on counts there.
    """

    tokens: Tensor
    counted: Tensor

    def __post_init__(self) -> None:
        """Check shapes and numbers.

        Raises:
            ValueError: tokens that are no finite tensor of at least two times, a first token that is zero,
                counted of another shape or type, or an output that is asked for at the first time.
        """
        _check_tokens(self.tokens)
        expected = tuple(self.tokens.shape[-3:-1])
        mask = self.counted
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool or tuple(mask.shape) != expected:
            got = (mask.dtype, tuple(mask.shape)) if isinstance(mask, Tensor) else type(mask).__name__
            raise ValueError(f"counted must be a bool tensor of shape {expected}, got {got}")
        if bool(mask[:, 0].any()):
            raise ValueError(
                "counted must leave out the first time: the output after one token does not depend on the "
                "recurrent weights; set counted[:, 0] = False"
            )
        if not bool(mask.any()):
            raise ValueError("counted must ask for at least one output, got none")

    @property
    def count(self) -> int:
        """Number of sequences n."""
        return int(self.tokens.shape[-3])

    @property
    def times(self) -> int:
        """Length L of the longest sequence."""
        return int(self.tokens.shape[-2])

    @property
    def inputs(self) -> int:
        """Size d_x of a token."""
        return int(self.tokens.shape[-1])

    @property
    def read(self) -> Tensor:
        """Whether a token is read before the last counted time of its sequence, shape (n, L), bool."""
        return self.counted.flip(-1).cumsum(-1).flip(-1) > 0

    def flat(self, dense: Tensor) -> Tensor:
        """The counted entries of a (*E, n, L, d) tensor as vectors (*E, N): by sequence, time, output."""
        return dense.flatten(-3, -2)[..., self.counted.flatten(), :].flatten(-2)

    def dense(self, flat: Tensor, outputs: int) -> Tensor:
        """Vectors (*E, N) as a (*E, n, L, d) tensor, zero where nothing counts: the inverse of `flat`."""
        lead = flat.shape[:-1]
        whole = flat.new_zeros(*lead, self.count * self.times, outputs)
        whole[..., self.counted.flatten(), :] = flat.reshape(*lead, -1, outputs)
        return whole.reshape(*lead, self.count, self.times, outputs)


def every_time(tokens: Tensor | Sequence[Tensor]) -> Sequences:
    """Sequences whose outputs count at every time from the second on.

    Example:
        >>> every_time([torch.ones(2, 1), torch.ones(3, 1)]).counted.tolist()
        [[False, True, False], [False, True, True]]

    Args:
        tokens: shape (*E, n, L, d_x); or a list of n tensors (L_i, d_x) of different lengths.

    Raises:
        ValueError: as `Sequences`; a sequence shorter than two tokens.

    See Also:
        `last_time`, which asks for one output a sequence.

    Source: allenzhu2019, section 2.1.
    """
    padded, lengths = _padded(tokens)
    at = torch.arange(padded.shape[-2], device=padded.device)
    return Sequences(padded, (at >= 1) & (at < lengths[:, None]))


def last_time(tokens: Tensor | Sequence[Tensor]) -> Sequences:
    """Sequences of which only the output after the last token counts. Arguments and errors: `every_time`.

    Example:
        >>> last_time([torch.ones(2, 1), torch.ones(3, 1)]).counted.tolist()
        [[False, True, False], [False, False, True]]

    See Also:
        `every_time`, which asks for all outputs but the first.

    Source: ours.
    """
    padded, lengths = _padded(tokens)
    at = torch.arange(padded.shape[-2], device=padded.device)
    return Sequences(padded, at == lengths[:, None] - 1)


def stacked_sequences(members: Sequence[Sequences]) -> Sequences:
    """One ensemble in which every member reads its own sequences; all have one shape and count alike.

    Example:
        >>> each = [every_time(torch.ones(5, 4, 2)), every_time(2 * torch.ones(5, 4, 2))]
        >>> tuple(stacked_sequences(each).tokens.shape)  # members, sequences, times, coordinates
        (2, 5, 4, 2)

    Raises:
        ValueError: none given, or shapes or counted times that differ.

    Cost: one copy of all tokens.

    Source: ours.
    """
    if not members:
        raise ValueError("members must hold at least one set of sequences, got none")
    first = members[0]
    for each in members[1:]:
        if each.tokens.shape != first.tokens.shape or not torch.equal(each.counted, first.counted):
            raise ValueError(
                f"members must agree in shape and counted times, got tokens of {tuple(first.tokens.shape)} "
                f"and {tuple(each.tokens.shape)}"
            )
    return replace(first, tokens=torch.stack([each.tokens for each in members]))


def _padded(tokens: Tensor | Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Tokens of one length, padded with zeros, and the true lengths (n,)."""
    if isinstance(tokens, Tensor):
        _check_tokens(tokens)
        return tokens, torch.full((tokens.shape[-3],), tokens.shape[-2], device=tokens.device)
    each = [torch.as_tensor(sequence) for sequence in tokens]
    for number, sequence in enumerate(each):
        if sequence.ndim != 2 or len(sequence) < 2 or sequence.shape[1] != each[0].shape[1]:
            raise ValueError(
                f"a list of sequences must hold tensors (length >= 2, d_x) with one d_x, got shape "
                f"{tuple(sequence.shape)} at place {number}"
            )
    if not each:
        raise ValueError("tokens must hold at least one sequence, got none")
    lengths = torch.tensor([len(sequence) for sequence in each], device=each[0].device)
    return torch.nn.utils.rnn.pad_sequence(each, batch_first=True), lengths


def _check_tokens(tokens: Tensor) -> None:
    if not isinstance(tokens, Tensor) or not tokens.is_floating_point():
        kind = tokens.dtype if isinstance(tokens, Tensor) else type(tokens).__name__
        raise ValueError(
            f"tokens must be a floating-point tensor (*E, n, L, d_x), got {kind}; sequences of different "
            "lengths go as a list of tensors to every_time or last_time"
        )
    if tokens.ndim < 3 or tokens.shape[-2] < 2 or 0 in tokens.shape:
        raise ValueError(
            f"tokens must have shape (*E, n, L, d_x) with L >= 2 and nothing empty, got {tuple(tokens.shape)}"
        )
    if not bool(tokens.isfinite().all()):
        raise ValueError(f"tokens must be finite, got {int((~tokens.isfinite()).sum())} that are not")
    dead = (tokens[..., 0, :] == 0).all(-1)
    if bool(dead.any()):
        place = dead.nonzero()[0].tolist()
        raise ValueError(
            f"the first token of a sequence must not be zero, got zero at {place}: the state would stay at "
            "the kink of the rectifier; append a constant coordinate, as the paper does"
        )
