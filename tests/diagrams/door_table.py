"""Arguments with which every public function of the theory runs, for the doors of all of them."""

import inspect
from fractions import Fraction

import numpy as np
import torch
from matplotlib.figure import Figure

from lrtheory import diagrams, generator

FRESH = object()  # stands for a source of numbers, a fresh one at each call


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


EXACT, EXACT_START = diagrams.two_quintics()
POPULATION, POINT = EXACT.population(), numbers(0.5)
NET = diagrams.small_tanh_net()
LINEAR = diagrams.LinearModel(numbers(1.0, 0.5, 0.3, -1.0, 0.7, 0.2).reshape(3, 2), numbers(1.0, -1.0, 1.0))
MOMENTS = diagrams.local_moments(POPULATION, POINT)
FLAT = diagrams.helix().moments(numbers(0.0, 0.0, 0.0))
LEAST = diagrams.local_moments(diagrams.minimum(1.3, 0.3, [1.0, -1.0], [0.5, 0.5]), numbers(0.0))
TREE = diagrams.enumerate_diagrams(2)[0]
TRAINING = diagrams.TrainingSet(diagrams.gauss(), numbers(0.3, -0.2, 0.1, 1.0))
AX = Figure().subplots()

# By the name of the parameter, for most functions.
USUAL = {
    "moments": MOMENTS, "lr": 0.1, "steps": 4, "examples": 4, "batch_size": 2, "epochs": 2, "time": 2.0,
    "variance": 1.0, "curvature": 1.3, "jerk": 0.5, "third": 0.1, "quartic": 0.1, "seed": 0, "images": 10,
    "schedule": diagrams.one_epoch(4), "diagram": TREE, "diagrams": [TREE], "population": POPULATION,
    "theta": POINT, "kernel": diagrams.PlainSteps(), "model": LINEAR, "order": 2,
    "landscape": diagrams.gauss(), "derivatives": diagrams.derivatives_of(POPULATION, POINT),
    "start": POINT, "members": 4, "trials": 4,
    "runs": 4, "walkers": 100, "cells": diagrams.one_epoch(3), "turns": 2, "tilt": 0.1, "spread": 1.0,
    "criterion": diagrams.Takeuchi(1.0, 10), "atoms": [1.0, -1.0], "probabilities": [0.5, 0.5],
    "hessian": np.eye(1), "covariance": np.eye(1), "skewness": np.ones((1, 1, 1)),
    "samples": torch.ones(2, 3, 4).double(), "partition": (0, 1), "lrs": numbers(0.1, 0.2),
    "sharpness": numbers(1.0, 2.0), "coefficients": (1.0, 2.0, 3.0), "orders": [[0, 1], [1, 0]], "probes": 3,
    "repetitions": 3, "others": torch.tensor([0, 1]), "ax": AX, "placed": [], "momentum": 0.5, "last": 2,
}  # fmt: skip
# For one function, where its own differ.
OWN = {
    "Atoms": {"population": NET},
    "Cells": {"examples": 2, "seen": ((0,), (1,))},
    "CovariancePenalized": {"landscape": TRAINING, "weight": 0.1},
    "Diagram": {"parents": TREE.parents, "parts": TREE.parts},
    "LinearModel": {"features": LINEAR.features, "targets": LINEAR.targets},
    "LocalMoments": {name: getattr(MOMENTS, name) for name in (
        "loss", "gradient", "hessian", "jerk", "covariance", "coupling", "skewness")},
    "Minimum": {"hessian": numbers(1.0)[None], "atoms": numbers(1.0, -1.0)[:, None],
                "probabilities": numbers(0.5, 0.5), "jerk": None, "quartic": None},
    "ModulePopulation": {name: getattr(NET, name) for name in ("module", "inputs", "targets", "criterion")},
    "Polynomial": {"dim": 1, "terms": (((1,), Fraction(1)),)},
    "PolynomialLandscape": {"probabilities": EXACT.probabilities, "losses": EXACT.losses},
    "PolynomialPopulation": {
        name: getattr(POPULATION, name) for name in ("probabilities", "coefficients", "exponents")},
    "ScheduledSteps": {"factors": (1, 2)},
    "SwingLandscape": {"dim": 1, "height": lambda t: t[..., 0] ** 2, "swing": lambda t: t[..., 0]},
    "TrainingSet": {"source": diagrams.gauss(), "noise": numbers(0.3, -0.2)},
    "covariance_trace_gradient": {"examples": torch.tensor([0, 1])},
    "cubic_response": {"jerk": np.ones((1, 1, 1))},
    "cumulant_tensors": {"landscape": EXACT, "theta": EXACT_START},
    "draw_cells": {"cells": diagrams.Cells(2, ((0,), (1,)))},
    "drawn_cells": {"examples": 2, "batch_size": 1},
    "exact_enumeration": {"landscape": EXACT, "theta": EXACT_START, "schedule": diagrams.one_epoch(2)},
    "exact_value": {"landscape": EXACT, "theta": EXACT_START},
    "exact_values": {"landscape": EXACT, "theta": EXACT_START},
    "gauss_loss_after_a_step": {"start": 0.0},
    "gram_values": {"theta": numbers(0.0, 0.0)},
    "helix_climb": {"steps": 3, "burn": 2},
    "imitation_of": {"landscape": TRAINING},
    "linear_runs": {"theta": numbers(0.0, 0.0)},
    "loss_variance": {"landscape": POPULATION},
    "losses_over_every_set": {"examples": 2},
    "mean_loss": {"theta": numbers(0.1, 0.2, 0.3)[:, None]},
    "means_over_every_run": {"schedule": diagrams.one_epoch(2)},
    "minimum_loss_above_diffusion": {"moments": LEAST},
    "predict": {"landscape": POPULATION},
    "ring_place": {"theta": numbers(1.0, 0.0, 0.0)},
    "stationary_terms": {"derivatives": diagrams.derivatives_of(LINEAR, numbers(0.0, 0.0))},
    "tuned_excess": {"trials": 5, "steps": 3},
    "valley_floor": {"curvature": 1, "jerk": 1, "noise": [1, -1], "probabilities": [Fraction(1, 2)] * 2},
    "valley_velocity": {"moments": FLAT},
}  # fmt: skip
# What functions give; protocols and rooms.
NO_FUNCTIONS = {
    "Climb", "CubicResponse", "Embedding", "Estimate", "Losses", "MeanLosses", "Population", "Prediction",
    "ResummedTerm", "Term", "Tuned", "WORST_OVERFITTING", "WORST_SHARPNESS",
}  # fmt: skip


def arguments(name):
    """Arguments of a public function or class, by name, with which it runs."""
    given = {}
    for parameter in inspect.signature(getattr(diagrams, name)).parameters.values():
        if "Generator" in str(parameter.annotation):
            given[parameter.name] = FRESH
        elif parameter.name in OWN.get(name, {}):
            given[parameter.name] = OWN[name][parameter.name]
        elif parameter.default is parameter.empty or parameter.name in ("start", "theta", "schedule"):
            given[parameter.name] = USUAL[parameter.name]
        else:
            given[parameter.name] = parameter.default
    return given


def call(function, given):
    """The function's answer, with fresh sources of numbers."""
    return function(**{name: generator(0, "x") if v is FRESH else v for name, v in given.items()})


NAMES = [
    name for name in diagrams.__all__
    if name not in NO_FUNCTIONS and not inspect.ismodule(getattr(diagrams, name))
]  # fmt: skip
