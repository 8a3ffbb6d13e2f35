"""Claims that this package repeats what a processor can of the runs that were made on a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.doors import check_choice
from lrtheory.learning_order.experiments.adopted import ADOPTED, SEEN, TRAIN_IMAGES, gpu_run, images_seen
from lrtheory.learning_order.experiments.photographs import drawn_task, photographs
from lrtheory.learning_order.models.image_networks import WideResNet16
from lrtheory.learning_order.models.schedules import MODELS, training_schedule
from lrtheory.seeds import generator

# What the protocol's own script gave, on a processor, for the small setting of `photographs`. At the small
# rate rounding stays where it is; at the large one it grows a thousandfold within these six steps.
_PROTOCOL: Mapping[str, tuple[float, float]] = {
    "act_noise_train_loss": (2.3221622, 2.3226774),
    "act_noise_train_both_loss": (2.3403220, 2.3352478),
    "act_noise_clean_loss": (2.3541270, 2.3065772),
    "act_noise_mixed_loss": (2.3219550, 2.3119342),
    "act_noise_patch_loss": (2.2994323, 2.2850640),
}
_AGREEMENT = 1e-5


def _repeated(scale: str) -> Verdict:
    """Largest relative difference of all that a processor can repeat of the GPU's runs."""
    check_choice("scale", scale, ("smoke", "laptop", "long"))
    apart = [0.0]
    for kind in ADOPTED:
        run = gpu_run(kind)
        for model in MODELS:
            schedule = training_schedule(model, patches=kind == "patches")
            for name, told in (("lr", schedule.lr), ("noise", schedule.noise)):
                wanted = np.array([told.at(epoch) for epoch in range(1, run[f"{model}_{name}"].shape[1] + 1)])
                apart.append(_difference(run[f"{model}_{name}"], wanted))
        network = WideResNet16(4, generator=generator(0, "weights"))
        apart.append(_difference(run["parameters"], sum(each.numel() for each in network.parameters())))
    run = gpu_run("patches")
    for row, seed in enumerate(run["seeds"]):
        clean = TRAIN_IMAGES - int(drawn_task(int(seed), TRAIN_IMAGES, 1).train.sum())
        seen = images_seen(run, "clean")[row]  # all clean images but those of the incomplete batch
        outside = max(float(np.nanmax(seen)) - clean, clean - (TRAIN_IMAGES - SEEN) - float(np.nanmin(seen)))
        apart.append(max(outside, 0.0) / clean)
    own = photographs(**photographs.smoke)
    apart += [_difference(np.asarray(own[name])[0], np.array(told)) for name, told in _PROTOCOL.items()]
    return Verdict.at_most(max(apart), _AGREEMENT)


def _difference(found: object, wanted: object) -> float:
    """Largest difference, as a part of the largest number wanted."""
    one, other = np.asarray(found, float), np.asarray(wanted, float)
    return float(np.abs(one - other).max() / max(np.abs(other).max(), np.finfo(float).tiny))


def _mixture(scale: str) -> Verdict:
    """Share of looks without their image, among looks at images with a patch, in the GPU's runs."""
    run = gpu_run("patches")
    alone = images_seen(run, "patch_only")
    carriers = SEEN - np.nanmean(images_seen(run, "clean"), 1, keepdims=True)
    looks = np.where(np.isnan(alone), 0, carriers).sum()
    return Verdict.near(float(np.nansum(alone) / looks), 0.2, stderr=float(np.sqrt(0.2 * 0.8 / looks)))


_claim = partial(Claim, theory="learning_order", page="learning_order/on_photographs", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.gpu-photographs", kind="our finding",
        source="ours; the run of an NVIDIA H100 by the protocol order_cifar.py, on a JPEG copy of CIFAR-10",
        statement="The package repeats what a processor can of the GPU's runs on photographs.",
        how="Schedules, number of weights, images with a patch (counted in the stored accuracies), and two "
        "epochs of a narrow network as the protocol's script trains it: largest relative difference.",
        check=_repeated,
    ),
    _claim(
        id="learning_order.photographs-mixture", kind="our finding", source="li2019code",
        statement="The GPU's epochs showed one in five of the images with a patch without the image.",
        how="Counts read off the accuracies of the three models, 0.2 within four standard errors.",
        check=_mixture,
    ),
)
