"""Long runs about what noise does: the helix, its tilt and its ring, skewed noise, the Gauss landscape."""

from __future__ import annotations

from typing import Any

from lrtheory.results import experiment, progress


@experiment(version=1, dtype="float64", smoke={"walkers": 400, "steps": 400, "diffusion_steps": 100})
def helix_speeds(
    *, rates: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4), walkers: int = 40_000, steps: int = 15_000,
    diffusion_rates: tuple[float, ...] = (0.1, 0.2), refinement: int = 8, diffusion_steps: int = 5_000,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Speed at which SGD climbs the helix at several rates, and that of the diffusion; with errors.

    Args:
        rates: learning rates of SGD.
        walkers: independent runs at each rate.
        steps: steps measured, after 15 / lr forgotten ones.
        diffusion_rates: learning rates whose diffusion is followed.
        refinement: steps of the diffusion's integrator to one of SGD.
        diffusion_steps: steps of SGD that the diffusion is followed for.
        seed: seed of the noise.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.diagrams.measures.helix_runs import helix_climb
    from lrtheory.seeds import generator

    def climbs(name: str, chosen: tuple[float, ...], length: int, refined: int) -> np.ndarray[Any, Any]:
        found = []
        for lr in progress(chosen, name):
            numbers = generator(seed, name, repr(lr))
            climb = helix_climb(lr, walkers=walkers, steps=length, generator=numbers, diffusion=refined)
            pair = (climb.velocity, climb.squared_distance)
            found.append([(each.value, each.stderr) for each in pair])
        return np.array(found)

    return {
        "lr": np.array(rates), "climb": climbs("sgd", rates, steps, 0),
        "diffusion_lr": np.array(diffusion_rates),
        "diffusion_climb": climbs("diffusion", diffusion_rates, diffusion_steps, refinement),
    }


@experiment(version=1, dtype="float64", smoke={"walkers": 400, "steps": 400})
def helix_tilts(
    *, rates: tuple[float, ...] = (0.05, 0.1, 0.2),
    shares: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5),
    walkers: int = 20_000, steps: int = 4_000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Speed on a helix whose axis rises: against what slope SGD still climbs.

    Args:
        rates: learning rates.
        shares: slopes of the axis, in units of lr / 6.
        walkers: independent runs of each.
        steps: steps measured.
        seed: seed of the noise.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.diagrams.measures.helix_runs import helix_climb
    from lrtheory.seeds import generator

    speed = np.empty((len(rates), len(shares), 2))
    for i, lr in enumerate(progress(rates, "rates")):
        for j, share in enumerate(shares):
            numbers = generator(seed, "tilt", repr(lr), repr(share))
            climb = helix_climb(lr, walkers=walkers, steps=steps, generator=numbers, tilt=share * lr / 6)
            speed[i, j] = climb.velocity.value, climb.velocity.stderr
    return {"lr": np.array(rates), "share": np.array(shares), "speed": speed}


@experiment(version=1, dtype="float64", smoke={"walkers": 60, "steps": 200})
def helix_ring(
    *, turns: int = 6, lr: float = 0.2, walkers: int = 2_000, steps: int = 12_000, every: int = 40,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Way that SGD makes around a ring of minima, all walkers on the mean and one of them in space.

    Args:
        turns: turns of the screw around the ring, which is also its radius.
        lr: learning rate.
        walkers: independent runs.
        steps: steps of each.
        every: steps between records; the way around is added up from record to record.
        seed: seed of the noise.
        device: must be ``"cpu"``.
    """
    import math

    import numpy as np
    import torch

    from lrtheory.descent import NoisyGradientDescent, descend
    from lrtheory.diagrams.measures.runs import example_noise
    from lrtheory.diagrams.models.screws import ring_helix, ring_place
    from lrtheory.seeds import generator

    ring, numbers = ring_helix(turns), generator(seed, "ring")
    rule = NoisyGradientDescent(lr, example_noise(ring))
    theta = torch.tensor([float(turns), 0.0, 0.0], dtype=torch.float64).expand(walkers, 3)
    around, half = torch.zeros(walkers, dtype=torch.float64), math.pi * turns
    ways, path = [around], [theta[0]]
    for _ in progress(range(steps // every), "ring"):
        after = descend(rule, ring, theta, steps=every, keep_theta=False, generator=numbers).final
        moved = ring_place(after, turns) - ring_place(theta, turns)
        around, theta = around + (moved + half) % (2 * half) - half, after
        ways.append(around)
        path.append(theta[0])
    way = torch.stack(ways)
    return {
        "step": every * np.arange(len(ways)), "mean": way.mean(1).numpy(),
        "stderr": (way.std(1) / walkers**0.5).numpy(), "path": torch.stack(path).numpy(),
        "share_forward": (way > half).double().mean(1).numpy(),
    }


@experiment(version=1, dtype="float64", smoke={"trials": 20_000, "time": 1.0})
def skew_flip(
    *, rates: tuple[float, ...] = (0.05, 0.2), jerk: float = 0.1, time: float = 8.0,
    trials: int = 4_000_000, groups: int = 20, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Effect of the jerk on the loss of SGD with skewed noise, step by step, from twin runs.

    The loss is theta^2 / 2 + j theta^3 / 6, the noise 1 with probability 3/4 and -3 else (S = -6). Twins see
    the same noise with j and with -j; half their difference over j is the effect for each unit of j.

    Args:
        rates: learning rates.
        jerk: j.
        time: runs end at this lr T.
        trials: twins.
        groups: groups whose scatter gives standard errors.
        seed: seed of the noise.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.diagrams.models.minima import minimum
    from lrtheory.seeds import generator

    landscape = minimum(1.0, jerk, (1.0, -3.0), (0.75, 0.25))
    found: dict[str, Any] = {"lr": np.array(rates), "jerk": np.array(jerk)}
    sides = torch.tensor([[jerk], [-jerk]], dtype=torch.float64)
    for number, lr in enumerate(rates):
        steps, effects = round(time / lr), []
        for group in progress(range(groups), f"rate {lr}"):
            numbers = generator(seed, "noise", repr(lr), group)
            theta = torch.zeros((2, trials // groups), dtype=torch.float64)
            effect = []
            for _ in range(steps):
                noise = landscape.atoms[landscape.draw(theta.shape[1:], numbers), 0]
                theta = theta - lr * (theta + sides * theta**2 / 2 + noise)
                loss = (theta**2 / 2 + sides * theta**3 / 6).mean(1)
                effect.append(float(loss[0] - loss[1]) / (2 * jerk))
            effects.append(effect)
        all_groups = np.array(effects)
        found[f"effect_{number}"] = all_groups.mean(0)
        found[f"stderr_{number}"] = all_groups.std(0, ddof=1) / groups**0.5
    return found


@experiment(version=1, dtype="float64", smoke={"trials": 20_000, "refinement": 4})
def gauss_diffusion(
    *, rates: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.25), trials: int = 4_000_000,
    refinement: int = 32, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Test loss on the Gauss landscape after one step of SGD, of Gaussian noise, and of the diffusion.

    Args:
        rates: learning rates.
        trials: independent runs of each.
        refinement: steps of the diffusion's integrator to one of SGD.
        seed: seed of the noise.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.diagrams.measures.runs import diffused_weights, fresh_weights, mean_loss
    from lrtheory.diagrams.models.swing import gauss
    from lrtheory.seeds import generator

    landscape, start = gauss(), torch.zeros(1, dtype=torch.float64)
    loss = np.empty((3, len(rates), 2))
    for i, lr in enumerate(progress(rates, "rates")):
        for kind, name in enumerate(("sgd", "one Gaussian step", "diffusion")):
            numbers = generator(seed, name, repr(lr))
            if name == "sgd":
                theta = fresh_weights(landscape, start, lr=lr, steps=1, members=trials, generator=numbers)
            else:
                parts = refinement if name == "diffusion" else 1
                theta = diffused_weights(
                    landscape, start, lr=lr, steps=1, members=trials, generator=numbers, refinement=parts
                )
            mean = mean_loss(landscape, theta)
            loss[kind, i] = mean.value, mean.stderr
    return {"lr": np.array(rates), "loss": loss, "refinement": np.array(refinement)}
