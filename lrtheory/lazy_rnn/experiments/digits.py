"""Digits read row by row: three against eight, and ten classes that a width of 512 does not learn lazily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrtheory.lazy_rnn.experiments.protocol import ROUNDED, drawn_network, fitted, own_rate, stream, table
from lrtheory.results import experiment

if TYPE_CHECKING:
    from torch import Tensor

_TOKENS = 10_000  # stream of the protocol
_CLASSES = 10


@experiment(version=1, smoke={"widths": (64,), "seeds": 1, "steps": 60})
def digits(
    *, widths: tuple[int, ...] = (128, 256, 512), seeds: int = 8, steps: int = 600, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Three against eight from 32 images: accuracy and laziness of the network, beside both kernels'.

    Loss after the last row only, centered, rate 1 / lambda_max of the network's own kernel; stops at 1e-4
    of the loss.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        steps: at most so many.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import torch

    from lrtheory.lazy_rnn.models.regression import SequenceRegression
    from lrtheory.lazy_rnn.models.sequences import last_time
    from lrtheory.lazy_rnn.tangent.limit import limit_kernel

    def measure(width: int, run: int) -> dict[str, Any]:
        tokens, labels, test_tokens, test_labels = _threes_and_eights(seed + run)
        network, last = drawn_network(seed + run, width, tokens.shape[-1]), tokens.shape[1]
        kernel = torch.as_tensor(limit_kernel(tokens).matrix(first=last))
        cross = torch.as_tensor(limit_kernel(test_tokens, tokens).matrix(first=last))
        infinite = cross @ torch.linalg.solve(kernel, labels)
        sequences = last_time(tokens)
        regression = SequenceRegression(network, sequences, labels[:, None, None]).centered()
        stop = 1e-4 * float(labels.square().sum()) / 2
        found, full, linear = fitted(
            regression, last_time(test_tokens), lr=own_rate(regression), steps=steps, stop=stop
        )
        guesses = {"full": full, "linear": linear, "infinite": infinite}
        shares = {f"accuracy_{k}": (v.sign() == test_labels).double().mean() for k, v in guesses.items()}
        return found | shares | {"test_gap_infinite": (full - infinite).norm() / infinite.norm()}

    return table(measure, widths, seeds, "digits")


@experiment(
    version=1, smoke={"widths": (64,), "seeds": 1, "steps": 40, "images": 30},
    elsewhere={**ROUNDED, "accuracy_full": 0.05, "accuracy_linear": 0.05},
)
def ten_digits(
    *, widths: tuple[int, ...] = (128, 256, 512), seeds: int = 2, images: int = 100, steps: int = 1200,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """All ten digits from 100 images, one output a class: a thousand numbers, too many to stay lazy.

    Rate 1 / lambda_max of the network's own kernel, centered, loss after the last row only.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on.
        images: training images; 500 others are the test.
        steps: of descent.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import torch

    from lrtheory.lazy_rnn.models.real import digit_rows
    from lrtheory.lazy_rnn.models.regression import SequenceRegression
    from lrtheory.lazy_rnn.models.sequences import last_time

    def measure(width: int, run: int) -> dict[str, Any]:
        tokens, digit = digit_rows()
        order = torch.randperm(len(tokens), generator=stream(_TOKENS + seed + run))
        some, others = order[:images], order[images : images + 500]
        targets = torch.nn.functional.one_hot(digit[some], _CLASSES).double() - 1 / _CLASSES
        network = drawn_network(seed + run, width, tokens.shape[-1], _CLASSES)
        sequences = last_time(tokens[some])
        regression = SequenceRegression(network, sequences, targets[:, None]).centered()
        found, full, linear = fitted(
            regression, last_time(tokens[others]), lr=own_rate(regression), steps=steps, stop=0.0
        )
        guesses = {"full": full, "linear": linear}
        return found | {f"accuracy_{k}": _share_right(v, digit[others]) for k, v in guesses.items()}

    return table(measure, widths, seeds, "ten digits")


def _share_right(outputs: Tensor, digit: Tensor) -> Tensor:
    return (outputs.reshape(-1, _CLASSES).argmax(-1) == digit).double().mean()


def _threes_and_eights(seed: int, count: int = 32, test: int = 200) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Tokens and labels -1 (three), 1 (eight): half of each to train on; others in a random order."""
    import torch

    from lrtheory.lazy_rnn.models.real import digit_rows

    tokens, digit = digit_rows()
    order = torch.randperm(len(tokens), generator=stream(_TOKENS + seed))
    threes, eights = (order[digit[order] == wanted] for wanted in (3, 8))
    train = torch.cat([threes[: count // 2], eights[: count // 2]])
    left = order[((digit[order] == 3) | (digit[order] == 8)) & ~torch.isin(order, train)][:test]
    labels = torch.where(digit == 3, -1.0, 1.0).double()
    return tokens[train], labels[train], tokens[left], labels[left]
