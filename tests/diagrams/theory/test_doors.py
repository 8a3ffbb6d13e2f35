"""Corollaries refuse rates, times and counts that make no sense, by the name of the parameter."""

import inspect
import math
from importlib import import_module

import pytest
import torch

import lrtheory
from lrtheory import diagrams
from lrtheory.doors import sensible

ROOM = "lrtheory.diagrams.theory."
MODULES = ("second_order", "batch_and_epochs", "curvature", "entropic_force", "archimedes", "skewness")
OF_ANY_SIGN = ("gauss_loss_after_a_step", "summed_series")  # series and their sum, also below zero
POINT = torch.tensor([0.3], dtype=torch.float64)
MOMENTS = diagrams.local_moments(diagrams.two_quintics()[0].population(), POINT)
GIVEN = {
    "moments": MOMENTS, "lr": 0.1, "steps": 4, "examples": 4, "batch_size": 2, "epochs": 3, "time": 2.0,
    "variance": 1.0, "curvature": 1.3, "jerk": 0.5, "third": 0.1, "quartic": 0.1,
    "schedule": diagrams.one_epoch(4),
}  # fmt: skip
BAD = {
    "lr": [math.nan, -0.1, math.inf, -math.inf, "0.1", None, True],
    "time": [math.nan, -1.0, math.inf],
    "variance": [math.nan, -1e-9, math.inf],
    "steps": [-1, 2.5, math.nan, math.inf, None],
    "examples": [0, -4, 2.5, math.nan],
    "epochs": [0, -1, 1.5, math.nan],
    "batch_size": [0, -2, 1.5, 3, 5, math.nan],
}


def corollaries():
    for module in MODULES:
        for name, function in inspect.getmembers(import_module(ROOM + module), inspect.isfunction):
            public = "_" not in (name[0], name[1])
            if function.__module__ == ROOM + module and name not in OF_ANY_SIGN and public:
                yield name, function


CASES = [
    pytest.param(function, name, value, id=f"{function.__name__}-{name}-{value}")
    for _, function in corollaries()
    for name in inspect.signature(function).parameters
    for value in BAD.get(name, ())
    if (name, value, function.__name__) not in {
        ("steps", 2.5, "flow_entropic_displacement"), ("lr", -0.1, "covariance_weight"),
        ("batch_size", 3, "covariance_weight"),
    }
]


def test_there_are_many_corollaries_and_every_one_with_a_rate_is_tried():
    assert len(CASES) > 150


@pytest.mark.parametrize(("function", "name", "value"), CASES)
def test_a_number_that_makes_no_sense_is_refused_by_name(function, name, value):
    given = {each: GIVEN[each] for each in inspect.signature(function).parameters if each in GIVEN}
    with pytest.raises(ValueError, match=f"^{name} must "):
        function(**{**given, name: value})


def test_arrays_of_rates_are_looked_at_number_by_number():
    @sensible()
    def double(lr, *, steps=1):
        return 2 * lr

    assert torch.equal(double(torch.tensor([0.0, 0.5])), torch.tensor([0.0, 1.0]))
    for bad in (torch.tensor([0.1, -0.1]), torch.tensor([[0.1], [math.nan]])):
        with pytest.raises(ValueError, match=r"^lr must be a finite number of at least 0, got"):
            double(bad)
    assert double.__name__ == "double" and lrtheory.__name__ == "lrtheory"
