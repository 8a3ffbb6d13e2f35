"""Claims about where the order ends: in time, width and scale, with another loss, without decay."""

from __future__ import annotations

from functools import partial

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.claims.reading import P, Q, last, second_difference, stored
from lrtheory.learning_order.experiments.limits import (
    regularization,
    squared_loss,
    transient,
    weak_separation,
    widths_of_memory,
)
from lrtheory.learning_order.models.noise import stationary_noise

_CHANCE = 0.5  # loss on Q alone of the squared loss, when nothing is known


def _handicap_lasts(scale: str) -> Verdict:
    """Least accuracy on P alone at lr * steps = 600, with decay."""
    found = last(stored(scale, transient), "decay", "accuracies")[:, P].min()
    return Verdict.at_most(float(found), 0.75, note="at the loss of comparison, lr * steps = 35: below 0.65")


def _decay_helps(scale: str) -> Verdict:
    """Accuracy on P alone at the end, with decay less without, least over seeds."""
    run = stored(scale, transient)
    gain = last(run, "decay", "accuracies")[:, P] - last(run, "no_decay", "accuracies")[:, P]
    return Verdict.at_least(float(gain.min()), 0.03)


def _narrow_cannot(scale: str) -> Verdict:
    """Train loss of 10,000 units less that of a million, without noise."""
    losses = stored(scale, widths_of_memory)["memorized"].mean(1)
    return Verdict.at_least(float(losses[0] - losses[-1]), 0.2)


def _large_any_width(scale: str) -> Verdict:
    """Spread over widths of the mean loss on Q alone under the large rate."""
    losses = stored(scale, widths_of_memory)["large"][..., 0].mean(1)
    return Verdict.at_most(float(np.ptp(losses)), 0.05)


def _order_at_weak_separation(scale: str) -> Verdict:
    """Least accuracy on P alone when descent without noise has brought the loss on Q to .53."""
    run = stored(scale, weak_separation)
    rows = (run["small_losses"][..., Q] <= 0.53).argmax(1)
    found = run["small_accuracies"][range(len(rows)), rows, P].min()
    return Verdict.at_most(float(found), 0.65, note="A = 1, d = 400, N = 4000, r = 0.2, so A^2 r d = 80")


def _squared_order(scale: str) -> Verdict:
    """Largest accuracy on P alone when every point of Q has margin .6, without noise."""
    run = stored(scale, squared_loss)
    margins = (run["small_g"] * np.array([1, -1, -1])).min(-1)
    rows = (margins >= 0.6).argmax(1)
    found = run["small_accuracies"][range(len(rows)), rows, P].max()
    return Verdict.at_most(float(found), 0.65, limits="alpha from 1/2, three seeds")


def _squared_large(scale: str) -> Verdict:
    """Least accuracy on P alone after the large phase."""
    found = last(stored(scale, squared_loss), "large", "accuracies")[:, P].min()
    return Verdict.at_least(float(found), 0.93, limits="alpha from 1/2, three seeds")


def _squared_hides(scale: str) -> Verdict:
    """Loss on Q alone after the large phase over that of chance, least over seeds."""
    found = last(stored(scale, squared_loss), "large", "losses")[:, Q].min() / _CHANCE
    return Verdict.at_least(float(found), 0.5, limits="alpha from 1/2, three seeds")


def _squared_left(scale: str) -> Verdict:
    """Loss left on examples with both, alpha from 0 over alpha from 1/2, least over seeds, no noise."""
    run = stored(scale, squared_loss)
    ratio = last(run, "small_all_alpha", "losses")[:, 2] / last(run, "small", "losses")[:, 2]
    return Verdict.at_least(float(ratio.min()), 1.5)


def _piles_up(scale: str) -> Verdict:
    """Size of the weights after 8000 steps without decay over that at the start, mean."""
    run = stored(scale, regularization)
    lr, decay, steps = 0.3, 8e-4, 8000
    expected = np.sqrt(1 + steps * (lr * stationary_noise(1.0, lr, decay)) ** 2)
    found = float(run["no_decay_spread"][:, -1].mean())
    return Verdict.inside(found, (expected - 0.02, expected + 0.02), predicted=float(expected))


def _leaks(scale: str) -> Verdict:
    """Second difference after 8000 steps over that after 2000, without decay, mean over seeds."""
    run = stored(scale, regularization)
    steps, curved = run["no_decay_steps"][0], second_difference(run["no_decay_g"]).mean(0)
    return Verdict.at_least(float(curved[steps == 8000][0] / curved[steps == 2000][0]), 1.5)


def _message(scale: str) -> Verdict:
    """Least accuracy on P alone after 8000 steps without decay."""
    found = last(stored(scale, regularization), "no_decay", "accuracies")[:, P].min()
    return Verdict.at_least(float(found), 0.96, limits="8000 steps, three seeds")


_claim = partial(
    Claim, theory="learning_order", page="learning_order/where_it_does_not_show", kind="our finding",
    source="ours",
)
_reply = partial(_claim, kind="rebuttal answer", source="li2019reply")

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.handicap-lasts", states=DOES_NOT_REPRODUCE, check=_handicap_lasts,
        statement="A run that memorizes first does not learn P later.",
        how="Least accuracy on P alone at lr * steps = 600, with weight decay.",
    ),
    _claim(
        id="learning_order.decay-helps", states=HOLDS, check=_decay_helps,
        statement="Weight decay wears down what was memorized and lets P in sooner.",
        how="Least gain in accuracy on P alone at lr * steps = 600.",
    ),
    _claim(
        id="learning_order.narrow", states=HOLDS, check=_narrow_cannot,
        statement="A narrow block cannot memorize Q.",
        how="Train loss after 400 steps, 10,000 units less a million.",
    ),
    _claim(
        id="learning_order.large-any-width", states=HOLDS, check=_large_any_width,
        statement="The large rate hides Q alike at every width.", how="Spread of the mean loss on Q alone.",
    ),
    _claim(
        id="learning_order.weak-separation", states=DOES_NOT_REPRODUCE, check=_order_at_weak_separation,
        statement="With the paper's output scale the order shows at a size that a laptop holds.",
        how="Least accuracy on P alone when the loss on Q is .53.",
    ),
    _reply(
        id="learning_order.squared-order", states=HOLDS_WITHIN_LIMITS, check=_squared_order,
        statement="With the squared loss Q is still memorized first.",
        how="Largest accuracy on P alone when every point of Q has margin .6.",
    ),
    _reply(
        id="learning_order.squared-large", states=HOLDS_WITHIN_LIMITS, check=_squared_large,
        statement="With the squared loss the large rate still learns P.", how="Least accuracy on P alone.",
    ),
    _reply(
        id="learning_order.squared-hides", states=HOLDS_WITHIN_LIMITS, check=_squared_hides,
        statement="With the squared loss the large rate still hides most of Q.",
        how="Least loss on Q alone over that of chance.",
    ),
    _reply(
        id="learning_order.squared-residual", states=HOLDS, check=_squared_left,
        statement="With the squared loss and small alpha part of the residual stays where Q is known.",
        how="Loss on examples with both, alpha from 0 over alpha from 1/2.",
    ),
    _reply(
        id="learning_order.noise-piles-up", states=HOLDS, check=_piles_up,
        statement="Without weight decay the noise piles up in the weights.",
        how="Size after 8000 steps against the random walk.",
    ),
    _claim(
        id="learning_order.leak-without-decay", states=HOLDS, check=_leaks,
        statement="Without weight decay Q leaks through at the large rate.",
        how="Second difference of the outputs at 8000 steps over that at 2000.",
    ),
    _reply(
        id="learning_order.message-without-decay", states=HOLDS_WITHIN_LIMITS, check=_message,
        statement="Without weight decay the main message is the same.", how="Least accuracy on P alone.",
    ),
)
