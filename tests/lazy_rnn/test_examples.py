"""The examples in docstrings run and give what they say; every prediction that needs no network shows one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from lrtheory import lazy_rnn

MODULES = sorted(
    each.name for each in pkgutil.walk_packages(lazy_rnn.__path__, "lrtheory.lazy_rnn.") if not each.ispkg
)
NETWORKS = {"network", "regression"}  # what an example of a few lines cannot make
SHOWING = [name for name in MODULES if name.split(".")[2] == "theory"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", SHOWING)
def test_every_prediction_without_a_network_shows_an_example(name):
    module = importlib.import_module(name)
    public = [
        each
        for label, each in vars(module).items()
        if inspect.isfunction(each) and each.__module__ == name and not label.startswith(("_", "x_"))
    ]  # x_: the copies that mutmut changes
    public = [each for each in public if not NETWORKS & set(inspect.signature(each).parameters)]
    assert [each.__name__ for each in public if ">>>" not in (each.__doc__ or "")] == []
