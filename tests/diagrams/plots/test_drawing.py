"""A drawing is its diagram: a dot a node, a line an edge, a band a tie, a shaded cell where active."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle

from lrtheory.diagrams import (
    Cells,
    Diagram,
    Epochs,
    draw,
    draw_sheet,
    embeddings,
    enumerate_diagrams,
    one_epoch,
)
from lrtheory.diagrams.plots.drawing import tidy_places


def axes():
    return Figure().add_subplot()


def bands(ax):
    return [patch for patch in ax.patches if isinstance(patch, PathPatch)]


def lines(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


@pytest.mark.parametrize("diagram", [d for k in range(4) for d in enumerate_diagrams(k, "train")], ids=str)
def test_a_diagram_has_a_dot_for_each_node_a_line_for_each_edge_a_band_for_each_tie(diagram):
    ax = draw(diagram, ax=axes())
    assert len(lines(ax, "o")) == diagram.order + 1
    assert len(lines(ax, "None")) == diagram.order
    assert len(bands(ax)) == len(diagram.ties)


@pytest.mark.parametrize("diagram", enumerate_diagrams(4), ids=str)
def test_time_runs_to_the_right_and_no_two_nodes_share_a_place(diagram):
    places = tidy_places(diagram)
    assert len(set(places)) == len(places)
    assert all(places[node][0] < places[up][0] for node, up in enumerate(diagram.parents) if up >= 0)


def test_a_band_bends_around_a_node_that_is_not_tied():
    straight, bent = (
        bands(draw(Diagram.parse(name), ax=axes()))[0] for name in ("(01-2)(01-12)", "(02-1-3)(01-12-23)")
    )
    assert len({y for _, y in straight.get_path().vertices}) == 1
    assert len({round(y, 6) for _, y in bent.get_path().vertices}) > 1


@pytest.mark.parametrize(
    "schedule", [one_epoch(3), Epochs(4, batch_size=2, epochs=2), Cells(2, ((0,), (0, 1)))]
)
def test_an_embedding_is_drawn_in_its_cells_among_the_active_ones(schedule):
    diagram = Diagram.parse("(01-2)(02-12)")
    placed = embeddings(diagram, schedule)[0]
    ax = draw(diagram, schedule, placed, ax=axes())
    cells = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(cells) == schedule.examples * schedule.steps
    shades = {mpl.colors.to_hex(patch.get_facecolor()) for patch in cells}
    assert len(shades) == 2
    dots = [(round(float(line.get_xdata()[0])), float(line.get_ydata()[0])) for line in lines(ax, "o")]
    for row, step in placed.cells[1:]:
        assert any(x == step and abs(y - row) < 0.46 for x, y in dots)
    assert max(x for x, _ in dots) == schedule.steps


def test_a_tied_root_stands_in_the_row_of_its_example():
    diagram = Diagram.parse("(01)(01)")
    placed = embeddings(diagram, one_epoch(3))
    for each in placed:
        root = lines(draw(diagram, one_epoch(3), each, ax=axes()), "o")[0]
        assert float(root.get_ydata()[0]) == each.cells[1][0]


def test_an_embedding_without_its_schedule_is_refused():
    diagram = Diagram.parse("(0-1)(01)")
    with pytest.raises(ValueError, match=r"pass draw\(diagram, schedule, embedding\)"):
        draw(diagram, None, embeddings(diagram, one_epoch(2))[0], ax=axes())


def test_a_sheet_has_a_space_time_for_every_embedding_and_none_overlap():
    diagram, schedule = Diagram.parse("(0-1-2)(02-12)"), Epochs(2, epochs=2)
    placed, ax = embeddings(diagram, schedule), axes()
    draw_sheet(ax, diagram, schedule, placed, columns=3)
    corners = {patch.get_xy() for patch in ax.patches if isinstance(patch, Rectangle)}
    assert len(placed) == 10
    assert len(corners) == 10 * 2 * schedule.steps
    assert len(lines(ax, "o")) == 10 * 3


def test_an_edge_that_would_run_through_a_third_node_becomes_an_arc():
    diagram, schedule = Diagram.parse("(0-1-2)(02-12)"), Epochs(2, epochs=2)
    in_a_row = next(
        e for e in embeddings(diagram, schedule) if e.cells[1][0] == e.cells[2][0] and e.symmetries == 1
    )
    drawn = lines(draw(diagram, schedule, in_a_row, ax=axes()), "None")
    assert sorted(len(line.get_xdata()) for line in drawn) == [2, 21]
