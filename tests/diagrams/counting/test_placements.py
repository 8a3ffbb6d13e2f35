"""Embeddings listed one by one: where their nodes lie, their symmetries, and how many there are."""

from fractions import Fraction
from itertools import product

import pytest

from lrtheory.diagrams.counting.coefficients import coefficient, embedding_count
from lrtheory.diagrams.counting.placements import embeddings
from lrtheory.diagrams.counting.schedules import Cells, Epochs, cells_of, one_epoch
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, with_fresh_noise

UNEVEN = Cells(3, ((0, 1), (2,), (0, 1, 2), (1,)))
CELLS = (Epochs(3, 1, 2), Epochs(4, 2, 1), UNEVEN)


def diagrams_up_to(order):
    return [
        each for k in range(order + 1) for d in enumerate_diagrams(k, "train") for each in with_fresh_noise(d)
    ]


@pytest.mark.parametrize("cells", CELLS)
def test_embeddings_add_up_to_the_number_of_maps_over_the_symmetries(cells):
    for diagram in (*diagrams_up_to(3), *enumerate_diagrams(4)):
        found = embeddings(diagram, cells)
        assert len(set(found)) == len(found)
        total = sum((Fraction(1, each.symmetries) for each in found), Fraction(0))
        assert total == Fraction(embedding_count(diagram, cells), diagram.aut)


@pytest.mark.parametrize("cells", CELLS)
def test_embeddings_keep_to_active_cells_time_and_ties(cells):
    grid = cells if isinstance(cells, Cells) else cells_of(cells)
    for diagram in diagrams_up_to(3):
        for each in embeddings(diagram, cells):
            assert each.cells[0][1] == grid.steps
            assert (each.cells[0][0] == -1) == (not diagram.root_tied)
            for node in range(1, len(each.cells)):
                row, step = each.cells[node]
                assert row in grid.seen[step]
                assert step < each.cells[diagram.parents[node]][1]
            for part, members in enumerate(diagram.members):
                assert len({each.cells[node][0] for node in members}) == 1
                if part in diagram.fresh:
                    assert len({each.cells[node] for node in members}) == 1


def test_embeddings_are_all_maps_up_to_symmetry():
    """Every map of every symmetric diagram, moved by every symmetry, meets one listed embedding."""
    cells = one_epoch(3)
    places = [(row, row) for row in range(3)]
    for diagram in [d for d in diagrams_up_to(3) if d.aut > 1]:
        listed = {each.cells[1:]: each.symmetries for each in embeddings(diagram, cells)}
        met = set()
        for chosen in product(places, repeat=diagram.order):
            at = ((0, 3), *chosen)
            rows = [{at[node][0] for node in part if node} for part in diagram.members]
            if any(len(seen) > 1 for seen in rows):
                continue
            if any(at[n][1] >= at[diagram.parents[n]][1] for n in range(1, len(at))):
                continue
            moved = [tuple(at[node] for node in row[1:]) for row in diagram.symmetries.tolist()]
            known = {each for each in moved if each in listed}
            assert len(known) == 1
            met |= known
            assert listed[known.pop()] == moved.count(chosen)
        assert met == set(listed)


def test_two_untied_leaves_embed_as_pairs_of_cells():
    """On TB cells: C(TB, 2) embeddings without symmetry, and TB with the two leaves in one cell."""
    found = embeddings(Diagram.parse("(0-1-2)(02-12)"), Epochs(4, 2, 3))
    assert [each.symmetries for each in found].count(1) == 12 * 11 // 2
    assert [each.symmetries for each in found].count(2) == 12
    assert found[0].cells == ((-1, 6), (0, 0), (0, 0))
    assert list(found) == sorted(found, key=lambda each: each.cells)


def test_large_numbers_of_cells_keep_apart():
    """A number for each map would not fit a machine word: 1300^6."""
    found = embeddings(Diagram.of([-1] + [0] * 6, [0] + [1] * 6), one_epoch(1300))
    assert len(found) == 1300
    assert {each.symmetries for each in found} == {720}


def test_a_diagram_without_room_has_no_embedding():
    assert embeddings(Diagram.parse("(01-2)(01-12)"), one_epoch(500)) == ()
    (alone,) = embeddings(Diagram.parse("(0)()"), one_epoch(2))
    assert alone.cells == ((-1, 2),)


def test_long_lists_and_drawn_orders_are_refused():
    diagram = Diagram.parse("(0-1-2-3)(03-13-23)")
    with pytest.raises(ValueError, match=r"has 27000 maps into these cells, more than limit=10000"):
        embeddings(diagram, one_epoch(30))
    assert len(embeddings(diagram, one_epoch(30), limit=27_000)) == 4960
    with pytest.raises(ValueError, match="a reshuffled schedule has no one set of cells"):
        embeddings(diagram, Epochs(4, 1, 2, "reshuffled"))


@pytest.mark.parametrize("order", [1, 3, 5])
@pytest.mark.parametrize("sizes", [(7, 11, 9, 8, 5, 3), (1, 13, 2), (17, 19)])
def test_untied_nodes_below_the_root_are_counted_exactly_in_batches_of_many_sizes(order, sizes):
    """Each node weighs 1 / size in each cell of a batch, so 1 a step: the steps to the power of the nodes."""
    nodes, joined = "-".join(map(str, range(order + 1))), "-".join(f"{n}{order}" for n in range(order))
    cells = Cells(max(sizes), tuple(tuple(range(size)) for size in sizes))
    assert coefficient(Diagram.parse(f"({nodes})({joined})"), cells) == len(sizes) ** order
