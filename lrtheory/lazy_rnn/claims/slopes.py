"""The verdict on a power of the width in an adopted run; which powers are claimed is in the other files."""

from __future__ import annotations

from lrtheory.claims import Verdict
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.measures.fits import width_slope
from lrtheory.results import Experiment

_SIGMAS = 3.0


def slope_verdict(
    experiment: Experiment, name: str, predicted: float, tolerance: float, scale: str
) -> Verdict:
    """Holds if the power of the width, m >= 512, is the predicted one within three errors and a tolerance.

    Args:
        experiment: whose adopted run is looked at.
        name: array (widths, seeds) of positive numbers.
        predicted: power.
        tolerance: added to three standard errors.
        scale: of the check; the run is the same at all.
    """
    run = gpu_run(experiment)
    fit = width_slope(run["widths"], run[name])
    return Verdict.near(fit.value, predicted, stderr=fit.stderr, sigmas=_SIGMAS, tolerance=tolerance)
