"""The run of an experiment that a claim looks at, by the scale of the check; no claim lives here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrtheory.doors import check_choice
from lrtheory.results import Experiment, Store


def run_at(scale: str, experiment: Experiment, small: Mapping[str, object], **parameters: object) -> Any:
    """A short live run at scale smoke, the stored run at laptop, the whole again at long.

    Args:
        scale: smoke, laptop or long.
        experiment: what is run.
        small: parameters that make the run short; looked at only at scale smoke, where they come first.
        parameters: of all three runs; those not named have their defaults.

    Returns:
        The named arrays that the experiment returns.

    Raises:
        ValueError: unknown scale.
        MissingResult: the scale is laptop, and the run is not stored.
    """
    check_choice("scale", scale, ("smoke", "laptop", "long"))
    if scale == "smoke":
        return experiment(**{**parameters, **small})
    if scale == "laptop":
        return Store().get(experiment, **parameters)
    return experiment(**parameters)
