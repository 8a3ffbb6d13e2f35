"""Every public function of the spine is given what it cannot use: each refuses it by name, with a remedy."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import lrtheory
from lrtheory import GradientDescent, HeavyBall, Nesterov, NoisyGradientDescent, diagrams, generator, measure
from lrtheory.arguments.checked import checked
from lrtheory.law import law_from_density

X = torch.tensor([[1.0, 0.5], [0.3, -1.0], [0.7, 0.2]], dtype=torch.float64)
LINEAR = diagrams.LinearModel(X, torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64))
PLACE, UNIT = torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
LAW = law_from_density([0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
LOADER = DataLoader(TensorDataset(torch.zeros(3, 2), torch.zeros(3)))


def drawn(function):
    return lambda **given: function(**({"generator": generator(0, "x")} | given))


TABLE = {
    "GradientDescent": (GradientDescent, {"lr": 0.1}),
    "HeavyBall": (HeavyBall, {"lr": 0.1, "momentum": 0.5}),
    "Nesterov": (Nesterov, {"lr": 0.1, "momentum": 0.5}),
    "NoisyGradientDescent": (NoisyGradientDescent, {"lr": 0.1, "noise": lambda theta, source: theta}),
    "batches": (drawn(lrtheory.batches), {"examples": 4, "batch_size": 2, "order": "fixed"}),
    "constant": (lrtheory.constant, {"lr": 0.1}),
    "cosine": (lrtheory.cosine, {"lr": 0.1, "steps": 3, "floor": 0.0}),
    "descend": (lrtheory.descend, {
        "rule": GradientDescent(0.1), "landscape": LINEAR, "theta": PLACE, "steps": 3, "every": 1,
        "observe": {}, "keep_theta": True, "batches": None, "generator": None}),
    "generator": (lrtheory.generator, {"seed": 0, "device": "cpu"}),
    "gradient": (lrtheory.gradient, {"landscape": LINEAR, "theta": PLACE, "samples": None}),
    "hvp": (lrtheory.hvp, {"landscape": LINEAR, "theta": PLACE, "vector": UNIT, "samples": None}),
    "pack": (lrtheory.pack, {"parts": [PLACE, UNIT], "ensemble_axes": 0}),
    "step_decay": (lrtheory.step_decay, {"lr": 0.1, "at": 2, "factor": 0.5}),
    "unpack": (lrtheory.unpack, {"theta": PLACE, "shapes": [(1,), (1,)]}),
    "eigenpairs": (drawn(measure.eigenpairs), {
        "landscape": LINEAR, "theta": PLACE, "largest": 1, "smallest": 1, "samples": None, "iterations": 4,
        "tolerance": None}),
    "sharpness": (drawn(measure.sharpness), {
        "landscape": LINEAR, "theta": PLACE, "samples": None, "iterations": 4, "tolerance": None}),
    "excess_kurtosis": (measure.excess_kurtosis, {"samples": [1.0, 2.0, 3.0]}),
    "ks_distance": (measure.ks_distance, {"samples": [1.0, 2.0], "law": LAW}),
    "law_distances": (measure.law_distances, {"first": LAW, "second": LAW, "levels": 11}),
    "mean_and_stderr": (measure.mean_and_stderr, {"values": [1.0, 2.0]}),
    "mean_over_groups": (measure.mean_over_groups, {
        "statistic": lambda part: float(part.mean()), "values": np.arange(9.0), "groups": 3, "axis": 0}),
    "w1_distance": (measure.w1_distance, {"samples": [1.0, 2.0], "law": LAW}),
}  # fmt: skip
NEVER = {
    "a text": "abc", "a flag": torch.tensor(True), "a loader": LOADER, "complex": 1j, "half": UNIT.half(),
    "NaN inside": UNIT * math.nan, "not a number": math.nan, "an object": object(),
}  # fmt: skip
SOMETIMES = {
    "nothing": None, "True": True, "a tuple": (0.1, 0.2), "no entries": (), "a nested list": [[1.0]],
    "infinite": math.inf, "negative": -1, "zero": 0, "a fraction": Fraction(1, 3), "huge": 10**30,
    "very large": 1e300, "an array": np.zeros(3), "whole numbers": torch.zeros(1).long(), "a mapping": {},
    "empty": torch.zeros(0).double(), "seven": torch.zeros(7).double(), "single": torch.zeros(1),
    "no axis": torch.tensor(0.5), "far": torch.tensor([7]), "a module": torch.nn.Linear(2, 1),
    "a rule": HeavyBall(0.1, 0.9), "a class": HeavyBall,
    "parameters": list(torch.nn.Linear(2, 1).parameters()),
}  # fmt: skip
# Arrays of numbers like any other; and what is not finite has a mean that is not.
TAKES = {("samples", "half"), ("values", "half"), ("lr", "half"), ("values", "NaN inside")}


def ask(name, **changed):
    function, good = TABLE[name]
    found = function(**(good | changed))
    return next(found) if name == "batches" else found


@pytest.mark.parametrize("name", TABLE)
def test_the_arguments_of_the_table_run(name):
    ask(name)


@pytest.mark.parametrize("name", TABLE)
def test_what_no_function_takes_is_refused_by_name(name):
    for parameter in TABLE[name][1]:
        for kind, value in NEVER.items():
            if (parameter, kind) in TAKES:
                continue
            with pytest.raises(ValueError, match=rf"\b{parameter}\b.*|must ") as caught:
                ask(name, **{parameter: value})
            assert len(str(caught.value)) > 20, (parameter, kind)


@pytest.mark.parametrize("name", TABLE)
def test_whatever_comes_is_answered_or_refused(name):
    for parameter in TABLE[name][1]:
        for kind, value in SOMETIMES.items():
            try:
                ask(name, **{parameter: value})
            except (ValueError, FloatingPointError):
                continue
            except Exception as error:
                raise AssertionError(f"{parameter} <- {kind}: {type(error).__name__}: {error}") from error


RULES = (GradientDescent, lambda lr: HeavyBall(lr, 0.5), lambda lr: Nesterov(lr, 0.5), lrtheory.constant)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("bad", [True, False, np.True_, "0.1", None, [0.1], math.nan, 0, -1])
def test_what_is_no_number_is_no_rate(rule, bad):
    with pytest.raises(ValueError, match=r"lr must be (positive and|one) finite"):
        rule(bad)


@pytest.mark.parametrize("rule", RULES[:3])
@pytest.mark.parametrize("bad", [[True], [1], [], [0.1, 0.0], [math.nan], [0.1, math.inf]])
def test_tensors_that_are_no_rates_are_refused(rule, bad):
    with pytest.raises(ValueError, match=r"lr must be positive and finite, got .*below 2 / sharpness"):
        rule(torch.tensor(bad))


@pytest.mark.parametrize("rate", [None, True, "0.1", [0.1]])
def test_a_schedule_gives_numbers(rate):
    with pytest.raises(ValueError, match=r"a schedule must give a number or a tensor, got .* at step 0"):
        lrtheory.descend(GradientDescent(lambda t: rate), LINEAR, PLACE, steps=1)


def test_fractions_and_whole_numbers_are_rates_and_momenta():
    for rule, other in ((HeavyBall(Fraction(1, 8), Fraction(1, 2)), HeavyBall(0.125, 0.5)),
                        (Nesterov(1, Fraction(1, 2)), Nesterov(1.0, 0.5))):
        ends = [lrtheory.descend(each, LINEAR, PLACE, steps=3).final for each in (rule, other)]
        assert torch.equal(*ends)


@pytest.mark.parametrize("sizes", [(0, 4), (True, 4), (2.0, 4), (8, 4), (3, 4), (1, 0), (1, True)])
def test_batches_that_do_not_fit_are_refused(sizes):
    batch_size, examples = sizes
    for order in ("fixed", "reshuffled"):
        with pytest.raises(ValueError, match=r"(batch_size|examples) must "):
            next(lrtheory.batches(examples, batch_size, order=order, generator=generator(0, "x")))


def test_a_loader_of_examples_is_told_from_batches_of_numbers():
    with pytest.raises(ValueError, match=r"batches must give int64 tensors of example indices, .* see lr"):
        lrtheory.descend(GradientDescent(0.1), LINEAR, PLACE, steps=1, batches=LOADER)


def test_a_batch_of_examples_there_are_not_is_refused():
    words = r"samples must be an int64 tensor of numbers of examples from 0 to 2, .* for example torch.tensor"
    for bad in ([3], [-1], [0, 99]):
        with pytest.raises(ValueError, match=words):
            lrtheory.gradient(LINEAR, PLACE, torch.tensor(bad))
        with pytest.raises(ValueError, match=r"batches must name examples (that LinearModel|from 0 on)"):
            lrtheory.descend(GradientDescent(0.1), LINEAR, PLACE, steps=1, batches=[torch.tensor(bad)])


def test_a_class_is_told_to_be_made():
    with pytest.raises(ValueError, match=r"rule must be a rule of descent, got the class HeavyBall; make"):
        lrtheory.descend(HeavyBall, LINEAR, PLACE, steps=1)
    optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"rule must be a rule of descent, got SGD; .* GradientDescent\("):
        lrtheory.descend(optimizer, LINEAR, PLACE, steps=1)


def test_what_a_power_overflows_is_refused_with_its_numbers():
    @checked
    def cube(lr: float, steps: int) -> float:
        return lr**3 * steps

    assert cube(Fraction(1, 2), 8) == 1.0
    with pytest.raises(ValueError, match=r"lr = 1e\+300, steps = 2 must be smaller"):
        cube(1e300, 2)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'steps'"):
        cube(1.0)
    with pytest.raises(ValueError, match=r"steps must be at least 0, got -1"):
        cube(1.0, -1)
