"""Claims about the noise that does it: its place, its scale, real batches, noise off, and Adam."""

from __future__ import annotations

from functools import partial

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.claims.reading import Floats, P, Q, at_switch, last, stored
from lrtheory.learning_order.experiments.noise import (
    ADAMS,
    BATCHES,
    adam,
    annealings,
    minibatches,
    noise_placement,
    noise_scale,
)

_LIMITS = "BASE setting, three seeds, train loss 0.36"


def _p_with(name: str, scale: str) -> Floats:
    """Accuracy on P alone when the loss is down, by seed."""
    return last(stored(scale, noise_placement), name, "accuracies")[:, P]


def _mends(name: str, scale: str) -> Verdict:
    """Least accuracy on P alone."""
    return Verdict.at_least(float(_p_with(name, scale).min()), 0.95, limits=_LIMITS)


def _no_noise(scale: str) -> Verdict:
    """Largest accuracy on P alone."""
    return Verdict.at_most(float(_p_with("none", scale).max()), 0.72, limits=_LIMITS)


def _after(scale: str) -> Verdict:
    """Largest gain over no noise."""
    gain = _p_with("post_24", scale) - _p_with("none", scale)
    return Verdict.at_least(float(gain.max()), 0.1, note="gain in accuracy on P alone; before: 0.3 and more")


def _dose(scale: str) -> Verdict:
    """Least step of accuracy from dose to dose, seed by seed: none, .06, .12, .24."""
    doses = np.array([_p_with(name, scale) for name in ("none", "pre_06", "pre_12", "pre_24")])
    return Verdict.at_least(float(np.diff(doses, axis=0).min()), 0.01)


def _gate_is_enough(scale: str) -> Verdict:
    """Largest difference of noise in the gate alone from noise before the activation."""
    return Verdict.at_most(float(abs(_p_with("gate_24", scale) - _p_with("pre_24", scale)).max()), 0.02)


def _few_flips(scale: str) -> Verdict:
    """Largest share of flipped gates when the noise ends; the large rate has 0.37 at its end."""
    return Verdict.at_most(float(at_switch(stored(scale, noise_placement), "pre_24", "flips").max()), 0.02)


def _collapse(name: str, place: int | None, most: float, scale: str) -> Verdict:
    """Largest difference between the two rates at equal scale, over scales and seeds."""
    values = stored(scale, noise_scale)[name]
    values = values if place is None else values[..., place]
    return Verdict.at_most(float(abs(values[:, 0] - values[:, 1]).max()), most)


def _less_noise_less_hiding(scale: str) -> Verdict:
    """Loss on Q alone at the whole scale less that at a twenty-fifth, least over rates and seeds."""
    losses = stored(scale, noise_scale)["losses"][..., Q]
    return Verdict.at_least(float((losses[0] - losses[-1]).min()), 0.15)


def _batches_turn_it(scale: str) -> Verdict:
    """Largest accuracy on P alone when the loss is down, over batches and seeds."""
    run = stored(scale, minibatches)
    found = [last(run, f"batch_{batch or 'all'}", "accuracies")[:, P].max() for batch in BATCHES]
    return Verdict.at_least(float(max(found)), 0.9, note="small setting, batches of 100, 10 and 1 of 1200")


def _noise_off(scale: str) -> Verdict:
    """Largest number of steps from noise off to the loss of comparison."""
    ends = stored(scale, annealings)["noise_off_ends"]
    return Verdict.at_most(float(np.diff(ends, axis=1).max()), 80.0)


def _noise_off_keeps_p(scale: str) -> Verdict:
    """Least accuracy on P alone then."""
    found = last(stored(scale, annealings), "noise_off", "accuracies")[:, P]
    return Verdict.at_least(float(found.min()), 0.96)


def _adam_memorizes(scale: str) -> Verdict:
    """Largest accuracy on P alone at rate 1e-3 in the parametrization of the race."""
    run = stored(scale, adam)
    return Verdict.at_most(float(run["accuracy_p"][0, 0].max()), 0.75, limits="A = 7.5, rate 1e-3, no decay")


def _adam_sees_scales(scale: str) -> Verdict:
    """Gain on P alone from another parametrization of the same function, rate 1e-3, least over seeds."""
    p = stored(scale, adam)["accuracy_p"][:, 0]
    note = f"A, tau_V = {ADAMS[0]} and {ADAMS[1]}"
    return Verdict.at_least(float((p[1] - p[0]).min()), 0.03, note=note)


_claim = partial(
    Claim, theory="learning_order", page="learning_order/noise_in_the_right_place", kind="rebuttal answer",
    source="li2019reply",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.noise-essential", states=HOLDS_WITHIN_LIMITS, check=_no_noise,
        statement="Without noise the network memorizes Q first: the noise is essential.",
        how="Largest accuracy on P alone of descent without any noise.",
    ),
    _claim(
        id="learning_order.pre-activation", states=HOLDS_WITHIN_LIMITS, check=partial(_mends, "pre_24"),
        statement="Noise before the activation, taken away later, mends descent without other noise.",
        how="Least accuracy on P alone, noise 0.24 in V and in proportion in W.",
    ),
    _claim(
        id="learning_order.gate-noise", kind="our finding", source="ours", states=HOLDS_WITHIN_LIMITS,
        check=partial(_mends, "gate_24"), how="Least accuracy on P alone.",
        statement="Noise in the gate alone mends it.",
    ),
    _claim(
        id="learning_order.gate-is-enough", kind="our finding", source="ours", states=HOLDS,
        check=_gate_is_enough, how="Largest difference of accuracies on P alone.",
        statement="Noise in the gate alone does what noise before the activation does.",
    ),
    _claim(
        id="learning_order.shared-noise", kind="our finding", source="ours", states=HOLDS_WITHIN_LIMITS,
        check=partial(_mends, "shared_24"), how="Least accuracy on P alone.",
        statement="One draw of noise for the three points mends it as well.",
    ),
    _claim(
        id="learning_order.noise-in-v", kind="our finding", source="ours", states=HOLDS_WITHIN_LIMITS,
        check=partial(_mends, "pre_24_in_V"), how="Least accuracy on P alone.",
        statement="Noise in the block that sees Q is enough.",
    ),
    _claim(
        id="learning_order.noise-after", states=DOES_NOT_REPRODUCE, check=_after,
        statement="Noise of the same size after the activation helps, too.",
        how="Largest gain in accuracy on P alone over no noise.",
    ),
    _claim(
        id="learning_order.dose", kind="our finding", source="ours", states=HOLDS, check=_dose,
        statement="More noise before the activation, more of P, in each seed.",
        how="Least gain from none to 0.06, 0.12 and 0.24.",
    ),
    _claim(
        id="learning_order.smoothing-not-refreshing", kind="our finding", source="ours", states=HOLDS,
        check=_few_flips, how="Largest share of gates that differ from the start when the noise ends.",
        statement="Pre-activation noise hides Q without flipping gates for good.",
    ),
    _claim(
        id="learning_order.scale-loss", states=HOLDS, source="li2019reply; smith2018",
        check=partial(_collapse, "losses", Q, 0.05), how="Largest difference of the losses on Q alone.",
        statement="At one noise scale lr tau_xi^2 two rates hide Q alike.",
    ),
    _claim(
        id="learning_order.scale-flips", states=HOLDS, source="li2019reply; smith2018",
        check=partial(_collapse, "flips", None, 0.005), how="Largest difference of the flipped shares.",
        statement="At one noise scale two rates flip as many gates.",
    ),
    _claim(
        id="learning_order.scale-monotone", states=HOLDS, check=_less_noise_less_hiding,
        statement="A smaller noise scale hides Q less.", how="Loss on Q alone at scales 1 and 0.04.",
    ),
    _claim(
        id="learning_order.real-batches", states=DOES_NOT_REPRODUCE, check=_batches_turn_it,
        statement="Small batches in place of Gaussian noise turn the order around on the synthetic data.",
        how="Largest accuracy on P alone at the loss of comparison.",
    ),
    _claim(
        id="learning_order.noise-off", source="smith2018batch", kind="our finding", states=HOLDS,
        check=_noise_off, how="Largest number of steps to the loss of comparison.",
        statement="Noise off at the large rate anneals as a smaller rate does, and sooner.",
    ),
    _claim(
        id="learning_order.noise-off-keeps-p", source="smith2018batch", kind="our finding", states=HOLDS,
        check=_noise_off_keeps_p, how="Least accuracy on P alone.",
        statement="It keeps what was learned of P.",
    ),
    _claim(
        id="learning_order.adam", states=HOLDS_WITHIN_LIMITS, check=_adam_memorizes,
        statement="Adam memorizes Q first, as descent does.", how="Largest accuracy on P alone.",
    ),
    _claim(
        id="learning_order.adam-parametrization", kind="our finding", source="ours", states=HOLDS,
        check=_adam_sees_scales, how="Least gain on P alone.",
        statement="What Adam learns of P depends on how the same function is parametrized.",
    ),
)
