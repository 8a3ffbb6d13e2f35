"""Long runs of gradient descent in one weight: which law does a deterministic descent settle to?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrtheory.results import Members, experiment, progress

if TYPE_CHECKING:
    from lrtheory.chaos.models.two_scale import TwoScale

_BINS = 240
# On another processor a chaotic orbit is another orbit; what the law of the small runs may differ by there.
_OF_THE_FULLEST_BIN = 0.3
_SAMPLE = {
    f"{way}_{what}": how
    for way in ("descent", "map")
    for what, how in (("counts", _OF_THE_FULLEST_BIN), ("last", Members(0)), ("moments", Members(1)))
}


@experiment(version=1, smoke={"members": 512, "keep": 200}, elsewhere=_SAMPLE)
def invariant_law(
    *, eps: float = 1e-5, lr: float = 0.1, members: int = 4096, burn: int = 300, keep: int = 1000,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Histogram of gradient descent on x^2/2 + eps cos(x/eps), beside the stochastic map's.

    Args:
        eps: size of the ripple.
        lr: learning rate.
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten.
        keep: steps kept; members * keep positions enter the histograms.
        seed: seed of the starts and of the stochastic map.
        device: must be ``"cpu"``.
    """
    from lrtheory.chaos.models.two_scale import periodic
    from lrtheory.chaos.theory.stationary import stationary_variance

    landscape = periodic(eps)
    reach = 5 * stationary_variance(landscape, lr) ** 0.5
    return _descent_beside_map(landscape, lr, reach, members=members, burn=burn, keep=keep, seed=seed)


@experiment(
    version=1,
    smoke={"members": 256, "keep": 100, "eps": [1e-1, 1e-3, 1e-5], "lr": [0.1, 0.5]},
    elsewhere={"variance": Members(2), "kurtosis": Members(2), "exponent": Members(2)},
)
def invariant_law_over_rates(
    *,
    eps: tuple[float, ...] = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5),
    lr: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 1.9),
    members: int = 4096, burn: int = 300, keep: int = 1000, groups: int = 8, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Variance, kurtosis and Lyapunov exponent of descent on x^2/2 + eps cos(x/eps), over eps and lr.

    Args:
        eps: sizes of the ripple.
        lr: learning rates, below 2.
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten; at small rates so many more that exp(-lr burn) < 1e-6.
        keep: steps kept.
        groups: the members are split into so many groups, whose scatter gives the standard errors.
        seed: seed of the starts.
        device: must be ``"cpu"``.
    """
    import numpy as np

    shape = (len(eps), len(lr), groups)
    found = {name: np.empty(shape) for name in ("variance", "kurtosis", "exponent")}
    cells = [(i, j) for i in range(len(eps)) for j in range(len(lr))]
    for i, j in progress(cells, "eps x lr"):
        for name, values in _group_statistics(eps[i], lr[j], members, burn, keep, groups, seed).items():
            found[name][i, j] = values
    return {"eps": np.array(eps), "lr": np.array(lr), **found}


@experiment(version=1, smoke={"members": 256, "burn": 500, "keep": 200}, elsewhere=_SAMPLE)
def double_well_law(
    *, eps: float = 1e-5, lr: float = 0.1, amplitude: float = 2.0, tilt: float = 0.05, members: int = 4096,
    burn: int = 4000, keep: int = 2000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Histogram of gradient descent on a rough double well, beside the stochastic map's.

    Args:
        eps: size of the ripple.
        lr: learning rate.
        amplitude: largest slope of the ripple.
        tilt: slope added to the double well; positive makes the left well deeper.
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten: crossing takes about a thousand.
        keep: steps kept.
        seed: seed of the starts and of the stochastic map.
        device: must be ``"cpu"``.
    """
    from lrtheory.chaos.models.two_scale import double_well

    landscape = double_well(eps, amplitude=amplitude, tilt=tilt)
    return _descent_beside_map(landscape, lr, 1.8, members=members, burn=burn, keep=keep, seed=seed)


def _descent_beside_map(
    landscape: TwoScale, lr: float, reach: float, *, members: int, burn: int, keep: int, seed: int
) -> dict[str, Any]:
    """Histograms of descent and of the stochastic map, from the same starts and over the same bins."""
    import numpy as np

    from lrtheory.chaos.models.two_scale import stochastic_rule, uniform_start
    from lrtheory.rules import GradientDescent
    from lrtheory.seeds import generator

    start = uniform_start(members, generator(seed, "start"))
    noise = generator(seed, "noise")
    edges = np.linspace(-reach, reach, _BINS + 1)
    return {
        "edges": edges,
        **_histogram("descent", GradientDescent(lr), landscape, start, burn, keep, edges, None),
        **_histogram("map", stochastic_rule(landscape, lr), landscape.large, start, burn, keep, edges, noise),
    }


def _histogram(
    name: str, rule: Any, landscape: Any, start: Any, burn: int, keep: int, edges: Any, noise: Any
) -> dict[str, Any]:
    """Counts a bin, moments of each member over time, and the positions at the last step."""
    import numpy as np

    from lrtheory.chaos.measures.runs import stationary_sample

    positions = stationary_sample(rule, landscape, start, burn=burn, keep=keep, generator=noise)[..., 0]
    x = positions.numpy()
    return {
        f"{name}_counts": np.histogram(x, bins=edges)[0],
        f"{name}_last": x[-1],
        f"{name}_moments": np.stack([x.mean(0), (x**2).mean(0), (x**4).mean(0), (x > 0).mean(0)]),
    }


def _group_statistics(
    eps: float, lr: float, members: int, burn: int, keep: int, groups: int, seed: int
) -> dict[str, Any]:
    import math

    import numpy as np
    import torch

    from lrtheory.chaos.measures.runs import lyapunov_exponent, stationary_sample
    from lrtheory.chaos.models.two_scale import periodic, uniform_start
    from lrtheory.measure import excess_kurtosis
    from lrtheory.rules import GradientDescent
    from lrtheory.seeds import generator

    landscape = periodic(eps)
    start = uniform_start(members, generator(seed, "start"))
    patience = max(burn, math.ceil(14 / lr))
    positions = stationary_sample(GradientDescent(lr), landscape, start, burn=patience, keep=keep)[..., 0]
    parts = torch.chunk(positions, groups, dim=1)
    ends = torch.chunk(positions[-1][:, None], groups)
    exponents = [lyapunov_exponent(landscape, lr, end, burn=0, steps=keep).value for end in ends]
    return {
        "variance": np.array([float(part.var()) for part in parts]),
        "kurtosis": np.array([excess_kurtosis(part) for part in parts]),
        "exponent": np.array(exponents),
    }
