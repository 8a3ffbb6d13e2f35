"""What a reader of a figure cannot read: letters too small on a phone, labels that touch. No drawing here."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

PHONE = 333  # CSS pixels across a figure on a phone 375 pixels wide
SMALLEST = 9.0  # CSS pixels: height of the smallest letters there
_SLACK = 0.12  # of a label's height: its box is larger than its ink by at least so much on each side


@cache
def recorder() -> Any:
    """Class of Agg renderers that keep the texts they draw, in ``written``."""
    from matplotlib.backends.backend_agg import RendererAgg

    class Recorder(RendererAgg):
        def __init__(self, width: float, height: float, dpi: float) -> None:
            super().__init__(width, height, dpi)  # type: ignore[no-untyped-call]
            self.written: list[Text] = []

        def draw_text(
            self, gc: Any, x: Any, y: Any, s: Any, prop: Any, angle: Any,
            ismath: Any = False, mtext: Any = None,
        ) -> None:
            if mtext is not None:
                self.written.append(mtext)
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]

    return Recorder


def troubles(figure: Figure) -> tuple[str, ...]:
    """What would be hard to read in a figure, each in a few words; empty if nothing.

    Letters that are lower than 9 CSS pixels where the figure is 333 wide, as on a phone; labels that touch
    each other; lines that mark a place (straight, of two points) and run through a legend. The figure is
    drawn once, on a canvas that is not shown.

    Args:
        figure: a finished figure.
    """
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    renderer = recorder()(width, height, figure.dpi)
    figure.draw(renderer)
    return drawn_troubles(figure, renderer)


def drawn_troubles(figure: Figure, renderer: Any) -> tuple[str, ...]:
    """The same for a figure that a recording renderer has just drawn."""
    texts = [text for text in dict.fromkeys(renderer.written) if text.get_text().strip()]
    return (*_small(texts, figure), *_touching(texts, renderer), *_crossed(figure, renderer))


def _small(texts: Sequence[Text], figure: Figure) -> list[str]:
    inches = float(figure.get_figwidth())
    least = SMALLEST * inches * 72 / PHONE
    smallest = min(texts, key=lambda text: float(text.get_fontsize()), default=None)
    if smallest is None or float(smallest.get_fontsize()) > least - 0.05:
        return []
    height = float(smallest.get_fontsize()) * PHONE / (inches * 72)
    return [
        f"letters {height:.1f} pixels high on a phone, as in {_named(smallest)}: at least {least:.1f} "
        f"points in a figure {inches:g} inches wide, or a narrower figure"
    ]


def _touching(texts: Sequence[Text], renderer: Any) -> list[str]:
    boxes = [(text, _ink(text, renderer)) for text in texts]
    return [
        f"{_named(a)} touches {_named(b)}"
        for (a, one), (b, other) in combinations(boxes, 2)
        if one.overlaps(other)
    ]


def _ink(text: Text, renderer: Any) -> Bbox:
    """About what a label's ink covers, in pixels."""
    less = -_SLACK * float(text.get_fontsize()) * renderer.dpi / 72
    box = text.get_window_extent(renderer)
    return box.padded(max(less, -min(box.width, box.height) / 2.5))


def _crossed(figure: Figure, renderer: Any) -> list[str]:
    """Marker lines through a legend inside of its axes."""
    from matplotlib.transforms import Bbox

    found = []
    for ax in figure.axes:
        legend = ax.get_legend()
        if legend is None:
            continue
        box = Bbox.intersection(legend.get_window_extent(renderer).padded(-3), ax.bbox)  # lines end there
        if box is None:
            continue
        for line in ax.lines:
            path = line.get_transform().transform_path(line.get_path())
            marks = len(path) == 2 and line.get_linestyle() != "None" and _shown(line)
            if marks and path.intersects_bbox(box, filled=False):
                found.append(f"a line runs through the legend of {_named(legend.get_texts()[0])}")
    return found


def _shown(artist: Artist) -> bool:
    return bool(artist.get_visible()) and artist.get_alpha() != 0


def _named(text: Text) -> str:
    words = " ".join(text.get_text().split())
    return repr(words if len(words) <= 30 else f"{words[:27]}...")
