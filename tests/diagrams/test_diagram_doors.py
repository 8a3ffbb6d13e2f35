"""Every public function of the theory is given what it cannot use: each refuses it by name, with a remedy."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch
from diagrams.door_table import EXACT, EXACT_START, LINEAR, NAMES, NET, POINT, POPULATION, arguments, call
from torch.utils.data import DataLoader, TensorDataset

from lrtheory import HeavyBall, diagrams, generator

LOADER = DataLoader(TensorDataset(torch.zeros(3, 2), torch.zeros(3)))
# What no function takes in any place: refused always, unless the place takes anything that can be called.
NEVER = {
    "a text": "abc", "a module": torch.nn.Linear(2, 1), "a rule": HeavyBall(0.1, 0.9), "a class": HeavyBall,
    "a loader": LOADER, "not a number": math.nan, "a mapping": {}, "complex": 1j,
    "parameters": list(torch.nn.Linear(2, 1).parameters()), "half": torch.zeros(1, dtype=torch.float16),
    "NaN inside": torch.full((1,), math.nan).double(), "a flag": torch.tensor(True), "a set": {1.0},
}  # fmt: skip
# What some may take; whatever comes, it is an answer or a refusal, and no error from inside.
SOMETIMES = {
    "nothing": None, "True": True, "a tuple": (0.1, 0.2), "no entries": (), "a nested list": [[1.0]],
    "infinite": math.inf, "negative": -1, "zero": 0, "half a one": 0.5, "a fraction": Fraction(1, 3),
    "huge": 10**30, "very large": 1e300, "an array": np.zeros(3), "whole numbers": torch.zeros(1).long(),
    "empty": torch.zeros(0).double(), "seven": torch.zeros(7).double(),
    "a matrix": torch.zeros(3, 7).double(), "single": torch.zeros(1), "no axis": torch.tensor(0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_arguments_of_the_table_run(name):
    call(getattr(diagrams, name), arguments(name))


@pytest.mark.parametrize("name", NAMES)
def test_what_no_function_takes_is_refused_by_name(name):
    function, good = getattr(diagrams, name), arguments(name)
    for parameter in good:
        for kind, value in NEVER.items():
            with pytest.raises(ValueError, match=rf"\b{parameter}\b.*|must ") as caught:
                call(function, good | {parameter: value})
            assert len(str(caught.value)) > 20, (parameter, kind)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_is_answered_or_refused(name):
    function, good = getattr(diagrams, name), arguments(name)
    for parameter in good:
        for kind, value in SOMETIMES.items():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # numbers that overflow on the way
                    call(function, good | {parameter: value})
            except (ValueError, FloatingPointError):
                continue
            except Exception as error:
                raise AssertionError(f"{parameter} <- {kind}: {type(error).__name__}: {error}") from error


STARTS = {
    "a module": (torch.nn.Linear(2, 1), "the weights of a module are lrtheory.pack"),
    "parameters": (list(NET.module.parameters()), r"join the parts: lrtheory.pack\(list\(parts\)\)"),
    "an array": (np.zeros(8), r"got ndarray of float64, shape \(8,\); give torch.from_numpy"),
    "a tuple": ((0.1,) * 8, r"exact: a whole number or a Fraction, got 0\.1|give torch.tensor"),
    "whole tuple": ((1,) * 8, r"theta must be a tensor of shape \(8,\): got tuple; give for example"),
    "whole numbers": (torch.zeros(8).long(), r"must be a floating-point tensor .* got torch.int64"),
    "half": (torch.zeros(8).bfloat16(), r"must be float32 or float64, got torch.bfloat16; use theta.double"),
    "single": (torch.zeros(8), r"theta must be torch.float64, as the losses are, got torch.float32"),
    "too few": (torch.zeros(7).double(), r"theta must have shape \(\*E, 8\), got \(7,\)"),
    "NaN": (torch.full((8,), math.nan).double(), r"theta must be finite, got 8 number\(s\) that are not"),
}


@pytest.mark.parametrize("start", STARTS)
def test_starts_that_are_none_are_told_what_to_be(start):
    value, words = STARTS[start]
    with pytest.raises(ValueError, match=words):
        diagrams.predict(NET, value, diagrams.one_epoch(4))


def test_a_module_starts_where_it_is():
    schedule = diagrams.one_epoch(4)
    own = diagrams.predict(NET, schedule=schedule, order=2)
    assert own.coefficients == diagrams.predict(NET, NET.start, schedule, order=2).coefficients
    given = {"lr": 0.1, "trials": 5}
    losses = [
        diagrams.trained_losses(diagrams.Atoms(NET), start, schedule, **given, generator=generator(0, "x"))
        for start in (None, NET.start)
    ]
    assert torch.equal(losses[0].theta, losses[1].theta)
    weights = diagrams.fresh_weights(diagrams.Atoms(NET), lr=0.1, steps=0, members=2, generator=generator(0))
    assert torch.equal(weights, NET.start.expand(2, -1))


LOSSES = {
    "a module": (NET.module, r"got Sequential; wrap the module with its data: diagrams.ModulePopulation\("),
    "a loader": (LOADER, r"got DataLoader; make losses of the data: diagrams.LinearModel\("),
    "data": ((torch.zeros(3, 2), torch.zeros(3)), "got tuple; make losses of the data"),
    "nothing": (None, "got None; for example"),
    "a class": (diagrams.ModulePopulation, r"the class ModulePopulation; make one: ModulePopulation\(...\)"),
}


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("function", ["predict", "trained_losses", "diagram_values", "local_moments"])
def test_losses_that_are_none_are_told_what_to_be(function, losses):
    value, words = LOSSES[losses]
    good = arguments(function)
    place = "population" if "population" in good else "landscape"
    with pytest.raises(ValueError, match=words):
        call(getattr(diagrams, function), good | {place: value})


def test_what_a_run_needs_is_named():
    with pytest.raises(ValueError, match=r", got ModulePopulation; draw .*: Atoms\(population\)"):
        call(diagrams.trained_losses, arguments("trained_losses") | {"landscape": NET, "start": None})
    with pytest.raises(ValueError, match=r"theta must be a tensor of shape \(2,\): a LinearModel has no st"):
        diagrams.predict(LINEAR, None, diagrams.one_epoch(4))
    with pytest.raises(ValueError, match=r"schedule must be given: .* for example one_epoch\(10\)"):
        diagrams.predict(NET)
    with pytest.raises(ValueError, match=r"schedule must be .* got 4; say how often each example is seen"):
        diagrams.predict(NET, NET.start, 4)
    for kernel in (HeavyBall(0.1, 0.9), HeavyBall, "momentum", 0.9):
        with pytest.raises(ValueError, match=r"kernel must be a.*; (momentum is HeavyBallSteps|make one)"):
            diagrams.predict(NET, NET.start, diagrams.one_epoch(4), kernel=kernel)
    with pytest.raises(ValueError, match=r"lr_matrix must be a float64 tensor, got list; give torch.tensor"):
        diagrams.predict(NET, NET.start, diagrams.one_epoch(4), lr_matrix=[[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match=r"generator must be a torch.Generator, got 0; give lrtheory.gen"):
        call(diagrams.trained_losses, arguments("trained_losses") | {"generator": 0})


def test_exact_landscapes_take_exact_numbers():
    for theta in (POINT, np.array([0.5]), [0.5], "1", None, (Fraction(1), Fraction(2)), (True,)):
        with pytest.raises(ValueError, match="theta"):
            diagrams.predict(EXACT, theta, diagrams.one_epoch(2))
    for matrix in (POINT[None], [[0.5]], [1], "1", ((1, 2),), 1):
        with pytest.raises(ValueError, match="lr_matrix"):
            diagrams.predict(EXACT, EXACT_START, diagrams.one_epoch(2), lr_matrix=matrix)
    with pytest.raises(ValueError, match=r"population\(\)"):
        diagrams.diagram_values(diagrams.enumerate_diagrams(1), EXACT, POINT)


@pytest.mark.parametrize("bad", [None, True, "0.1", -0.1, math.nan, math.inf, [0.1], torch.ones(2)])
def test_a_prediction_is_asked_at_one_rate(bad):
    found = diagrams.predict(POPULATION, POINT, diagrams.one_epoch(3), order=2)
    for ask in (found.at, found.breakdown, found.table):
        with pytest.raises(ValueError, match="lr must not be negative and must be finite, got"):
            ask(bad)
    small = Fraction(1, 64)
    assert found.at(torch.tensor(1 / 64)).value == found.at(small).value == found.at(1 / 64).value
    with pytest.raises(ValueError, match="largest must be"):
        found.table(0.1, largest=-1)


def test_batches_are_no_larger_than_the_examples():
    order = [range(4)]
    for make in (lambda b: diagrams.Epochs(4, b), lambda b: diagrams.drawn_cells(4, order, batch_size=b)):
        for bad in (0, -1, True, 2.0, 5, None):
            with pytest.raises(ValueError, match=r"batch_size must "):
                make(bad)
    for bad in (0, True, -2, 1.5, "2", None):
        for schedule in (
            lambda n: diagrams.Epochs(4, epochs=n),
            lambda n: diagrams.WithReplacement(4, steps=n),
            diagrams.Epochs,
            diagrams.one_epoch,
        ):
            with pytest.raises(ValueError, match=r"(epochs|steps|examples) must be"):
                schedule(bad)


def test_data_of_nobody_are_refused():
    for make in (
        lambda: diagrams.LinearModel(torch.zeros(0, 2).double(), torch.zeros(0).double()),
        lambda: diagrams.ModulePopulation(NET.module, NET.inputs[:0], NET.targets[:0], NET.criterion),
        lambda: diagrams.TrainingSet(diagrams.gauss(), torch.zeros(3, 0).double()),
        lambda: diagrams.small_tanh_net(examples=0),
        lambda: diagrams.PolynomialLandscape((), ()),
    ):
        with pytest.raises(ValueError, match=r"(at least|or more|needs|1)"):
            make()
