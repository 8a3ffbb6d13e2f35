"""Random labels at all times, the limit of infinite width, the kernel's own error: widths by seeds."""

from __future__ import annotations

import math
from typing import Any

from lrtheory.lazy_rnn.experiments.protocol import WIDTHS, drawn_network, drawn_task, fitted, stream, table
from lrtheory.results import experiment

_SMOKE = {"widths": (64, 128), "seeds": 2}


@experiment(version=1, smoke=_SMOKE, cuda=True)
def memorization(
    *, widths: tuple[int, ...] = WIDTHS, seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """Random labels at every time are fitted while the weights hardly move: 8 sequences of 4 tokens.

    The rate is d / (m lambda_max(K)), the steps 12 condition numbers of the limiting kernel K.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: "cpu" or "cuda"; what belongs to infinite width is computed on the CPU.
    """
    import numpy as np

    from lrtheory.lazy_rnn.tangent.limit import limit_kernel

    def measure(width: int, run: int) -> dict[str, Any]:
        regression, test = drawn_task(seed + run, width, count=8, times=4, inputs=6, device=device)
        values = np.linalg.eigvalsh(np.asarray(limit_kernel(regression.sequences.tokens.cpu()).matrix()))
        kappa = values[-1] / values[0]
        lr, steps = 1 / (width * values[-1]), math.ceil(12 * kappa)
        return fitted(regression, test, lr=lr, steps=steps, stop=1e-9)[0] | {"kappa": kappa}

    return table(measure, widths, seeds, "memorization")


@experiment(version=1, smoke=_SMOKE, cuda=True)
def limit(
    *, widths: tuple[int, ...] = WIDTHS, seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """Outputs on test inputs: network against linearization against infinite width; 4 sequences of 4 tokens.

    Targets are centered; the rate is 1 / lambda_max of the network's own kernel.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: "cpu" or "cuda"; what belongs to infinite width is computed on the CPU.
    """
    import torch

    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
    from lrtheory.lazy_rnn.tangent.limit import limit_kernel

    def measure(width: int, run: int) -> dict[str, Any]:
        regression, test = drawn_task(seed + run, width, count=4, times=4, inputs=4, device=device)
        tokens, wanted = regression.sequences.tokens.cpu(), regression.wanted.cpu()
        kernel = torch.as_tensor(limit_kernel(tokens).matrix())
        cross = torch.as_tensor(limit_kernel(test.tokens.cpu(), tokens).matrix())
        infinite = cross @ torch.linalg.solve(kernel, wanted)
        own = tangent_kernel(regression.network, regression.start, regression.sequences)
        values = torch.linalg.eigvalsh(own)
        steps = min(math.ceil(12 * values[-1] / values[0]), 2500)
        stop = 1e-8 * float(wanted.square().sum())
        found, full, linear = fitted(
            regression.centered(), test, lr=float(1 / values[-1]), steps=steps, stop=stop
        )
        full, linear, own, size = full.cpu(), linear.cpu(), own.cpu(), infinite.norm()
        return {
            "linear_vs_infinite": (linear - infinite).norm() / size,
            "full_vs_linear": (full - linear).norm() / size,
            "full_vs_infinite": (full - infinite).norm() / size,
            "kernel_error": (own / width - kernel).norm() / kernel.norm(),
        } | {key: found[key] for key in ("final_loss", "flips", "frobenius", "kernel_change")}

    return table(measure, widths, seeds, "limit")


@experiment(version=1, smoke=_SMOKE, cuda=True)
def kernel_error(
    *, widths: tuple[int, ...] = WIDTHS, seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """Tangent kernels of random networks against infinite width: 3 sequences of 5 tokens, 2 outputs.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: "cpu" or "cuda"; what belongs to infinite width is computed on the CPU.
    """
    import torch

    from lrtheory.lazy_rnn.models.sequences import every_time
    from lrtheory.lazy_rnn.models.tokens import random_tokens
    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
    from lrtheory.lazy_rnn.tangent.limit import limit_kernel

    outputs = 2

    def measure(width: int, run: int) -> dict[str, Any]:
        tokens = random_tokens(3, 5, 5, generator=stream(10_000 + seed + run))
        network = drawn_network(seed + run, width, 5, outputs, device)
        found = tangent_kernel(network, network.start, every_time(tokens.to(device))).cpu() * outputs / width
        exact = torch.kron(torch.as_tensor(limit_kernel(tokens).matrix()), torch.eye(outputs).double())
        values, limits = torch.linalg.eigvalsh(found), torch.linalg.eigvalsh(exact)
        return {
            "error": (found - exact).norm() / exact.norm(), "top_ratio": values[-1] / limits[-1],
            "bottom_ratio": values[0] / limits[0],
        }

    return table(measure, widths, seeds, "kernel error")
