"""The Lyapunov exponent at one rate and one ripple: an experiment for sweeps, a point of which is short."""

from __future__ import annotations

from typing import Any

from lrtheory.results import Members, experiment


@experiment(version=1, smoke={"steps": 200}, elsewhere={"exponents": Members(0)})
def exponent(
    *, lr: float = 0.1, eps: float = 0.1, members: int = 16, burn: int = 300, steps: int = 1000,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Lyapunov exponents of descent on x^2/2 + eps cos(x/eps) at one rate, from some starts.

    Args:
        lr: learning rate, below 2.
        eps: size of the ripple.
        members: independent starts, uniform in [-1, 1].
        burn: steps forgotten.
        steps: steps averaged over.
        seed: seed of the starts.
        device: must be ``"cpu"``: the map is compiled for it.
    """
    from lrtheory.chaos.kernels.lyapunov import lyapunov_sweep
    from lrtheory.chaos.models.two_scale import periodic, uniform_start
    from lrtheory.seeds import generator

    start = uniform_start(members, generator(seed, "start")).numpy()
    found = lyapunov_sweep(periodic(eps), lr, start, burn=burn, steps=steps)
    return {"exponents": found[:, 0]}
