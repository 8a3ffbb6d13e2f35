"""Examples of the spine run, and every function that a face hands out shows one."""

import doctest
import importlib
import inspect

import pytest

from lrtheory.source.faces import FACES, rooms

MODULES = [
    *("descent", "eigenpairs", "landscape", "measure", "plotting", "rules", "sampling", "seeds"),
    *("explorer.explorer", "results.experiments", "sweeps.driver", "sweeps.reading"),
    *("commands.executors", "commands.grid_words"),
    *(f"data.{name}" for name in ("airfoil_runs", "bundled", "sources", "whole")),
    *(f"grading.{name}" for name in ("assignment", "batch", "handout", "judge", "notebook")),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(f"lrtheory.{name}")).failed == 0


def without_example(face):
    """Functions that a face hands out whose docstring shows no example."""
    held = {name: getattr(importlib.import_module(face), name) for room in rooms(face) for name in room.names}
    functions = {name: each for name, each in held.items() if callable(each) and not isinstance(each, type)}
    return {name for name, each in functions.items() if ">>>" not in (inspect.getdoc(each) or "")}


@pytest.mark.parametrize("face", FACES)
def test_every_function_that_a_face_hands_out_shows_an_example(face):
    assert without_example(face) == set()
