"""Claims about digits in a small network with batch norm, where the order does not show."""

from __future__ import annotations

from functools import partial

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.experiments.bn_cnn import bn_cnn
from lrtheory.results import Store

_BEFORE_ANNEALING, _LAST = 28, slice(-5, None)  # epoch 29; the last five
_IGNORED = 0.2  # accuracy on ten classes, twice chance


def _large_ignores(scale: str) -> Verdict:
    """Mean over five seeds of the large rate's accuracy on patches alone, at epoch 29."""
    patch = Store().get(bn_cnn)["large_patch_acc"][:, _BEFORE_ANNEALING].astype(float)
    return Verdict.at_most(patch.mean(), _IGNORED, stderr=_error(patch), note=_by_seed(patch))


def _small_knows_more(scale: str) -> Verdict:
    """Mean over five seeds of the small rate's lead on patches alone, at epoch 29."""
    run = Store().get(bn_cnn)
    lead = (run["small_patch_acc"] - run["large_patch_acc"])[:, _BEFORE_ANNEALING].astype(float)
    return Verdict.at_least(lead.mean(), 0.0, stderr=_error(lead), note=_by_seed(lead))


def _outcome(scale: str) -> Verdict:
    """Mean over five seeds of the large rate's lead in clean accuracy at the end."""
    lead = _lead("large", "small")
    return Verdict.at_least(lead.mean(), 0.01, stderr=_error(lead), note=_by_seed(lead))


def _before_and_after(scale: str) -> Verdict:
    """Mean over five seeds of the lead of noise before over noise after, clean accuracy at the end."""
    lead = _lead("before", "after")
    limits = "five seeds, noise 0.4, small rate"
    return Verdict.inside(lead.mean(), (-0.02, 0.02), stderr=_error(lead), limits=limits, note=_by_seed(lead))


def _noise_helps(scale: str) -> Verdict:
    """Mean lead over the small rate, at the end, of the worse of the two places for noise."""
    leads = _lead("before", "small"), _lead("after", "small")
    worse = min(leads, key=np.mean)
    limits = "five seeds, noise 0.4, equal epochs"
    return Verdict.at_least(worse.mean(), 0.01, stderr=_error(worse), limits=limits, note=_by_seed(worse))


def _lead(first: str, second: str) -> np.ndarray:
    run = Store().get(bn_cnn)
    lead = run[f"{first}_clean_acc"].astype(float) - run[f"{second}_clean_acc"]
    return np.asarray(lead[:, _LAST].mean(1))


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _by_seed(values: np.ndarray) -> str:
    return f"by seed {values.round(2).tolist()}"


_claim = partial(
    Claim, theory="learning_order", page="learning_order/where_it_does_not_show", kind="our finding",
    source="ours, after the protocol of li2019code",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.bn-cnn-ignores", states=DOES_NOT_REPRODUCE, check=_large_ignores,
        statement="On digits with batch norm, too, the large rate ignores the patch until it is annealed.",
        how="Mean accuracy on patches alone before annealing, five seeds; at most twice chance.",
    ),
    _claim(
        id="learning_order.bn-cnn-order", states=DOES_NOT_REPRODUCE, check=_small_knows_more,
        statement="On digits with batch norm the small rate knows the patch before the large one does.",
        how="Its mean lead in accuracy on patches alone at epoch 29, five seeds.",
    ),
    _claim(
        id="learning_order.bn-cnn-outcome", states=DOES_NOT_REPRODUCE, check=_outcome,
        statement="On digits with batch norm the large rate ends ahead on clean images.",
        how="Its mean lead at the end, five seeds; at least a point.",
    ),
    _claim(
        id="learning_order.bn-cnn-noise", states=HOLDS_WITHIN_LIMITS, check=_before_and_after,
        statement="On digits with batch norm noise before and after the activations does the same.",
        how="Mean lead of before over after in clean accuracy at the end, five seeds; within two points.",
    ),
    _claim(
        id="learning_order.bn-cnn-noise-helps", states=HOLDS_WITHIN_LIMITS, check=_noise_helps,
        statement="On digits with batch norm annealed noise at either place makes the small rate end ahead.",
        how="Mean lead over the small rate without noise, of the worse place, five seeds; at least a point.",
    ),
)
