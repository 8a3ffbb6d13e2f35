"""The live face of an explorer: ipywidgets that recompute the frame while the reader turns the knob."""

from __future__ import annotations

import math
import re
import traceback
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from lrtheory.explorer.controls import Control, Slider, Value
from lrtheory.explorer.frames import WIDTH

if TYPE_CHECKING:
    from lrtheory.explorer.explorer import Explorer

_FINER = 10  # steps of a live slider for one step of the page's grid
_WIDE = {"width": "100%", "max_width": f"{WIDTH}px"}


def live(explorer: Explorer) -> widgets.VBox:
    """A box of title, picture, controls and numbers; its picture follows the controls.

    A failure of compute, plot or numbers is written where the numbers were, and the picture, which
    no longer belongs to the setting, is hidden until a setting works again.
    """
    picture = widgets.Image(value=explorer.first.png(), format="png", layout=_WIDE)
    line = widgets.HTML(_line(escape(explorer.first.caption)))
    knobs = {name: _knob(control) for name, control in explorer.controls.items()}

    def redraw(_: object) -> None:
        try:
            frame = explorer.at(**{name: knob.value for name, knob in knobs.items()})
        except Exception as error:
            picture.layout.visibility = "hidden"
            line.value = _failure(error)
            return
        picture.value = frame.png()
        picture.layout.visibility = "visible"
        line.value = _line(escape(frame.caption))

    for knob in knobs.values():
        knob.observe(redraw, "value")
    title = widgets.HTML(_line(f"<b>{escape(explorer.label)}</b>"))
    look = widgets.HTML(_line(f"<b>Look for:</b> {escape(explorer.look_for)}"))
    return widgets.VBox([title, picture, *knobs.values(), line, look], layout=_WIDE)


def _knob(control: Control) -> Any:
    options: dict[str, Any] = {
        "description": control.label,
        "style": {"description_width": "initial"},
        "layout": {"width": "auto"},
        "value": control.grid[control.start_index],
    }
    if not isinstance(control, Slider):
        return widgets.Dropdown(options=_named(control), **options)
    low, high = control.grid[0], control.grid[-1]
    spacing = control.spacing
    if spacing == "listed":
        return widgets.SelectionSlider(options=_named(control), **options)
    if control.whole:
        step = control.grid[1] - low
        return widgets.IntSlider(min=low, max=high, step=step, **options)
    options["readout_format"] = _readout(control)
    steps = _FINER * (len(control.grid) - 1)
    if spacing == "linear":
        return widgets.FloatSlider(min=low, max=high, step=(high - low) / steps, **options)
    low, high = math.log10(low), math.log10(high)
    return widgets.FloatLogSlider(min=low, max=high, step=(high - low) / steps, **options)


def _named(control: Control) -> list[tuple[str, Value]]:
    return [(control.text(value), value) for value in control.grid]


def _readout(control: Slider) -> str:
    """The format of the number beside a live slider: one digit more than the page, where it is plain."""
    plain = re.fullmatch(r"\.(\d+)([efg])", control.format or "")
    return f".{int(plain[1]) + 1}{plain[2]}" if plain else ".4g"


def _line(html: str) -> str:
    return f'<div style="line-height: 1.45; font-variant-numeric: tabular-nums">{html}</div>'


def _failure(error: Exception) -> str:
    whole = "".join(traceback.format_exception(error.__cause__ or error))
    return (
        f'<div role="alert" style="line-height: 1.45; color: #b3261e">{escape(str(error))}</div>'
        "<details><summary>Traceback</summary>"
        f'<pre style="white-space: pre-wrap">{escape(whole)}</pre></details>'
    )
