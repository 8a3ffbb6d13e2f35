"""Claims about the race: which pattern is learned first, what is left at the same train loss, and when."""

from __future__ import annotations

from functools import partial

import numpy as np

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.learning_order.claims.reading import (
    P,
    Q,
    at_step,
    at_switch,
    first_above,
    first_memorized,
    last,
    second_difference,
    stored,
    the_race,
)
from lrtheory.learning_order.experiments.race import race

_LIMITS = "A = 7.5, r = 0.07, d = 200, N = 2000, 300,000 units; five seeds"
_P_ONLY, _Q_ONLY = 0.03, 0.30


def _large_learns_p(scale: str) -> Verdict:
    """Least accuracy on P alone when the large rate ends."""
    found = at_switch(the_race(scale), "LS", "accuracies")[:, P].min()
    return Verdict.at_least(float(found), 0.96, limits=_LIMITS)


def _large_leaves_q(scale: str) -> Verdict:
    """Least loss on Q alone from step 300 on until the large rate ends; chance is 0.693."""
    run = the_race(scale)
    steps, losses = run["LS_steps"], run["LS_losses"][..., Q]
    seen = (steps >= 300) & (steps <= run["LS_ends"][:, :1])
    return Verdict.at_least(float(losses[seen].min()), 0.59, limits=_LIMITS)


def _q_after_annealing(scale: str) -> Verdict:
    """Steps from the annealing to a loss on Q alone of 0.58, least over seeds: positive if it comes after."""
    run = the_race(scale)
    after = first_memorized(run, "LS", 0.58) - run["LS_ends"][:, 0]
    return Verdict.at_least(float(np.nanmin(after)), 0.0, limits=_LIMITS)


def _small_memorizes(scale: str) -> Verdict:
    """Least accuracy on Q alone at the end of S."""
    return Verdict.at_least(float(last(the_race(scale), "S", "accuracies")[:, Q].min()), 1.0)


def _small_lacks_p(scale: str) -> Verdict:
    """Largest accuracy on P alone at the end of S."""
    return Verdict.at_most(float(last(the_race(scale), "S", "accuracies")[:, P].max()), 0.78, limits=_LIMITS)


def _gap(arm: str, least: float, scale: str) -> Verdict:
    """Accuracy on P alone of L-S less that of another run, at the same train loss, least over seeds."""
    run = the_race(scale)
    gap = last(run, "LS", "accuracies")[:, P] - last(run, arm, "accuracies")[:, P]
    return Verdict.at_least(float(gap.min()), least, limits=_LIMITS)


def _matched(scale: str) -> Verdict:
    """Largest difference of the train losses at which the three are compared."""
    run = the_race(scale)
    losses = np.array([last(run, arm, "loss") for arm in ("LS", "S", "G")])
    return Verdict.at_most(float(np.ptp(losses, axis=0).max()), 0.003)


def _error_of_s(scale: str) -> Verdict:
    """Test error of S on the mixture over the share of examples with P alone, mean over seeds."""
    return Verdict.inside(float(_errors(scale, "S").mean() / _P_ONLY), (0.2, 0.5), limits=_LIMITS)


def _error_of_ls(scale: str) -> Verdict:
    """The same of L-S."""
    return Verdict.at_most(float(_errors(scale, "LS").mean() / _P_ONLY), 0.03, limits=_LIMITS)


def _errors(scale: str, arm: str) -> np.ndarray:
    """Test error on the mixture, shape (seeds,), of the stored race at any scale but the long one."""
    run = the_race("long" if scale == "long" else "laptop")
    shares = np.array([_P_ONLY, _Q_ONLY, 1 - _P_ONLY - _Q_ONLY])
    found: np.ndarray = ((1 - last(run, arm, "accuracies")) * shares).sum(1)
    return found


def _order(scale: str) -> Verdict:
    """Share of seeds where the large rate learns P before Q, and neither S nor G learns P at all."""
    run = the_race(scale)
    memorized = np.nan_to_num(first_memorized(run, "LS"), nan=np.inf)
    large = first_above(run, "LS") < memorized
    others = [np.isnan(first_above(run, arm)) & ~np.isnan(first_memorized(run, arm)) for arm in ("S", "G")]
    return Verdict.at_least(float((large & others[0] & others[1]).mean()), 1.0, limits=_LIMITS)


def _stationary(scale: str) -> Verdict:
    """Size of the second block's weights over that at the start, at the switch; mean over seeds."""
    found = at_switch(the_race(scale), "LS", "spread")
    return Verdict.inside(float(found.mean()), (0.99, 1.01), predicted=1.0)


def _curved(scale: str) -> Verdict:
    """Second difference of the outputs on Q when the large rate ends, mean over seeds."""
    found = second_difference(at_switch(the_race(scale), "LS", "g"))
    return Verdict.inside(float(found.mean()), (0.1, 0.55), limits=_LIMITS)


def _ahead_in_time(scale: str) -> Verdict:
    """Lr times steps that noise-free descent needs, over that of the large phase which is not yet there."""
    run = the_race(scale)
    behind = at_switch(run, "LS", "loss") > last(run, "G", "loss")
    ratio = last(run, "G", "steps") / run["LS_ends"][:, 0]
    return Verdict.at_most(float(np.where(behind, ratio, np.inf).max()), 0.05)


def _same_speed(scale: str) -> Verdict:
    """Largest difference on P alone of the large rate and the small one at lr * steps = 90, over seeds."""
    run = the_race("long" if scale == "long" else "laptop")
    large, small = (at_step(run, arm, "accuracies", step)[:, P] for arm, step in (("LS", 300), ("S", 7500)))
    return Verdict.at_most(float(abs(large - small).max()), 0.06, limits=_LIMITS)


def _papers_alpha(arm: str, least: float, scale: str) -> Verdict:
    """Least gap on P alone of L-S and another run, alpha uniform from 0, both at train loss .45."""
    run = stored(scale, race, alpha_from=0.0, stop=0.45, seeds=3)
    gap = last(run, "LS", "accuracies")[:, P] - last(run, arm, "accuracies")[:, P]
    return Verdict.at_least(float(gap.min()), least, limits="three seeds, train loss 0.45")


_claim = partial(
    Claim, theory="learning_order", page="learning_order/the_race", kind="theorem",
    source="li2019order (as we reconstruct it)",
)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="learning_order.large-learns-p", states=HOLDS_WITHIN_LIMITS, check=_large_learns_p,
        statement="While the rate is large the network learns the generalizable pattern.",
        how="Least accuracy on P alone at the switch.",
    ),
    _claim(
        id="learning_order.large-leaves-q", states=HOLDS_WITHIN_LIMITS, check=_large_leaves_q,
        statement="While the rate is large it leaves the memorizable pattern alone.",
        how="Least loss on Q alone from step 300 to the switch; chance is ln 2.",
    ),
    _claim(
        id="learning_order.q-after-annealing", states=HOLDS_WITHIN_LIMITS, check=_q_after_annealing,
        statement="The memorizable pattern is learned after the rate is annealed.",
        how="Least number of steps from the switch to a loss on Q alone of 0.58.",
    ),
    _claim(
        id="learning_order.small-memorizes", states=HOLDS, check=_small_memorizes,
        statement="At the same train loss the small rate has memorized all of Q.",
        how="Least accuracy on Q alone at the end of S.",
    ),
    _claim(
        id="learning_order.small-lacks-p", states=HOLDS_WITHIN_LIMITS, check=_small_lacks_p,
        statement="At the same train loss the small rate knows little of P.",
        how="Largest accuracy on P alone at the end of S; chance is one half.",
    ),
    _claim(
        id="learning_order.gap-small", states=HOLDS_WITHIN_LIMITS, check=partial(_gap, "S", 0.2),
        statement="At the same train loss the large rate, annealed, knows far more of P than the small rate.",
        how="Least difference of accuracies on P alone, seed by seed.",
    ),
    _claim(
        id="learning_order.gap-noise-free", kind="our finding", source="ours", states=HOLDS_WITHIN_LIMITS,
        check=partial(_gap, "G", 0.25), how="The same against descent without noise.",
        statement="The same holds against descent without noise at the large rate.",
    ),
    _claim(
        id="learning_order.matched", kind="our finding", source="ours", states=HOLDS, check=_matched,
        statement="The three runs are compared at one train loss.", how="Largest difference of their losses.",
    ),
    _claim(
        id="learning_order.error-small", states=HOLDS_WITHIN_LIMITS, check=_error_of_s,
        statement="The test error of the small rate is a fair part of the share of examples with P alone.",
        how="Test error on the mixture over that share, mean over seeds.",
    ),
    _claim(
        id="learning_order.error-large", states=HOLDS_WITHIN_LIMITS, check=_error_of_ls,
        statement="The test error of the large rate, annealed, is a small part of that share.",
        how="Test error on the mixture over that share, mean over seeds.",
    ),
    _claim(
        id="learning_order.order", states=HOLDS_WITHIN_LIMITS, check=_order,
        statement="The order is turned around by the rate in every seed.",
        how="Share of seeds where L-S passes 0.9 on P before 0.55 in loss on Q, and S and G only the latter.",
    ),
    _claim(
        id="learning_order.stationary", states=HOLDS, check=_stationary,
        statement="Under the large rate the noise holds the weights at the size they began with.",
        how="Standard deviation of V over that at the start, at the switch.",
    ),
    _claim(
        id="learning_order.leak", kind="our finding", source="ours", states=HOLDS_WITHIN_LIMITS,
        check=_curved, how="Mean second difference of the outputs on Q at the switch.",
        statement="A little of Q is learned even at the large rate.",
    ),
    _claim(
        id="learning_order.behind-before", kind="experiment", states=HOLDS, check=_ahead_in_time,
        statement="Before annealing the large rate is far behind in train loss, in lr times steps.",
        how="lr * steps of noise-free descent to that loss, over the large phase, which ends above it.",
    ),
    _claim(
        id="learning_order.same-speed", kind="our finding", source="ours", states=HOLDS_WITHIN_LIMITS,
        check=_same_speed, how="Largest difference of accuracies on P alone at lr * steps = 90.",
        statement="At equal lr * steps both rates know P alike: the large one keeps Q from ending the run.",
    ),
    _claim(
        id="learning_order.papers-alpha", states=HOLDS_WITHIN_LIMITS,
        check=partial(_papers_alpha, "G", 0.25), how="Least gap on P alone of L-S and noise-free descent.",
        statement="The order is the same with the paper's alpha, uniform from 0 to 1.",
    ),
    _claim(
        id="learning_order.papers-alpha-small", states=HOLDS_WITHIN_LIMITS,
        check=partial(_papers_alpha, "S", 0.1), how="Least gap on P alone of L-S and S.",
        statement="With the paper's alpha the small rate knows more of P, and still less than the large one.",
    ),
)
