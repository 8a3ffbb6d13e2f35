"""Trees, diagrams and their enumeration: canonical forms, symmetries, kinds and numbers."""

import json
from math import factorial
from pathlib import Path
from random import Random

import numpy as np
import pytest

from lrtheory.diagrams.diagram.crossing import value_key
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, set_partitions, with_fresh_noise
from lrtheory.diagrams.diagram.trees import automorphisms, canonical_order, rooted_trees

ORACLE = json.loads((Path(__file__).parents[1] / "coefficients.json").read_text())
BELL = (1, 1, 2, 5, 15, 52, 203)


def test_trees_are_as_many_as_known():
    assert [len(rooted_trees(edges)) for edges in range(8)] == [1, 1, 2, 4, 9, 20, 48, 115]


@pytest.mark.parametrize("edges", range(7))
def test_trees_are_canonical_and_their_labelings_are_cayleys(edges):
    """The labeled rooted trees on n nodes, n! / |Aut| for each tree, are n^(n - 1) in all."""
    nodes, labeled = edges + 1, 0
    for tree in rooted_trees(edges):
        assert canonical_order(tree) == (tree, tuple(range(nodes)))
        labeled += factorial(nodes) // len(automorphisms(tree))
    assert labeled == nodes ** (nodes - 1)


@pytest.mark.parametrize("tree", [tree for edges in range(6) for tree in rooted_trees(edges)])
def test_automorphisms_keep_every_edge_and_the_identity_is_first(tree):
    group = automorphisms(tree)
    assert group[0].tolist() == list(range(len(tree)))
    assert len({tuple(row) for row in group.tolist()}) == len(group)
    for row in group.tolist():
        assert all(tree[row[node]] == (row[up] if up >= 0 else -1) for node, up in enumerate(tree))


@pytest.mark.parametrize(
    ("observable", "numbers"),
    [
        ("test", (1, 1, 4, 17, 101, 700)),
        ("gap", (0, 1, 5, 31, 228, 1933)),
        ("displacement", (1, 1, 2, 9, 48, 329)),
    ],
)
def test_diagrams_are_as_many_as_known(observable, numbers):
    assert tuple(len(enumerate_diagrams(order, observable)) for order in range(6)) == numbers


def test_kinds_of_diagrams_are_as_many_as_known():
    kinds = {"path": [], "linkless": [], "both": [], "untied": []}
    for order in range(6):
        diagrams = enumerate_diagrams(order)
        kinds["path"].append(sum(d.path_condition for d in diagrams))
        kinds["linkless"].append(sum(d.linkless for d in diagrams))
        kinds["both"].append(sum(d.linkless and d.path_condition for d in diagrams))
        kinds["untied"].append(sum(not d.ties for d in diagrams))
    assert kinds == {
        "path": [1, 1, 3, 9, 37, 166],
        "linkless": [1, 1, 3, 12, 65, 423],
        "both": [1, 1, 2, 6, 21, 85],
        "untied": [1, 1, 2, 4, 9, 20],
    }


def test_diagrams_of_train_type_are_those_of_the_displacement_one_order_up():
    for order in range(5):
        assert len(enumerate_diagrams(order, "train")) == len(enumerate_diagrams(order + 1, "displacement"))


def test_values_are_fewer_than_diagrams_by_crossing_symmetry():
    for order, (all_of_them, embedding) in enumerate(zip((1, 1, 3, 12, 62), (1, 1, 2, 6, 21), strict=True)):
        diagrams = enumerate_diagrams(order)
        assert len({value_key(d) for d in diagrams}) == all_of_them
        assert len({value_key(d) for d in diagrams if d.path_condition}) == embedding


@pytest.mark.parametrize("order", range(6))
def test_symmetries_divide_the_tied_trees_into_classes(order):
    """Orbit and stabilizer: |Aut(tree)| / |Aut(diagram)| adds up to the number of ways to tie the nodes."""
    for observable, bell in (("test", BELL[order]), ("train", BELL[order + 1])):
        for tree in rooted_trees(order):
            aut = len(automorphisms(tree))
            classes = [aut // d.aut for d in enumerate_diagrams(order, observable) if d.parents == tree]
            assert sum(classes) == bell


def test_symmetries_leave_tree_and_parts_alone():
    for diagram in (
        *enumerate_diagrams(4, "train"),
        *with_fresh_noise(Diagram.parse("(01-23-4)(04-14-24-34)")),
    ):
        for row in diagram.symmetries.tolist():
            moved = [diagram.parts[node] for node in row]
            assert np.array_equal(*(np.equal.outer(p, p) for p in (moved, diagram.parts)))
            assert all(
                (moved[n] in diagram.fresh) == (diagram.parts[n] in diagram.fresh) for n in range(len(row))
            )


def test_every_diagram_is_the_tabulated_one():
    found = {}
    for order in range(5):
        for d in enumerate_diagrams(order, "train"):
            found[d.name] = (order, d.aut, d.linkless, d.path_condition, d.root_tied)
    keys = ("order", "aut", "linkless", "path_condition", "root_tied")
    assert found == {row["name"]: tuple(row[key] for key in keys) for row in ORACLE}
    assert all(Diagram.of(row["parent"], row["part"]).name == row["name"] for row in ORACLE)


def test_names_are_read_back():
    for order in range(6):
        for diagram in enumerate_diagrams(order, "train" if order < 5 else "test"):
            assert Diagram.parse(diagram.name) == diagram
            assert str(diagram) == diagram.name
            for noisy in with_fresh_noise(diagram) if order < 4 else ():
                assert Diagram.parse(noisy.name) == noisy


@pytest.mark.parametrize(
    ("name", "members", "links"),
    [
        ("(01-2)(02-12)", ((0,), (1, 2)), ()),
        ("(0-1-2)(01-12)", ((0,), (1,), (2,)), (1,)),
        ("(01-2)(01-12)", ((0,), (1, 2)), ()),
        ("(0-12)(02-12)", ((0, 1), (2,)), ()),
    ],
)
def test_parts_and_links_are_read_off_the_drawing(name, members, links):
    diagram = Diagram.parse(name)
    assert sorted(map(len, diagram.members)) == sorted(map(len, members))
    assert diagram.links == links
    assert diagram.ties == tuple(part for part in diagram.members if len(part) > 1)


def test_a_diagram_does_not_depend_on_how_its_nodes_and_parts_are_called():
    random = Random(5)
    for diagram in [
        d for order in (3, 4) for t in enumerate_diagrams(order, "train") for d in with_fresh_noise(t)
    ]:
        nodes = list(range(len(diagram.parents)))
        order = random.sample(nodes, len(nodes))  # place i holds the node order[i]
        parents = [order.index(diagram.parents[node]) if node else -1 for node in order]
        parts = [f"part {diagram.parts[node]}" for node in order]
        fresh = [f"part {label}" for label in diagram.fresh]
        assert Diagram.of(parents, parts, fresh=fresh) == diagram


def test_fresh_noise_and_shared_examples_make_different_diagrams():
    row, cell = (Diagram.parse(name) for name in ("(01-2)(02-12)", "(01*-2)(02-12)"))
    assert row != cell
    assert cell.fresh == {1}
    both = with_fresh_noise(Diagram.parse("(01-23-4)(04-14-24-34)"))
    assert sorted(d.aut for d in both) == [4, 8, 8]


def test_set_partitions_are_in_order_of_appearance():
    for size in range(1, 7):
        rows = set_partitions(size)
        assert len(rows) == BELL[size]
        assert all(row[i] <= max(row[:i], default=-1) + 1 for row in rows.tolist() for i in range(size))


def test_what_is_no_diagram_is_refused():
    with pytest.raises(ValueError, match=r"parents must hold one -1 \(the root\) and nodes below 2"):
        Diagram.of([-1, -1], [0, 1])
    with pytest.raises(ValueError, match="parents must lead to the root, node 1 goes in a circle"):
        Diagram.of([-1, 2, 1], [0, 1, 2])
    with pytest.raises(ValueError, match="parts must name the part of each of 2 nodes, got 1"):
        Diagram.of([-1, 0], [0])
    for fresh, parts in ((0, [0, 0, 1]), (1, [0, 1, 2]), (7, [0, 1, 1])):
        with pytest.raises(ValueError, match=f"never the root; got part {fresh}"):
            Diagram.of([-1, 0, 0], parts, fresh=[fresh])
    with pytest.raises(ValueError, match=r"a diagram's name reads like '\(01-2\)\(02-12\)'.* got '01-2'"):
        Diagram.parse("01-2")
    with pytest.raises(ValueError, match="must hold 0 to its largest number once each"):
        Diagram.parse("(01-3)(03-13)")
    with pytest.raises(ValueError, match="a tree on 3 nodes has 2 edges of two digits"):
        Diagram.parse("(01-2)(02)")
    with pytest.raises(ValueError, match="the edges of a diagram must join all its nodes"):
        Diagram.parse("(0-1-2-3)(01-01-23)")
    with pytest.raises(ValueError, match="a diagram of order 10 has no text name"):
        _ = Diagram.of([-1, *range(10)], range(11)).name


def test_orders_and_observables_out_of_range_are_refused():
    for order in (-1, 1.5):
        with pytest.raises(
            ValueError, match=f"order must be a whole number of edges, 0 or more, got {order}"
        ):
            enumerate_diagrams(order)
    with pytest.raises(ValueError, match="order must be at most 7, got 8"):
        enumerate_diagrams(8)
    with pytest.raises(ValueError, match=r"observable must be one of test, train, .* got 'loss'"):
        enumerate_diagrams(2, "loss")
