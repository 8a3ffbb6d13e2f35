"""Levels of laziness at the least move that fits, by width and seed."""

from __future__ import annotations

from typing import Any

from lrtheory.lazy_rnn.experiments.protocol import drawn_task, table
from lrtheory.results import experiment


@experiment(version=1, smoke={"widths": (128, 256), "seeds": 2})
def laziness_levels(
    *, widths: tuple[int, ...] = (128, 256, 512), seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """Linear, quadratic, frozen and full network at the least-norm move that the linear one fits with.

    Three sequences of 4 tokens, targets not centered; differences of outputs over the linear change.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import torch

    from lrtheory.lazy_rnn.measures.movement import flips, kernel_change, movement
    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
    from lrtheory.lazy_rnn.tangent.products import jacobian_transpose_product
    from lrtheory.lazy_rnn.theory.levels import level_outputs

    def measure(width: int, run: int) -> dict[str, Any]:
        regression, test = drawn_task(seed + run, width, count=3, times=4, inputs=4)
        network, sequences, start = regression.network, regression.sequences, regression.start
        gap = regression.residuals(start)
        solved = torch.linalg.solve(tangent_kernel(network, start, sequences), -gap)
        theta = start + jacobian_transpose_product(network, start, sequences, solved)
        moved = movement(network, theta)
        found: dict[str, Any] = {}
        for name, which in (("train", sequences), ("test", test)):
            full = which.flat(network.outputs_of(theta, which))
            first, linear, quadratic, frozen = (
                level_outputs(network, theta, which, order=order) for order in (0, 1, 2, None)
            )
            size = (linear - first).norm()
            pairs = {
                "full_linear": full - linear, "full_frozen": full - frozen, "frozen_linear": frozen - linear,
                "frozen_quadratic": frozen - quadratic,
            }
            found |= {f"{name}_{pair}": difference.norm() / size for pair, difference in pairs.items()}
            found[f"{name}_flips"] = flips(network, theta, which)
        return found | {
            "kernel_change": kernel_change(network, theta, sequences), "frobenius": moved.frobenius,
            "spectral": moved.spectral,
        }

    return table(measure, widths, seeds, "laziness levels")
