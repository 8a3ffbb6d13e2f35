"""Long runs about where the theory ends: times of escape, and how small the ripple must be."""

from __future__ import annotations

from typing import Any

from lrtheory.results import Members, experiment, progress


@experiment(
    version=1,
    smoke={"lr": [0.2, 0.15], "members": 512, "crossings": 100, "most_steps": 20_000},
    elsewhere={"waited": 0.6, "crossings": 0.6},  # six standard errors of a mean of 100 exponential times
)
def exit_times(
    *,
    amplitude: float = 1.0,
    lr: tuple[float, ...] = (0.06, 0.08, 0.1, 0.12, 0.15, 0.2),
    eps: float = 1e-5,
    goal: float = 0.5,
    members: int = 4096,
    crossings: int = 2000,
    most_steps: int = 600_000,
    seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Mean steps from the left well of a rough double well to the right one: transfer operator and descent.

    The operator solves the stochastic map; the descent is counted. A member's waiting time is forgotten
    within tens of steps, so that the mean is all steps waited over all crossings seen.

    Args:
        amplitude: largest slope of the ripple; 0.385 is the steepest slope of the barrier.
        lr: learning rates, at most 0.2.
        eps: size of the ripple that descent runs on.
        goal: a member has crossed once it stands right of this.
        members: descents from the left minimum, waiting side by side.
        crossings: counting stops at so many, of at most ``members``,
        most_steps: or after so many steps; where less than one crossing in ten would be seen, at once.
        seed: seed of the starts, within 0.01 of the left minimum.
        device: must be ``"cpu"``: the kernel is compiled for it.
    """
    import math

    import numpy as np

    from lrtheory.chaos.models.two_scale import double_well, uniform_start
    from lrtheory.chaos.theory.quasipotential import gibbs_barrier, quasi_potential_barrier
    from lrtheory.chaos.theory.transfer import mean_exit_steps, transfer_operator
    from lrtheory.seeds import generator

    landscape = double_well(eps, amplitude=amplitude, tilt=0.0)
    start = -1 + uniform_start(members, generator(seed, "start"), reach=0.01).numpy()
    exact, counted = np.empty(len(lr)), np.zeros((len(lr), 2))
    for i, rate in enumerate(progress(lr, "rates")):
        exact[i] = mean_exit_steps(transfer_operator(landscape, rate), -1.0, interval=(-math.inf, goal))
        if members * most_steps > 10 * exact[i]:
            counted[i] = _wait(landscape, rate, start, goal, crossings, most_steps)
    return {
        "lr": np.array(lr),
        "operator_steps": exact,
        "waited": counted[:, 0],
        "crossings": counted[:, 1],
        "quasi_potential": np.array(quasi_potential_barrier(landscape, -1.0, 0.0)),
        "gibbs": np.array(gibbs_barrier(landscape, -1.0, 0.0)),
    }


def _wait(landscape: Any, lr: float, start: Any, goal: float, crossings: int, most_steps: int) -> Any:
    """Steps waited by all members together, and how many of them have crossed."""
    from lrtheory.chaos.kernels.ensembles import ensemble_positions

    x, waited, crossed = start, 0, 0
    for _ in range(most_steps):
        x = ensemble_positions(landscape, lr, x, steps=1)
        waited += len(x)
        over = x[:, 0] > goal
        if over.any():
            crossed += int(over.sum())
            x = x[~over]
            if crossed >= crossings or not len(x):
                break
    return waited, crossed


@experiment(
    version=1,
    smoke={"eps": [1e-3, 5e-5], "lr": [0.01, 0.1], "members": 256, "burn": 2000, "keep": 2000},
    elsewhere={"ratio": Members(3)},
)
def variance_over_sizes(
    *,
    eps: tuple[float, ...] = (
        1e-2, 7e-3, 5e-3, 4e-3, 3e-3, 2.5e-3, 2e-3, 1.5e-3, 1.2e-3, 1e-3, 8.5e-4, 7e-4, 6e-4, 5e-4,
        4e-4, 3.5e-4, 3e-4, 2.5e-4, 2e-4, 1.5e-4, 1.2e-4, 1e-4, 7e-5, 5e-5, 3e-5, 2e-5, 1e-5,
    ),
    lr: tuple[float, ...] = (0.01, 0.02, 0.1),
    reach: tuple[float, ...] = (0.1, 1.0),
    members: int = 2048,
    burn: int = 20_000,
    keep: int = 40_000,
    groups: int = 8,
    seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Variance of descent on x^2/2 + eps cos(x/eps) over its exact value, for many ripples.

    Args:
        eps: sizes of the ripple.
        lr: learning rates, below 2.
        reach: starts are uniform in [-reach, reach]: where they matter, the variance has no limit yet.
        members: independent starts.
        burn: steps forgotten.
        keep: steps kept.
        groups: the members are split into so many groups, whose scatter gives the standard errors.
        seed: seed of the starts.
        device: must be ``"cpu"``: the kernel is compiled for it.
    """
    from itertools import product

    import numpy as np

    from lrtheory.chaos.kernels.ensembles import ensemble_histogram
    from lrtheory.chaos.models.two_scale import periodic, uniform_start
    from lrtheory.chaos.theory.regimes import decorrelation
    from lrtheory.chaos.theory.stationary import stationary_variance
    from lrtheory.seeds import generator

    shape = (len(reach), len(lr), len(eps))
    ratio = np.empty((*shape, groups))
    starts = [uniform_start(members, generator(seed, "start"), reach=width).numpy() for width in reach]
    for cell in progress(list(product(*map(range, shape))), "reach x lr x eps"):
        i, j, k = cell
        landscape = periodic(eps[k])
        exact = stationary_variance(landscape, lr[j])
        for g, part in enumerate(np.array_split(starts[i], groups)):
            found = ensemble_histogram(landscape, lr[j], part, burn=burn, steps=keep, bins=1, box=(-1, 1))
            ratio[i, j, k, g] = (found.covariance[0, 0] + found.mean[0] ** 2) / exact
    s = [[decorrelation(rate, size) for size in eps] for rate in lr]
    return {
        "eps": np.array(eps), "lr": np.array(lr), "reach": np.array(reach),
        "ratio": ratio, "decorrelation": np.array(s),
    }
