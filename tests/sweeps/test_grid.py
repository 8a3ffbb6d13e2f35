"""Grids and plans: which points there are, what each runs with, what is refused before anything runs."""

import numpy as np
import pytest

from lrtheory.seeds import stream_seed
from lrtheory.sweeps.grid import checked_grid
from lrtheory.sweeps.plan import plan_from_json, planned


def test_the_last_name_changes_fastest(toy):
    grid = checked_grid(toy.orbit, {"steps": [1, 2, 3], "lr": np.array([0.25, 0.5])})
    assert (grid.shape, grid.size) == ((3, 2), 6)
    points = [grid.point(index) for index in range(6)]
    assert points[:3] == [{"steps": 1, "lr": 0.25}, {"steps": 1, "lr": 0.5}, {"steps": 2, "lr": 0.25}]
    assert [list(np.unravel_index(k, grid.shape)) for k in range(6)] == [
        [(p["steps"] - 1), int(p["lr"] == 0.5)] for p in points
    ]


def test_values_are_stored_in_the_form_of_the_experiment(toy):
    grid = checked_grid(toy.orbit, {"lr": [1, 2], "rates": [[1, 2], [0.5]], "steps": range(2)})
    assert grid.values == ((1.0, 2.0), ((1.0, 2.0), (0.5,)), (0, 1))
    assert all(isinstance(value, float) for value in grid.values[0])


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({}, "grid must name a parameter"),
        ({"lr": []}, "grid must give at least one value of 'lr', got none"),
        ({"lr": "0.1"}, "grid must give a list of values of 'lr', got '0.1'"),
        ({"lr": 0.1}, "grid must give a list of values of 'lr', got 0.1"),
        ({"lr": [0.1, 0.2, 0.1]}, "grid must give each value once, got 0.1 of 'lr' twice"),
        ({"lr": [1, 1.0]}, "grid must give each value once, got 1.0 of 'lr' twice"),
        ({"rate": [0.1]}, "orbit has no parameter 'rate'; it has lr=0.1"),
        ({"lr": [float("nan")]}, "parameter 'lr' must be a JSON value"),
        ({"lr": ["a", 0.1, "b", None, "c"]}, r"got 'a'; .*; 4 values are refused: 'a', 'b', None, \.\.\."),
        ({"steps": range(5000), "lr": np.arange(5000)}, "at most 10000000 points, got 25000000; split"),
    ],
)
def test_a_bad_grid_is_refused(toy, grid, message):
    with pytest.raises(ValueError, match=message):
        checked_grid(toy.orbit, grid)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fixed": {"lr": 0.2}}, "parameter 'lr' is in the grid and fixed; leave one of them out"),
        ({"fixed": {"step": 2}}, "has no parameter 'step'"),
        ({"fixed": {"steps": "two"}}, "parameter 'steps' of .* must be of the type of 5"),
        ({"seed": -1}, "seed must be a non-negative integer, got -1"),
        ({"seed": 1, "fixed": {"seed": 2}}, "do not set 'seed' beside it"),
    ],
)
def test_fixed_parameters_and_seeds_that_do_not_fit_are_refused(toy, given, message):
    with pytest.raises(ValueError, match=message):
        planned(toy.orbit, {"lr": [0.1]}, **given)


def test_a_seed_needs_room(toy):
    with pytest.raises(ValueError, match="seedless has no parameter 'seed'; leave out seed=1"):
        planned(toy.seedless, {"lr": [0.1]}, seed=1)
    with pytest.raises(ValueError, match="do not set 'seed' beside it"):
        planned(toy.orbit, {"seed": [0, 1]}, seed=1)


def test_every_point_has_a_seed_of_its_own_that_hangs_on_its_values_alone(toy):
    coarse = planned(toy.orbit, {"lr": [0.1, 0.2], "steps": [1, 2]}, seed=3)
    fine = planned(toy.orbit, {"steps": [2, 1, 5], "lr": [0.2, 0.15, 0.1]}, {"label": "x"}, seed=3)
    seeds = {}
    for plan in (coarse, fine):
        for index in range(plan.grid.size):
            given = plan.parameters(index)
            seeds.setdefault((given["lr"], given["steps"]), set()).add(given["seed"])
    assert len(seeds) == 9 and all(len(each) == 1 for each in seeds.values())
    assert len({seed for each in seeds.values() for seed in each}) == 9
    assert seeds[0.1, 2] == {stream_seed(3, "sweep", '{"lr":0.1,"steps":2}')}
    other = planned(toy.orbit, {"lr": [0.1, 0.2], "steps": [1, 2]}, seed=4)
    assert all(coarse.parameters(k)["seed"] != other.parameters(k)["seed"] for k in range(4))


def test_a_seed_in_the_grid_or_fixed_is_taken_as_it_is(toy):
    assert planned(toy.orbit, {"seed": [7, 8]}).parameters(1)["seed"] == 8
    assert planned(toy.orbit, {"lr": [0.1]}, {"seed": 5}).parameters(0)["seed"] == 5
    assert planned(toy.orbit, {"lr": [0.1]}).parameters(0)["seed"] == 0


def test_a_name_tells_sweeps_apart(toy):
    plans = [
        planned(toy.orbit, {"lr": [0.1, 0.2]}),
        planned(toy.orbit, {"lr": [0.2, 0.1]}),
        planned(toy.orbit, {"lr": [0.1, 0.2], "steps": [5]}),
        planned(toy.orbit, {"lr": [0.1, 0.2]}, {"steps": 6}),
        planned(toy.orbit, {"lr": [0.1, 0.2]}, seed=0),
        planned(toy.orbit, {"lr": [0.1, 0.2]}, {"device": "cuda"}),
    ]
    assert len({plan.stem for plan in plans}) == len(plans)
    assert plans[0].stem == planned(toy.orbit, {"lr": (0.1, 0.2)}, {"steps": 5}).stem


def test_a_plan_comes_back_from_its_json(toy):
    import json

    plan = planned(toy.orbit, {"rates": [(0.1, 0.2), (0.3,)], "lr": [1]}, {"label": "x"}, seed=2)
    back = plan_from_json(json.loads(json.dumps(plan.as_json())))
    assert back == plan and back.stem == plan.stem
