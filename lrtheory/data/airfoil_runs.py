"""The airfoil data: sound levels of wing sections, the wind-tunnel runs they belong to, honest splits."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from lrtheory.data.sources import Info, bundled, info
from lrtheory.seeds import generator as seeded

if TYPE_CHECKING:
    import torch

COLUMNS = (
    "frequency (Hz)", "angle of attack (degrees)", "chord length (m)", "free-stream velocity (m/s)",
    "displacement thickness of the suction side (m)",
)


@dataclass(frozen=True)
class Airfoil:
    """Airfoil Self-Noise.

    Attributes:
        inputs: (1503, 5), columns and units as in ``columns``.
        targets: (1503,), sound pressure level in dB.
        run: (1503,), wind-tunnel run of each row, from 0 to 105. The file does not number its runs: a run
            is a stretch of rows in which everything but the frequency stays the same.
        columns: names of the inputs.
        info: source and licence.
    """

    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    run: NDArray[np.int64]
    columns: tuple[str, ...]
    info: Info


def airfoil() -> Airfoil:
    """Load the airfoil data; bundled, so it always works.

    Example:
        >>> data = airfoil()
        >>> data.inputs.shape, int(data.run[-1]) + 1  # rows and columns, runs
        ((1503, 5), 106)
    """
    table = np.loadtxt(io.BytesIO(bundled("airfoil")))
    setting = table[:, 1:5]
    begins = np.any(setting[1:] != setting[:-1], axis=1)
    run = np.concatenate([[0], np.cumsum(begins)]).astype(np.int64)
    return Airfoil(table[:, :5], table[:, 5], run, COLUMNS, info("airfoil"))


def standardized(data: Airfoil) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inputs (1503, 5) and targets (1503,) with mean zero and variance one, over all rows.

    The Hessian of half the mean squared error of a linear fit is then the correlation matrix of the inputs.

    Example:
        >>> x, y = standardized(airfoil())
        >>> x.shape, round(float((x**2).mean()), 6), round(float((y**2).mean()), 6)
        ((1503, 5), 1.0, 1.0)
    """
    x, y = data.inputs, data.targets
    return (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()


def split(
    data: Airfoil, *, by: Literal["runs", "rows"], fraction: float = 0.8, generator: torch.Generator | int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers of a random training part and of the rest.

    Rows of one run are near copies of each other. A split by rows therefore puts nearly every run on both
    sides, and the test error then says how well a network interpolates within a run; by runs, it says
    how well it does on a run that it has not seen.

    Example:
        >>> data = airfoil()
        >>> training, test = split(data, by="runs", generator=0)
        >>> len(training) + len(test), set(data.run[training]) & set(data.run[test])  # no run on both sides
        (1503, set())

    Args:
        data: the airfoil data.
        by: "runs" keeps each run whole; "rows" does not.
        fraction: share of the runs (or rows) in the training part, strictly between 0 and 1.
        generator: where the permutation is drawn from, or a seed.

    Returns:
        Two sorted arrays of row numbers; together all rows, none twice.

    Raises:
        ValueError: unknown way to split, or a fraction that leaves one side empty.
    """
    import torch

    if by not in ("runs", "rows"):
        raise ValueError(f"by must be 'runs' or 'rows', got {by!r}")
    group = data.run if by == "runs" else np.arange(len(data.targets))
    groups = int(group[-1]) + 1
    kept = round(fraction * groups)
    if not 0 < kept < groups:
        raise ValueError(f"fraction must leave both parts at least one of {groups} {by}, got {fraction}")
    source = seeded(generator, "split") if isinstance(generator, int) else generator
    chosen = torch.randperm(groups, generator=source)[:kept].numpy()
    training = np.isin(group, chosen)
    return np.flatnonzero(training), np.flatnonzero(~training)
