"""Long runs on the road to chaos: orbit diagram, exponents over eps and rate, descent with momentum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrtheory.results import Members, experiment, progress

if TYPE_CHECKING:
    from lrtheory.chaos.models.two_scale import TwoScale
    from lrtheory.chaos.theory.momentum import MomentumRule
    from lrtheory.law import Floats

LOSSES = ("one tone", "two tones", "matyas")
RULES = ("heavy ball", "nesterov")


@experiment(
    version=1, smoke={"rates": 40, "burn": 200, "bins": 60}, elsewhere={"counts": math.inf, "exponent": 0.1}
)
def orbit_diagram(
    *, eps: float = 0.1, lowest: float = 0.15, highest: float = 0.46, rates: int = 2000, burn: int = 600,
    keep: int = 200, start: float = 0.03, bins: int = 400, reach: float = 0.8, exponent_steps: int = 4000,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Orbit diagram of descent on x^2/2 - eps cos(x/eps) from two mirrored starts, and its exponents.

    Args:
        eps: size of the ripple.
        lowest: smallest learning rate.
        highest: largest one.
        rates: how many, evenly spaced.
        burn: steps forgotten.
        keep: positions kept at each rate and start, at most 255.
        start: the starts are this number and minus it.
        bins: cells of the positions.
        reach: cells cover [-reach, reach]; no orbit comes farther.
        exponent_steps: steps over which the Lyapunov exponents are averaged.
        seed: not used: nothing is drawn.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.chaos.kernels import ensembles
    from lrtheory.chaos.kernels.lyapunov import lyapunov_sweep
    from lrtheory.chaos.models.two_scale import periodic

    landscape = periodic(eps, amplitude=-1.0)
    lr = np.linspace(lowest, highest, rates)
    starts = (start, -start)
    counts = np.zeros((2, rates, bins), np.uint8)
    for side, first in enumerate(starts):
        positions = ensembles.orbit_diagram(landscape, lr, first, burn=burn, keep=keep)
        cell = np.floor((positions + reach) / (2 * reach) * bins).astype(int)
        np.add.at(counts[side], (np.arange(rates)[:, None], cell), 1)
    mirrored = np.array(starts)[:, None]
    exponents = lyapunov_sweep(landscape, lr, mirrored, burn=burn, steps=exponent_steps)
    return {"lr": lr, "counts": counts, "exponent": exponents[..., 0], "reach": np.array(reach)}


@experiment(
    version=1,
    smoke={"members": 256, "steps": 200, "points": 4},
    elsewhere={
        f"{loss}_over_{axis}": 0.03 for loss in ("one_tone", "two_tones", "matyas") for axis in ("eps", "lr")
    },
)
def exponent_sweeps(
    *, lr: float = 0.1, smallest_eps: float = 1e-6, largest_eps: float = 1e-1, eps: float = 1e-4,
    smallest_lr: float = 1e-3, largest_lr: float = 1.9, points: int = 41, members: int = 1024,
    burn: int = 500, steps: int = 2000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Lyapunov exponents over eps at one rate and over the rate at one eps, for three losses.

    One tone and two tones on a parabola have one exponent, the Matyas function has two.

    Args:
        lr: learning rate of the sweep over eps.
        smallest_eps: its smallest eps.
        largest_eps: its largest one.
        eps: size of the ripple of the sweep over the rate.
        smallest_lr: its smallest rate.
        largest_lr: its largest one.
        points: of either sweep, evenly spaced in the logarithm.
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten.
        steps: steps averaged over.
        seed: seed of the starts.
        device: must be ``"cpu"``.
    """
    import numpy as np

    sizes = np.geomspace(largest_eps, smallest_eps, points)
    lrs = np.geomspace(smallest_lr, largest_lr, points)
    found: dict[str, Any] = {"eps": sizes, "lr": lrs}
    for name in progress(LOSSES, "losses"):
        settings = (members, burn, steps, seed)
        by_eps = [_exponents(loss_of(name, size), np.array([lr]), *settings) for size in sizes]
        over_lr = _exponents(loss_of(name, eps), lrs, *settings)
        key = name.replace(" ", "_")
        found |= {f"{key}_over_eps": np.concatenate(by_eps, axis=1), f"{key}_over_lr": over_lr}
    return found


@experiment(
    version=1,
    smoke={"members": 256, "burn": 200, "keep": 100, "exponent_steps": 100},
    elsewhere={"counts": 0.3, "variance": Members(2), "exponent": 0.01, "exponent_stderr": 0.5},
)
def momentum_laws(
    *, eps: float = 1e-5, lr: float = 0.05, momenta: tuple[float, ...] = (0.5, 0.9), members: int = 4096,
    burn: int = 400, keep: int = 1000, exponent_steps: int = 1000, groups: int = 16, bins: int = 160,
    reach: float = 1.8, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Histogram, variance and Lyapunov exponents of heavy ball and Nesterov on the rough parabola.

    Args:
        eps: size of the ripple.
        lr: learning rate.
        momenta: momenta, in (0, 1).
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten.
        keep: steps kept.
        exponent_steps: steps the exponents of an eighth of the members are averaged over.
        groups: the members are split into so many groups, whose scatter gives the standard errors.
        bins: cells of the histogram.
        reach: cells cover [-reach, reach].
        seed: seed of the starts.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.chaos.measures.spectrum import lyapunov_spectrum
    from lrtheory.chaos.models.two_scale import periodic, uniform_start
    from lrtheory.descent import descend
    from lrtheory.seeds import generator

    landscape = periodic(eps)
    start = uniform_start(members, generator(seed, "start"))
    edges = np.linspace(-reach, reach, bins + 1)
    shape = (len(RULES), len(momenta))
    counts, variance = np.zeros((*shape, bins), np.int64), np.empty((*shape, groups))
    exponent, stderr = np.empty((*shape, 2)), np.empty((*shape, 2))
    for i, j in progress([(i, j) for i in range(shape[0]) for j in range(shape[1])], "rules"):
        rule = rule_of(RULES[i], lr, momenta[j])
        # One run: a second one would start at rest again, too cold for a while.
        x = descend(rule, landscape, start, steps=burn + keep, every=1).theta[burn + 1 :, :, 0]
        counts[i, j] = np.histogram(x.numpy(), bins=edges)[0]
        variance[i, j] = [float(part.var()) for part in torch.chunk(x, groups, dim=1)]
        some = start[: max(2, members // 8)]
        spectrum = lyapunov_spectrum(rule, landscape, some, burn=burn, steps=exponent_steps)
        exponent[i, j], stderr[i, j] = spectrum.exponents.numpy(), spectrum.stderr.numpy()
    return {
        "momenta": np.array(momenta), "edges": edges, "counts": counts, "variance": variance,
        "exponent": exponent, "exponent_stderr": stderr,
    }


def loss_of(name: str, eps: float) -> TwoScale:
    """The loss of a name in ``LOSSES``."""
    from lrtheory.chaos.models.problems import matyas, two_tones
    from lrtheory.chaos.models.two_scale import periodic

    if name == "matyas":
        return matyas(eps)
    return two_tones(eps) if name == "two tones" else periodic(eps)


def rule_of(name: str, lr: float, momentum: float) -> MomentumRule:
    """The rule of a name in ``RULES``."""
    from lrtheory.rules import HeavyBall, Nesterov

    return HeavyBall(lr, momentum) if name == "heavy ball" else Nesterov(lr, momentum)


def _exponents(
    landscape: TwoScale, rates: Floats, members: int, burn: int, steps: int, seed: int
) -> Floats:
    """Means over members and their standard errors, shape (2, rates, weights)."""
    import numpy as np

    from lrtheory.chaos.kernels.lyapunov import lyapunov_sweep
    from lrtheory.chaos.models.two_scale import uniform_start
    from lrtheory.seeds import generator

    start = uniform_start(members, generator(seed, "start"), dim=landscape.dim).numpy()
    found = lyapunov_sweep(landscape, rates, start, burn=burn, steps=steps)
    return np.stack([found.mean(axis=1), found.std(axis=1, ddof=1) / members**0.5])
