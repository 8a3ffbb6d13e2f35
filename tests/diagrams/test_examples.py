"""The examples in docstrings run and give what they say."""

import doctest
import importlib
import pkgutil

import pytest

from lrtheory import diagrams

ROOMS = ("models", "diagram", "counting", "values", "series", "exact", "theory", "measures", "plots")
MODULES = sorted(
    each.name
    for each in pkgutil.walk_packages(diagrams.__path__, "lrtheory.diagrams.")
    if not each.ispkg and each.name.split(".")[2] in ROOMS
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
