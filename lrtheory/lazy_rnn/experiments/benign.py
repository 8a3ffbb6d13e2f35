"""Benign and real tasks: how much width targets need, spoken vowels, a two-layer network on digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from lrtheory.lazy_rnn.experiments.protocol import (
    ROUNDED,
    curve,
    drawn_network,
    fitted,
    own_rate,
    stream,
    table,
)
from lrtheory.results import experiment

if TYPE_CHECKING:
    from lrtheory.lazy_rnn.models.regression import SequenceRegression

KINDS: Final = ("random", "linear", "smooth")
_TIMES, _INPUTS = 3, 6


@experiment(
    version=1, smoke={"widths": (16, 32), "sequences": (8,), "seeds": 2, "steps": 200},
    elsewhere={"steps_taken": 0.05},
)
def width_needed(
    *, widths: tuple[int, ...] = (12, 16, 24, 32, 48, 64, 96, 128), sequences: tuple[int, ...] = (8, 16, 32),
    seeds: int = 5, steps: int = 3000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Which widths fit random targets, and which fit those of a simple rule; sequences of 3 tokens.

    A run succeeds if its loss falls below 1e-3 of the first. Targets centered, rate 1 / lambda_max of the
    network's own kernel.

    Args:
        widths: units m.
        sequences: numbers n of sequences.
        seeds: runs of each, from ``seed`` on.
        steps: at most so many.
        seed: the first one.
        device: must be ``"cpu"``.

    Returns:
        ``success`` and ``steps_taken`` (NaN without success), shape (kinds, sequences, widths, seeds);
        ``complexity``: y . K^-1 y / N by the limiting kernel, shape (kinds, sequences, seeds).
    """
    import numpy as np

    from lrtheory.results import progress

    taken = np.full((len(KINDS), len(sequences), len(widths), seeds), np.nan)
    complexity = np.full((len(KINDS), len(sequences), seeds), np.nan)
    cells = [(k, n, s) for k in range(len(KINDS)) for n in range(len(sequences)) for s in range(seeds)]
    for k, n, s in progress(cells, "width needed"):
        for w, width in enumerate(widths):
            regression, cost = _simple_task(KINDS[k], sequences[n], width, seed + s)
            complexity[k, n, s] = cost
            taken[k, n, w, s] = _steps_to_fit(regression, steps)
    return {
        "success": np.isfinite(taken), "steps_taken": taken, "complexity": complexity,
        "widths": np.array(widths), "sequences": np.array(sequences),
    }


@experiment(
    version=1, smoke={"widths": (32,), "seeds": 1, "utterances": 27, "steps": 30},
    elsewhere={**ROUNDED, "accuracy_full": 0.05, "accuracy_linear": 0.05},
)
def vowels(
    *, widths: tuple[int, ...] = (128, 256, 512), seeds: int = 2, utterances: int = 90, steps: int = 400,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Who speaks? Nine speakers, sequences of 7 to 29 frames, loss after the last frame of each.

    Targets centered, rate 1 / lambda_max of the network's own kernel. Of the training set the first
    utterances of every speaker are taken; all 370 of the test set are the test.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on.
        utterances: for training, the same number of each speaker.
        steps: of descent.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import torch

    from lrtheory.lazy_rnn.models.real import vowel_frames
    from lrtheory.lazy_rnn.models.regression import SequenceRegression
    from lrtheory.lazy_rnn.models.sequences import last_time

    frames, speaker = vowel_frames("train")
    others, test_speaker = vowel_frames("test")
    count = int(speaker.max()) + 1
    chosen = torch.cat([(speaker == k).nonzero()[: utterances // count, 0] for k in range(count)])
    targets = torch.nn.functional.one_hot(speaker[chosen], count).double() - 1 / count
    sequences, test = last_time([frames[int(k)] for k in chosen]), last_time(others)

    def measure(width: int, run: int) -> dict[str, Any]:
        network = drawn_network(seed + run, width, sequences.inputs, count)
        regression = SequenceRegression(network, sequences, targets[:, None]).centered()
        found, full, linear = fitted(regression, test, lr=own_rate(regression), steps=steps, stop=0.0)
        for name, outputs in (("full", full), ("linear", linear)):
            right = outputs.reshape(-1, count).argmax(-1) == test_speaker
            found[f"accuracy_{name}"] = right.double().mean()
        return found

    return table(measure, widths, seeds, "vowels")


@experiment(
    version=1, smoke={"widths": (64,), "seeds": 1, "steps": 40},
    elsewhere={"flips": 0.05, "accuracy_train": 0.02, "accuracy_test": 0.02, "final_loss": 1e-6},
)
def two_layer_digits(
    *, widths: tuple[int, ...] = (128, 512, 2048, 8192), seeds: int = 3, steps: int = 400, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """A two-layer network on 500 digits: its weights move less and less at the same accuracy.

    Cross-entropy, hidden weights only, pixels of each image over their norm, rate 400 / m.

    Args:
        widths: hidden units m.
        seeds: runs of each width, from ``seed`` on.
        steps: of descent.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import torch

    from lrtheory.data.bundled import digits
    from lrtheory.lazy_rnn.models.two_layer import random_two_layer

    stored = digits()
    pixels = torch.nn.functional.normalize(torch.as_tensor(stored.x).flatten(1), dim=1)
    digit = torch.as_tensor(stored.y)

    def measure(width: int, run: int) -> dict[str, Any]:
        order = torch.randperm(len(digit), generator=stream(10_000 + seed + run))
        train, test = order[:500], order[500:]
        numbers = stream(seed + run)
        network = random_two_layer(width, pixels[train], digit[train], classes=10, generator=numbers)
        theta, lr, losses = network.start, 400 / width, []
        for _ in range(steps):
            losses.append(float(network.loss(theta)))
            theta = theta - lr * network.gradient(theta)
        change, first = theta - network.start, network.units(network.start, pixels[train]) > 0
        shape, flipped = network.hidden.shape, (network.units(theta, pixels[train]) > 0) != first
        norms = [torch.linalg.matrix_norm(each.reshape(shape), 2) for each in (change, network.start)]
        return {
            "frobenius_ratio": change.norm() / network.start.norm(), "spectral_ratio": norms[0] / norms[1],
            "flips": flipped.double().mean(),
            "accuracy_train": network.accuracy(theta, pixels[train], digit[train]),
            "accuracy_test": network.accuracy(theta, pixels[test], digit[test]),
            "final_loss": network.loss(theta), "loss_curve": curve(torch.tensor(losses), 60),
        }

    return table(measure, widths, seeds, "two-layer digits")


def _simple_task(kind: str, count: int, width: int, seed: int) -> tuple[SequenceRegression, float]:
    """A centered task with targets of a kind, and how much of them the limiting kernel must move for."""
    import torch

    from lrtheory.lazy_rnn.models.regression import SequenceRegression
    from lrtheory.lazy_rnn.models.sequences import every_time
    from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens, simple_targets
    from lrtheory.lazy_rnn.tangent.limit import limit_kernel

    tokens = random_tokens(count, _TIMES, _INPUTS, generator=stream(10_000 + seed))
    rule = stream(20_000 + seed)
    drawn = random_targets(tokens, generator=rule)
    targets = drawn if kind == "random" else simple_targets(tokens, kind, generator=rule)  # type: ignore[arg-type]
    targets = targets / targets[:, 1:].square().mean().sqrt()
    regression = SequenceRegression(drawn_network(seed, width, _INPUTS), every_time(tokens), targets)
    wanted = regression.wanted
    solved = torch.linalg.solve(limit_kernel(tokens).matrix(), wanted)
    return regression.centered(), float(wanted @ solved) / len(wanted)


def _steps_to_fit(regression: SequenceRegression, steps: int) -> float:
    """Steps until the loss is 1e-3 of the first, NaN if it never is."""
    from lrtheory.lazy_rnn.kernels.training import trained

    level = 1e-3 * float(regression.loss(regression.start))
    run = trained(regression, regression.start, own_rate(regression), steps=steps, stop=level)
    return float(run.first_below(level)) if not math.isnan(float(run.loss[-1])) else math.nan
