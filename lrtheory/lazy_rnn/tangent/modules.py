"""Tangent kernel of any torch module, such as a GRU or an LSTM, from its Jacobian block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from lrtheory.doors import whole
from lrtheory.lazy_rnn.models.sequences import Sequences

_NUMBER = 8  # bytes


def module_tangent_kernel(
    module: nn.Module, sequences: Sequences, other: Sequences | None = None, *,
    parameters: Sequence[str] | None = None, memory: int = 2**30,
) -> Tensor:
    """Empirical tangent kernel of a module's counted outputs, Theta = J J'^T.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> module = nn.RNN(1, 1, nonlinearity="relu", bias=False, batch_first=True)
        >>> for weight in module.parameters():
        ...     _ = nn.init.ones_(weight)
        >>> read = last_time(torch.ones(1, 3, 1))  # y = 1 + w + w^2, its slope 3
        >>> module_tangent_kernel(module, read, parameters=["weight_hh_l0"]).tolist()
        [[9.0]]

    Args:
        module: maps tokens (n, L, d_x) to outputs (n, L, d), or to a tuple that begins with them, as
            ``torch.nn.GRU(..., batch_first=True)`` does.
        sequences: whose counted outputs are the rows.
        other: whose counted outputs are the columns; by default the same.
        parameters: names, as of ``named_parameters``, of those that count; by default all that require a
            gradient. ``["weight_hh_l0"]`` alone compares with an `ElmanNetwork`.
        memory: bytes for the rows at hand.

    Returns:
        Shape (N, N'): rows by sequence, time, then output.

    Raises:
        ValueError: sequences with members, parameters that the module does not have, outputs of another
            shape, or that mix sequences or differ from call to call.

    Cost: one backward pass for each of the N rows of J, each with as many numbers as parameters, in blocks
    that fit half of ``memory``; if all of J does not, the columns' rows are made again for every block of
    rows.

    See Also:
        `tangent_kernel`, of an `ElmanNetwork`, which forms no row of J.

    Source: jacot2018.
    """
    weights = _chosen(module, parameters)
    for each in (sequences, other or sequences):
        if each.tokens.ndim != 3:
            raise ValueError(f"tokens must have shape (n, L, d_x), got {tuple(each.tokens.shape)}")
    _check_sequences_apart(module, sequences.tokens[0])
    size = sum(weight.numel() for weight in weights) * _NUMBER
    rows = max(whole("memory", memory, least=1) // (2 * size), 1)
    blocks: list[Tensor] = []
    for block in _jacobian(module, weights, sequences, rows):
        if other is None and len(blocks) == 0 and len(block) < rows:  # all of it is at hand
            return block @ block.mT
        against = _jacobian(module, weights, other or sequences, rows)
        blocks.append(torch.cat([block @ columns.mT for columns in against], 1))
    return torch.cat(blocks)


def _jacobian(
    module: nn.Module, weights: Sequence[Tensor], sequences: Sequences, rows: int
) -> Iterator[Tensor]:
    """Rows of the Jacobian, at most so many at a time."""
    held: list[Tensor] = []
    for tokens, counted in zip(sequences.tokens, sequences.counted, strict=True):
        with torch.enable_grad():
            outputs = _outputs(module, tokens)
        for number in outputs[counted].flatten():
            slopes = torch.autograd.grad(number, weights, retain_graph=True, allow_unused=True)
            pairs = zip(slopes, weights, strict=True)
            parts = [torch.zeros_like(own) if slope is None else slope for slope, own in pairs]
            held.append(torch.cat([part.flatten() for part in parts]))
            if len(held) == rows:
                yield torch.stack(held)
                held = []
    if held:
        yield torch.stack(held)


def _outputs(module: nn.Module, tokens: Tensor) -> Tensor:
    given = module(tokens[None])
    outputs = given[0] if isinstance(given, tuple) else given
    if not isinstance(outputs, Tensor) or outputs.ndim != 3 or outputs.shape[:2] != (1, len(tokens)):
        got = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise ValueError(
            f"the module must map tokens (n, L, d_x) to outputs (n, L, d), got {got} for one sequence of "
            f"{len(tokens)} tokens; recurrent layers of torch need batch_first=True"
        )
    return outputs[0]


def _check_sequences_apart(module: nn.Module, tokens: Tensor) -> None:
    """Refuse a module whose outputs for a sequence depend on what else it is given, or on chance."""
    with torch.no_grad():
        alone, again = (_outputs(module, tokens) for _ in range(2))
        given = module(torch.stack([tokens.flip(0), tokens]))
        beside = (given[0] if isinstance(given, tuple) else given)[1]
    if not torch.equal(alone, again):
        raise ValueError("the module must give the same outputs twice; call .eval(), leave out dropout")
    if beside.shape != alone.shape or not torch.allclose(alone, beside, rtol=1e-6, atol=1e-9):
        raise ValueError(
            "the module must treat sequences one by one, got other outputs beside a second sequence; "
            "recurrent layers of torch need batch_first=True"
        )


def _chosen(module: nn.Module, names: Sequence[str] | None) -> list[Tensor]:
    if not isinstance(module, nn.Module):
        raise ValueError(f"module must be a torch.nn.Module, got {type(module).__name__}")
    known = {name: each for name, each in module.named_parameters() if each.requires_grad}
    unknown = sorted(set(names or ()) - set(known))
    if unknown or not known:
        raise ValueError(f"parameters must be among {', '.join(known) or 'none'}, got {', '.join(unknown)}")
    return [known[name] for name in (names or known)]
