"""Random sequences that the theorem allows, and targets from noise to a simple rule."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor

from lrtheory.doors import check_choice, whole

Complexity = Literal["linear", "smooth"]


def random_tokens(
    count: int, times: int, inputs: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Random unit tokens; the first of a sequence ends in 1 / sqrt(2), which acts as a bias.

    Example:
        >>> from lrtheory import generator
        >>> tokens = random_tokens(2, 3, 5, generator=generator(0, "tokens"))
        >>> [round(float(each), 9) for each in tokens.norm(dim=-1).flatten()]
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
        >>> [round(float(each), 4) for each in tokens[:, 0, -1]]
        [0.7071, 0.7071]

    Args:
        count: sequences n.
        times: length L, at least 2.
        inputs: size d_x of a token, at least 2.
        generator: what they are drawn from: first tokens first, in float64.
        dtype: of the tokens.

    Returns:
        Shape (n, L, d_x).

    Raises:
        ValueError: a size that is too small.

    Source: allenzhu2019, section 2.1.
    """
    sizes = (("count", count, 1), ("times", times, 2), ("inputs", inputs, 2))
    n, length, size = (whole(name, value, least=least) for name, value, least in sizes)
    unit, kind = torch.nn.functional.normalize, torch.float64
    first = unit(torch.randn(n, size - 1, generator=generator, dtype=kind), dim=-1)
    first = torch.cat([first, torch.ones(n, 1, dtype=kind)], 1) / math.sqrt(2)
    later = unit(torch.randn(n, length - 1, size, generator=generator, dtype=kind), dim=-1)
    return torch.cat([first[:, None], later], 1).to(dtype)


def random_targets(tokens: Tensor, outputs: int = 1, *, generator: torch.Generator) -> Tensor:
    """Targets that no rule explains: independent standard normal numbers at every time.

    Example:
        >>> from lrtheory import generator
        >>> targets = random_targets(torch.ones(1000, 5, 3), 2, generator=generator(0, "targets"))
        >>> tuple(targets.shape), round(float(targets.square().mean()), 1)
        ((1000, 5, 2), 1.0)

    Args:
        tokens: shape (n, L, d_x).
        outputs: d.
        generator: what they are drawn from, in float64.

    Returns:
        Shape (n, L, d).

    See Also:
        `simple_targets`, which a rule gives.

    Source: allenzhu2019reply (any labels can be fitted).
    """
    shape = (*tokens.shape[:-1], whole("outputs", outputs, least=1))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(tokens.dtype)


def simple_targets(tokens: Tensor, complexity: Complexity, *, generator: torch.Generator) -> Tensor:
    """Targets that a simple rule gives: u . x_{l-1} + v . x_l, or sin(2 u . x_{l-1}) + cos(2 v . x_l) - 1.

    Example:
        >>> from lrtheory import generator
        >>> tokens = random_tokens(10, 4, 3, generator=generator(0, "tokens"))
        >>> targets = simple_targets(tokens, "linear", generator=generator(0, "targets"))
        >>> round(float(targets[:, 1:].square().mean()), 9), float(targets[:, 0].abs().max())
        (1.0, 0.0)

    Args:
        tokens: shape (n, L, d_x).
        complexity: "linear" or "smooth".
        generator: what the unit vectors u and v are drawn from.

    Returns:
        Shape (n, L, 1), with mean square one over the times from 2 on; zero at time 1.

    Raises:
        ValueError: another complexity.

    See Also:
        `random_targets`, which no rule explains.

    Source: ours, after allenzhu2019reply (benign data need less width).
    """
    check_choice("complexity", complexity, get_args(Complexity))
    drawn = torch.randn(2, tokens.shape[-1], generator=generator, dtype=torch.float64).to(tokens.dtype)
    u, v = torch.nn.functional.normalize(drawn, dim=-1)
    before, now = tokens[..., :-1, :] @ u, tokens[..., 1:, :] @ v
    later = before + now if complexity == "linear" else (2 * before).sin() + (2 * now).cos() - 1
    later = later / later.square().mean().sqrt()
    return torch.cat([torch.zeros_like(later[..., :1]), later], -1)[..., None]
