"""The examples in docstrings run and give what they say; every prediction shows one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from lrtheory import learning_order

MODULES = sorted(
    each.name
    for each in pkgutil.walk_packages(learning_order.__path__, "lrtheory.learning_order.")
    if not each.ispkg
)
SHOWING = [name for name in MODULES if name.split(".")[2] == "theory"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", SHOWING)
def test_every_prediction_shows_an_example(name):
    public = [
        each
        for label, each in vars(importlib.import_module(name)).items()
        if inspect.isfunction(each) and each.__module__ == name and not label.startswith(("_", "x_"))
    ]  # x_: the copies that mutmut changes
    assert [each.__name__ for each in public if ">>>" not in (each.__doc__ or "")] == []
