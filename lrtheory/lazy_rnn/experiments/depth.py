"""Norms over many times, tied against untied weights, and norms of products of layers."""

from __future__ import annotations

from typing import Any, Final

from lrtheory.lazy_rnn.experiments.protocol import WIDTHS, drawn_network, stream, table
from lrtheory.results import Members, experiment, progress

DEPTHS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
FACTORS: Final = (1, 2, 4, 8, 16, 32)
_TOKENS, _UNTIED = 40_000, 60_000  # streams of the protocol
_INPUTS = 6


@experiment(
    version=1, smoke={"widths": (64,), "networks": 16, "times": 16},
    elsewhere={name: Members(1) for name in ("tied_unit", "tied_zero", "untied_unit", "untied_zero")},
)
def depth(
    *, widths: tuple[int, ...] = WIDTHS, networks: int = 64, times: int = 256, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Logarithms of |h_l| for fresh networks: unit tokens (less ln l / 2), and no input after the first.

    Networks are drawn exactly in law without their matrix W. Arrays (widths, networks, depths), for weights
    shared over time (tied) and for weights of their own at every time (untied).

    Args:
        widths: units m.
        networks: fresh ones of each width.
        times: length of the sequences; depths beyond it are left out.
        seed: of everything drawn but the tokens.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.lazy_rnn.measures.passes import log_norms
    from lrtheory.lazy_rnn.models.tokens import random_tokens
    from lrtheory.seeds import generator

    at = np.array([k for k in DEPTHS if k <= times])
    each = [random_tokens(2, times, _INPUTS, generator=stream(_TOKENS + k)) for k in range(networks)]
    tokens = torch.stack(each)
    tokens[:, 1, 1:] = 0
    found: dict[str, list[Any]] = {}
    for width in progress(widths, "depth"):
        for shared in (True, False):
            for k, kind in enumerate(("unit", "zero")):
                name = f"{'tied' if shared else 'untied'}_{kind}"
                numbers = generator(seed, name, width)
                logs = log_norms(width, tokens[:, k], shared=shared, generator=numbers)[:, at - 1].numpy()
                found.setdefault(name, []).append(logs - (np.log(at) / 2 if kind == "unit" else 0))
    arrays = {name: np.array(values) for name, values in found.items()}
    return arrays | {"widths": np.array(widths), "depths": at}


@experiment(version=1, smoke={"widths": (64,), "seeds": 2}, elsewhere={"tied": 1e-6, "untied": 1e-6})
def product_norms(
    *, widths: tuple[int, ...] = (256, 512), seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """Largest singular values of D_k W ... D_1 W with the gates of times 2 to k + 1 under unit tokens.

    Arrays (widths, seeds, factors), tied and untied; beside them the norm of W alone.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import math

    import torch

    from lrtheory.lazy_rnn.measures.movement import spectral_norm
    from lrtheory.lazy_rnn.measures.passes import gated_product_norm
    from lrtheory.lazy_rnn.models.recurrence import drive, states
    from lrtheory.lazy_rnn.models.tokens import random_tokens

    times = max(FACTORS) + 1

    def measure(width: int, run: int) -> dict[str, Any]:
        network = drawn_network(seed + run, width, _INPUTS)
        tokens = random_tokens(1, times, _INPUTS, generator=stream(10_000 + seed + run))
        driven, numbers = drive(network.input_weights, tokens), stream(_UNTIED + seed + run)
        fresh = [
            torch.randn(width, width, generator=numbers, dtype=torch.float64) * math.sqrt(2 / width)
            for _ in range(times - 2)
        ]
        found = {"W_norm": spectral_norm(network.recurrent)}
        tied, untied = [network.recurrent] * (times - 1), [network.recurrent, *fresh]
        for name, matrices in (("tied", tied), ("untied", untied)):
            gates = [h[0] > 0 for h in states(matrices, driven)[1:]]
            norms = [gated_product_norm(matrices[:k], gates[:k]) for k in FACTORS]
            found[name] = torch.tensor(norms, dtype=torch.float64)
        return found

    return table(measure, widths, seeds, "product norms") | {"factors": torch.tensor(FACTORS)}
