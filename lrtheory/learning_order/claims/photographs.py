"""Claims about photographs: what large and small rates see first, and what noise before activations mends."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.experiments.adopted import gpu_run
from lrtheory.learning_order.models.image_networks import WideResNet16
from lrtheory.learning_order.models.schedules import MODELS
from lrtheory.results import Result
from lrtheory.seeds import generator

_KNOWN = 0.9  # accuracy on patches alone at which the patch counts as learned
_ANNEALED = 30  # epoch of the first drop
_LAST, _BEFORE = slice(-5, None), slice(24, 29)  # the last five epochs; the five up to epoch 29
_TWO_SEEDS, _ONE_SEED = "two seeds, one width, a JPEG copy", "one seed, one width, a JPEG copy"


def patch_epochs(run: Result, model: str) -> NDArray[np.int64]:
    """First epoch, from 1, at which a model of each seed knows the patch.

    Args:
        run: with patches.
        model: one of its models.

    Raises:
        ValueError: one of them never does.
    """
    known = run[f"{model}_patch_acc"] > _KNOWN
    if not known.any(1).all():
        raise ValueError(f"{model} must know the patch in every seed, and does not; look at its curves")
    first: NDArray[np.int64] = known.argmax(1) + 1
    return first


def recovered(run: Result, name: str) -> NDArray[np.float64]:
    """Part of the gap between small and large rate that noise recovers at the end, by seed.

    Args:
        run: any.
        name: of the accuracy.
    """
    large, small, noisy = (run[f"{model}_{name}"][:, _LAST].astype(float).mean(1) for model in MODELS)
    part: NDArray[np.float64] = (noisy - small) / (large - small)
    return part


def _small_is_first(scale: str) -> Verdict:
    run = gpu_run("patches")
    return Verdict.at_most(patch_epochs(run, "small").max(), 15, limits=_TWO_SEEDS)


def _annealed_before_patch(model: str, scale: str) -> Verdict:
    epochs = patch_epochs(gpu_run("patches"), model)
    told = " and ".join(map(str, epochs))
    return Verdict.at_least(epochs.min(), _ANNEALED, note=f"epochs {told} of two seeds")


def _ahead(kind: str, name: str, first: str, second: str, epochs: slice, least: float, scale: str) -> Verdict:
    """Least lead over seeds of one model over another."""
    run = gpu_run(kind)
    lead = (run[f"{first}_{name}"] - run[f"{second}_{name}"])[:, epochs].astype(float).mean(1)
    return Verdict.at_least(lead.min(), least, limits=_TWO_SEEDS if len(lead) > 1 else _ONE_SEED)


def _recovers(kind: str, name: str, interval: tuple[float, float], scale: str) -> Verdict:
    part = recovered(gpu_run(kind), name)
    limits = _TWO_SEEDS if len(part) > 1 else _ONE_SEED
    return Verdict.inside(part.mean(), interval, limits=limits, note=f"by seed {part.round(2).tolist()}")


def _shared_noise(scale: str) -> Verdict:
    """What noise adds before the activations: its spread over channels and images, over that over places."""
    network = WideResNet16(1, generator=generator(0, "weights"))
    draw = generator(0, "noise")
    before: list[torch.Tensor] = []
    after: list[torch.Tensor] = []
    for name, module in network.blocks.named_modules():
        if "norm" in name:
            module.register_forward_hook(lambda _module, _given, out: before.append(out.detach()))
        elif "conv" in name:
            module.register_forward_hook(lambda _module, given, _out: after.append(given[0].detach()))
    noise = 50 + torch.randn(network.noise_size, generator=draw)  # so that every unit is open
    network(torch.randn(3, 3, 32, 32, generator=draw), noise)
    shifts = [active - hidden for hidden, active in zip(before, after, strict=True)]
    spread = max(float((shift - shift[:1, :1]).abs().max()) for shift in shifts)
    return Verdict.at_most(spread / min(float(shift[0, 0].std()) for shift in shifts), 1e-3)


def _parameters(scale: str) -> Verdict:
    """Largest relative difference of the number of weights at widths 4 and 10."""
    found = []
    for width, count in ((4, 2_748_890), (10, 17_116_634)):
        network = WideResNet16(width, generator=generator(0, "weights"))
        found.append(abs(sum(each.numel() for each in network.parameters()) / count - 1))
    return Verdict.at_most(max(found), 0.0)


_claim = partial(Claim, theory="learning_order", page="learning_order/on_photographs")
_PAPER = "li2019order, the experiment with patches"

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.photographs-small-first", kind="experiment", source=_PAPER,
        states=HOLDS_WITHIN_LIMITS, check=_small_is_first,
        statement="The small rate memorizes the patch long before the epoch of annealing.",
        how="Later of two epochs at which it knows nine patches in ten; annealing is at epoch 30.",
    ),
    _claim(
        id="learning_order.photographs-patch-ignored", kind="experiment", source=_PAPER,
        states=DOES_NOT_REPRODUCE, check=partial(_annealed_before_patch, "large"),
        statement="The large rate ignores the patch until it is annealed, in every seed.",
        how="Earlier of two epochs at which it knows nine patches in ten; at least 30.",
    ),
    _claim(
        id="learning_order.photographs-noise-ignores-patch", kind="experiment", source=_PAPER,
        states=HOLDS, check=partial(_annealed_before_patch, "act_noise"),
        statement="With noise before its activations the small rate ignores the patch until it is annealed.",
        how="Earlier of two epochs at which it knows nine patches in ten; at least 30.",
    ),
    _claim(
        id="learning_order.photographs-large-ahead", kind="experiment", source=_PAPER,
        states=HOLDS_WITHIN_LIMITS,
        statement="The large rate ends more than ten points of clean accuracy ahead of the small one.",
        how="Least lead over two seeds, mean of the last five epochs.",
        check=partial(_ahead, "patches", "clean_acc", "large", "small", _LAST, 0.1),
    ),
    _claim(
        id="learning_order.photographs-noise-recovers", kind="rebuttal answer",
        source="li2019reply, annealed noise", states=HOLDS_WITHIN_LIMITS,
        statement="Annealed noise before the activations recovers about two thirds of the gap.",
        how="(noisy - small) / (large - small) in clean accuracy at the end, mean of two seeds.",
        check=partial(_recovers, "patches", "clean_acc", (0.5, 0.85)),
    ),
    _claim(
        id="learning_order.plain-small-ahead", kind="experiment", source="li2019order, the first figure",
        states=HOLDS_WITHIN_LIMITS,
        statement="On plain photographs the small rate is ahead in test accuracy before annealing.",
        how="Its lead in the mean of epochs 25 to 29.",
        check=partial(_ahead, "plain", "test_acc", "small", "large", _BEFORE, 0.02),
    ),
    _claim(
        id="learning_order.plain-large-ahead", kind="experiment", source="li2019order, the first figure",
        states=HOLDS_WITHIN_LIMITS,
        statement="On plain photographs the large rate is ahead after annealing.",
        how="Its lead in the mean of the last five epochs.",
        check=partial(_ahead, "plain", "test_acc", "large", "small", _LAST, 0.02),
    ),
    _claim(
        id="learning_order.plain-noise-recovers", kind="rebuttal answer",
        source="li2019reply, annealed noise", states=HOLDS_WITHIN_LIMITS,
        statement="On plain photographs annealed noise recovers all of the gap.",
        how="(noisy - small) / (large - small) in test accuracy at the end.",
        check=partial(_recovers, "plain", "test_acc", (0.9, 1.5)),
    ),
    _claim(
        id="learning_order.photographs-noise-shared", kind="our finding", source="li2019code", states=HOLDS,
        statement="The noise is one number a place, the same for all channels and all images of the batch.",
        how="Spread over channels and images of what it adds before 12 activations, over that over places.",
        check=_shared_noise,
    ),
    _claim(
        id="learning_order.photographs-weights", kind="our finding", source="li2019code", states=HOLDS,
        statement="The wide network has 2,748,890 weights at width 4 and 17,116,634 at the paper's 10.",
        how="Largest relative difference of the counts.", check=_parameters,
    ),
)
