"""Long runs in two weights, and in one weight on ripples that never repeat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtheory.results import Members, experiment

if TYPE_CHECKING:
    from lrtheory.chaos.models.two_scale import TwoScale

_BINS = 100
# On another processor a chaotic orbit is another orbit; the counts of the small runs are too few to compare.
_PLANE: dict[str, float | Members] = {"counts": math.inf, "mean": Members(0), "covariance": Members(0)}


@experiment(version=1, smoke={"members": 256, "keep": 200}, dtype="float64", elsewhere=_PLANE)
def matyas_law(
    *, eps: float = 1e-4, lr: float = 0.1, amplitudes: tuple[float, float] = (1.0, 0.2), members: int = 4096,
    burn: int = 2000, keep: int = 20_000, groups: int = 8, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Histogram and covariance of gradient descent on the rough Matyas function.

    Args:
        eps: size of the ripple.
        lr: learning rate.
        amplitudes: largest slope of the ripple along x and along y.
        members: independent starts, uniform in the square [-1, 1]^2.
        burn: steps forgotten: the flat direction forgets at rate 0.04 lr.
        keep: steps kept.
        groups: the members are split into so many groups, whose scatter gives the standard errors.
        seed: seed of the starts.
        device: must be ``"cpu"``: the map is compiled for it.
    """
    from lrtheory.chaos.models.problems import matyas

    landscape = matyas(eps, amplitudes=(amplitudes[0], amplitudes[1]))
    plan = _Plan(lr, members, burn, keep, groups, seed, reach=2.5)
    return _plane_law(landscape, plan)


@experiment(version=1, smoke={"members": 256, "burn": 1000, "keep": 200}, dtype="float64", elsewhere=_PLANE)
def coupled_wells_law(
    *, eps: float = 1e-5, lr: float = 0.1, amplitude: float = 2.0, members: int = 4096, burn: int = 6000,
    keep: int = 20_000, groups: int = 8, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Histogram and covariance of gradient descent on two coupled rough wells.

    Args:
        eps: size of the ripple.
        lr: learning rate.
        amplitude: largest slope of the ripple along both axes.
        members: independent starts, uniform in the square [-1, 1]^2.
        burn: steps forgotten: crossing takes about a thousand.
        keep: steps kept.
        groups: the members are split into so many groups, whose scatter gives the standard errors.
        seed: seed of the starts.
        device: must be ``"cpu"``: the map is compiled for it.
    """
    from lrtheory.chaos.models.problems import coupled_wells

    plan = _Plan(lr, members, burn, keep, groups, seed, reach=2.0)
    return _plane_law(coupled_wells(eps, amplitude=amplitude), plan)


@experiment(
    version=1,
    smoke={"members": 256, "keep": 100},
    dtype="float64",
    elsewhere={
        f"{loss}_{what}": how
        for loss in ("two_tones", "twenty_tones", "aperiodic")
        for what, how in (("counts", 0.3), ("variance", Members(0)))
    },
)
def ripples_law(
    *, eps: float = 1e-5, lr: float = 0.1, members: int = 4096, burn: int = 300, keep: int = 1000,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Histograms of gradient descent on a parabola with ripples of two tones, twenty tones, and no period.

    Args:
        eps: size of the ripple.
        lr: learning rate.
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten.
        keep: steps kept.
        seed: seed of the starts and of the twenty tones.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.chaos.measures.runs import stationary_sample
    from lrtheory.chaos.models.problems import aperiodic, random_tones, two_tones
    from lrtheory.chaos.models.two_scale import uniform_start
    from lrtheory.rules import GradientDescent
    from lrtheory.seeds import generator

    edges = np.linspace(-1.2, 1.2, 241)
    ripples = {
        "two_tones": two_tones(eps),
        "twenty_tones": random_tones(eps, generator(seed, "tones")),
        "aperiodic": aperiodic(eps),
    }
    start = uniform_start(members, generator(seed, "start"))
    found: dict[str, Any] = {"edges": edges}
    for name, landscape in ripples.items():
        x = stationary_sample(GradientDescent(lr), landscape, start, burn=burn, keep=keep)[..., 0].numpy()
        found[f"{name}_counts"] = np.histogram(x, bins=edges)[0]
        found[f"{name}_variance"] = x.var(axis=0, mean=0.0)
    return found


@dataclass(frozen=True)
class _Plan:
    """What both experiments in the plane share; fields as there, and half the histogram's width."""

    lr: float
    members: int
    burn: int
    keep: int
    groups: int
    seed: int
    reach: float


def _plane_law(landscape: TwoScale, plan: _Plan) -> dict[str, Any]:
    """Counts of all members together; means and covariances group by group."""
    import numpy as np

    from lrtheory.chaos.kernels.ensembles import ensemble_histogram
    from lrtheory.chaos.models.two_scale import uniform_start
    from lrtheory.seeds import generator

    start = uniform_start(plan.members, generator(plan.seed, "start"), dim=2).numpy()
    box, bins = ((-plan.reach, plan.reach), (-plan.reach, plan.reach)), (_BINS, _BINS)
    parts = [
        ensemble_histogram(landscape, plan.lr, part, burn=plan.burn, steps=plan.keep, bins=bins, box=box)
        for part in np.array_split(start, plan.groups)
    ]
    return {
        "edges": np.linspace(-plan.reach, plan.reach, _BINS + 1),
        "counts": np.sum([part.counts for part in parts], axis=0),
        "mean": np.stack([part.mean for part in parts]),
        "covariance": np.stack([part.covariance for part in parts]),
    }
