"""What the runs on the two patterns have in common: draws from named streams, curves, and their shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from lrtheory.doors import check_choice, whole
from lrtheory.results import progress
from lrtheory.seeds import generator

if TYPE_CHECKING:
    from torch import Tensor

    from lrtheory.learning_order.measures.curves import Curves
    from lrtheory.learning_order.models.phases import Phase
    from lrtheory.learning_order.models.pq import PQExamples
    from lrtheory.learning_order.models.settings import Setting
    from lrtheory.learning_order.models.two_block import TwoBlockTask

QUANTITIES: Final = ("steps", "loss", "losses", "accuracies", "g", "flips", "wedge", "spread")
# What single precision on another processor may change: a gate near its edge opens a step later.
ROUNDED: Final = {
    **dict.fromkeys(("loss", "losses", "g", "flips", "wedge", "spread", "accuracies"), 0.05),
}


def setting_of(size: str, **changed: Any) -> Setting:
    """The setting ``"base"``, ``"small"`` or ``"tiny"`` (a few units), with other numbers where given."""
    from lrtheory.learning_order.models.settings import BASE, SMALL

    tiny = replace(SMALL, examples=200, width_q=4000, switch=60, stop=0.55)
    known = {"base": BASE, "small": SMALL, "tiny": tiny}
    check_choice("size", size, known)
    inner = {key: changed.pop(key) for key in ("alpha_from", "dim", "r") if key in changed}
    setting = known[size]
    return replace(setting, data=replace(setting.data, **inner), **changed)


def drawn(setting: Setting, seed: int) -> tuple[TwoBlockTask, Tensor, PQExamples]:
    """Training task, weights at the start, and fresh examples of a seed."""
    from lrtheory.learning_order.models.settings import fresh_examples

    task, start = setting.drawn((generator(seed, "data"), generator(seed, "weights")))
    return task, start, fresh_examples(setting, generator(seed, "test"))


@dataclass(frozen=True)
class Arm:
    """What one curve of a picture is a run of.

    Attributes:
        setting: the problem; the noise on the gradient is that which belongs to it.
        phases: what is done in turn.
        every: steps between records.
        task: what is another in the task than the setting says, as ``{"kind": "squared"}``.
    """

    setting: Setting
    phases: Sequence[Phase]
    every: int
    task: Mapping[str, Any] = field(default_factory=dict)

    def curves(self, seed: int) -> Curves:
        """The run of a seed."""
        from lrtheory.learning_order.measures.curves import learning_curves

        task, start, test = drawn(self.setting, seed)
        return learning_curves(
            replace(task, **self.task), start, self.phases, noise=self.setting.noise, seed=seed,
            every=self.every, test=test,
        )


def compared(arms: Mapping[str, Arm], seeds: range, title: str) -> dict[str, Any]:
    """The runs of all arms and seeds, `stacked` by arm; ``title`` is what the progress bar says."""
    runs: dict[str, list[Curves]] = {}
    for name, seed in progress([(name, seed) for name in arms for seed in seeds], title):
        runs.setdefault(name, []).append(arms[name].curves(seed))
    return {key: values for name, each in runs.items() for key, values in stacked(each, name).items()}


def seeds_from(seed: int, seeds: int) -> range:
    """The seeds of a run: so many, from one on."""
    return range(seed, seed + whole("seeds", seeds, least=1))


def stacked(runs: Iterable[Curves], name: str) -> dict[str, Any]:
    """Curves of several seeds, arrays of shape (seeds, records, ...), NaN after the end of each.

    Their names begin with ``name``: ``S_loss``, ``S_steps``, ``S_ends`` and so on; ``S_stopped`` says whether
    the loss to stop at was reached.
    """
    import numpy as np

    runs = list(runs)
    longest = max(len(run.steps) for run in runs)
    found: dict[str, Any] = {}
    for quantity in QUANTITIES:
        rows = [getattr(run, quantity).double().numpy() for run in runs]
        padded = np.full((len(rows), longest, *rows[0].shape[1:]), np.nan)
        for row, values in zip(padded, rows, strict=True):
            row[: len(values)] = values
        found[f"{name}_{quantity}"] = padded
    phases = max(len(run.ends) for run in runs)
    ends = np.full((len(runs), phases), np.nan)
    for row, run in zip(ends, runs, strict=True):
        row[: len(run.ends)] = run.ends.numpy()
    return found | {f"{name}_ends": ends, f"{name}_stopped": np.array([run.stopped for run in runs])}


def rounded(names: Iterable[str]) -> Mapping[str, float]:
    """Tolerances on another processor of the arrays of the runs named."""
    return {f"{name}_{quantity}": tolerance for name in names for quantity, tolerance in ROUNDED.items()}
