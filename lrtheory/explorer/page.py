"""The static face of an explorer: every frame, its numbers and a small player, as one fragment of HTML."""

from __future__ import annotations

import base64
import json
import warnings
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from lrtheory.explorer.controls import Control, Slider
from lrtheory.explorer.frames import DENSITY, WIDTH, Frame

if TYPE_CHECKING:
    from lrtheory.explorer.explorer import Explorer

MAX_BYTES = 1_500_000


def page(explorer: Explorer) -> str:
    """The player as a fragment that needs nothing but a browser, from a server or from a file.

    Equal frames are held once; the first frame is held in the picture itself, so that it shows
    without scripts and on paper.

    Raises:
        ValueError: the fragment is heavier than 1.5 MB.

    Warns:
        UserWarning: what is hard to read in a frame.
    """
    frames = [
        explorer.first if setting == explorer.start else explorer.at(**setting)
        for setting in explorer.settings()
    ]
    for trouble in dict.fromkeys(trouble for frame in frames for trouble in frame.troubles):
        warnings.warn(f"hard to read in {explorer.label!r}: {trouble}", stacklevel=2)
    images = [base64.b64encode(frame.webp()).decode() for frame in frames]
    controls = tuple(explorer.controls.values())
    first = next(image for frame, image in zip(frames, images, strict=True) if frame is explorer.first)
    fragment = Template(_part("player.html")).substitute(
        label=escape(explorer.label),
        look_for=escape(explorer.look_for),
        image=first,
        alt=escape(explorer.first.alt),
        width=WIDTH,
        height=explorer.first.pixels.shape[0] // DENSITY,
        caption=escape(explorer.first.caption),
        controls="\n".join(_control(control, first=_plays(control, controls)) for control in controls),
        data=_data(explorer, frames, images, held=first),
        style=_part("player.css"),
        script=_part("player.js"),
    )
    weight = len(fragment.encode())
    if weight > MAX_BYTES:
        raise ValueError(
            f"the player must be at most {MAX_BYTES / 1e6:.1f} MB, got {weight / 1e6:.1f} MB "
            f"in {len(frames)} frames; give fewer values, or draw fewer points or a coarser image"
        )
    return fragment


def _part(name: str) -> str:
    return files("lrtheory.explorer").joinpath(name).read_text("utf-8").strip()


def _plays(control: Control, controls: tuple[Control, ...]) -> bool:
    return control is next((each for each in controls if isinstance(each, Slider)), None)


def _data(explorer: Explorer, frames: list[Frame], images: list[str], *, held: str) -> str:
    """What the script reads, as JSON that cannot end its own script element.

    The image that the fragment holds already is left out (null).
    """
    unique = list(dict.fromkeys(images))
    data: dict[str, Any] = {
        "about": explorer.alt,
        "labels": [control.label for control in explorer.controls.values()],
        "texts": [[control.text(value) for value in control.grid] for control in explorer.controls.values()],
        "start": [control.start_index for control in explorer.controls.values()],
        "numbers": [frame.numbers for frame in frames],
        "picture": [unique.index(image) for image in images],
        "images": [None if image == held else image for image in unique],
    }
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def _control(control: Control, *, first: bool) -> str:
    name = f'<label class="lr-name">{escape(control.label)}</label>'
    if isinstance(control, Slider):
        play = '<button type="button" class="lr-play"></button>' if first else ""
        return (
            f'<div class="lr-control">{name}<output class="lr-value"></output>'
            f'<div class="lr-row">{play}<input type="range" class="lr-range" min="0" '
            f'max="{len(control.grid) - 1}" step="1" autocomplete="off"></div></div>'
        )
    options = "".join(f"<option>{escape(control.text(option))}</option>" for option in control.grid)
    return (
        f'<div class="lr-control">{name}<div class="lr-row">'
        f'<select class="lr-select" autocomplete="off">{options}</select></div></div>'
    )
