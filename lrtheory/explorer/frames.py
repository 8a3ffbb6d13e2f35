"""One frame of an explorer, drawn on a bare Agg canvas and encoded; nothing here knows pages or widgets."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from lrtheory.legible import drawn_troubles, recorder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

WIDTH = 640  # CSS pixels across a frame
DENSITY = 2  # device pixels for one CSS pixel
_NO_GROUND = {"figure.facecolor": "none", "axes.facecolor": "none"}  # the page's own ground shows through
_ALPHA_STEP = 17  # 16 levels of edge smoothing instead of 256: a third lighter, and not to be seen
_HEAVY = 60_000  # bytes from which a lossy frame is tried as well
_QUALITY = 90  # of that lossy frame


@dataclass(frozen=True)
class Frame:
    """What an explorer shows at one setting of its controls.

    Attributes:
        pixels: shape (height, width, 4), red, green, blue, alpha, uint8, on a transparent ground.
        troubles: what is hard to read in the picture, as `lrtheory.legible` finds it.
        state: the setting in words ("learning rate 0.3").
        numbers: pairs of a name and a value, both texts; the name is empty for a bare sentence.
        about: the picture in words, the same for every frame.
    """

    pixels: NDArray[np.uint8]
    troubles: tuple[str, ...]
    state: str
    numbers: tuple[tuple[str, str], ...]
    about: str

    @property
    def readout(self) -> str:
        """The numbers as one line of text."""
        return ", ".join(f"{name} {value}".strip() for name, value in self.numbers)

    @property
    def caption(self) -> str:
        """The setting and the numbers as one sentence."""
        sentence = f"{self.state}: {self.readout}" if self.numbers else self.state
        return f"{sentence[0].upper()}{sentence[1:]}."

    @property
    def alt(self) -> str:
        """What a reader who does not see the picture is told."""
        return f"{self.about} {self.caption}"

    def webp(self) -> bytes:
        """The picture as WebP on a transparent ground: exact colors, unless lossy is lighter."""
        import numpy as np
        from PIL import Image

        levels = (np.arange(256) + _ALPHA_STEP // 2) // _ALPHA_STEP * _ALPHA_STEP
        pixels = self.pixels.copy()
        pixels[..., 3] = levels.astype(np.uint8)[pixels[..., 3]]
        image = Image.fromarray(pixels)
        exact = _encoded(image, format="WEBP", lossless=True, quality=75, method=4)
        if len(exact) <= _HEAVY:
            return exact
        return min(exact, _encoded(image, format="WEBP", quality=_QUALITY, method=4), key=len)

    def png(self) -> bytes:
        """The picture as PNG on a white ground, for notebooks and for paper."""
        from PIL import Image

        image = Image.fromarray(self.pixels)
        over_white = Image.new("RGB", image.size, "white")
        over_white.paste(image, mask=image)
        return _encoded(over_white, format="PNG")


def drawn(
    plot: Callable[[Any, Any], object],
    arrays: Mapping[str, Any],
    *,
    figsize: tuple[float, float],
    subplots: Mapping[str, Any],
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels that ``plot`` draws, the same for the same arrays whatever the notebook's settings.

    Args:
        plot: called with what ``Figure.subplots`` returns, and the arrays.
        arrays: what ``compute`` returned.
        figsize: in inches; the frame is 640 CSS pixels wide, so a smaller size means larger letters.
        subplots: options of ``Figure.subplots``.

    Returns:
        Pixels, shape (height, 1280, 4), uint8; and what is hard to read in them.

    Raises:
        ValueError: plot drew nothing on the axes it was given.
    """
    import matplotlib.style
    import numpy as np
    from matplotlib.figure import Figure

    from lrtheory.plotting import book_style

    with matplotlib.style.context({**book_style(), **_NO_GROUND}, after_reset=True):
        figure = Figure(figsize=figsize, dpi=DENSITY * WIDTH / figsize[0], layout="constrained")
        canvas = _canvas()(figure)
        axes = figure.subplots(**subplots)
        plot(axes, arrays)
        if not any(ax.has_data() or ax.texts for ax in figure.axes):
            raise ValueError("plot drew nothing; draw on the axes it is given, not with pyplot")
        renderer = canvas.get_renderer()
        renderer.written.clear()
        canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy(), drawn_troubles(figure, renderer)


@cache
def _canvas() -> Any:
    """A canvas whose frames of one size share a renderer, and with it the formulas that it has set.

    Setting the formulas of ticks and labels anew took up to half of the time of a frame.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    shared = lru_cache(maxsize=2)(recorder())

    class Canvas(FigureCanvasAgg):
        def get_renderer(self) -> Any:
            return shared(*self.get_width_height(physical=True), self.figure.dpi)

    return Canvas


def _encoded(image: Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()
