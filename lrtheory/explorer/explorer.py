"""Explorers: two functions and one or two knobs, alive in a kernel and on a page; no physics here."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from lrtheory.explorer.controls import Choice, Control, Slider, Value
from lrtheory.explorer.frames import WIDTH, Frame, drawn

if TYPE_CHECKING:
    from ipywidgets import Widget  # type: ignore[import-untyped]

__all__ = ["Choice", "Explorer", "Slider", "explore"]

Arrays = Mapping[str, Any]
T = TypeVar("T")

MAX_CONTROLS = 2
MAX_FRAMES = 200
STATIC = "LRTHEORY_STATIC"  # set to 1 by the book's build: the kernel then draws for a page


def explore(
    compute: Callable[..., Arrays],
    plot: Callable[[Any, Any], object],
    *,
    label: str,
    look_for: str,
    alt: str,
    numbers: Callable[[Any], Mapping[str, str] | str] | None = None,
    figsize: tuple[float, float] = (6.0, 3.7),
    subplots: Mapping[str, Any] | None = None,
    **controls: Control,
) -> Explorer:
    """Figure with one or two knobs: a live widget in a kernel, a player on a page, a picture on paper.

    Fix the limits of the axes in ``plot``: an axis that follows the data hides what the knob does.

    Example:
        >>> found = explore(
        ...     lambda lr: {"left": 1 - lr}, lambda ax, arrays: ax.bar([0], [arrays["left"]]),
        ...     label="One step", look_for="less is left.", alt="A bar.", lr=Slider([0.25, 0.5], "rate"),
        ...     numbers=lambda arrays: f"left: {arrays['left']:g}",
        ... )
        >>> found.at(lr=0.5).numbers
        (('', 'left: 0.5'),)

    Args:
        compute: called with one keyword per control; returns arrays and numbers by name, within 0.3 s.
        plot: ``plot(ax, arrays)`` draws them; with ``subplots`` it receives the array of axes.
        label: title of the figure, a few words.
        look_for: one sentence on what turning the knob shows; it follows the words "Look for:".
        alt: the picture in words, for readers who do not see it; the setting is added to it.
        numbers: ``numbers(arrays)`` gives the line of numbers below the picture, as texts by name
            or as one text.
        figsize: width and height in inches; shown 640 pixels wide, so smaller means larger letters.
        subplots: options of ``Figure.subplots``, for several panels: ``{"nrows": 2, "sharex": True}``.
        controls: a ``Slider`` or ``Choice`` for each parameter of ``compute`` that the reader turns;
            at most two, and at most 200 settings together.

    Returns:
        The explorer; as the last value of a cell it shows itself. Its first frame is already drawn, and
        on a static page every frame, so that an error stops the cell instead of spoiling the page.

    Raises:
        ValueError: a text is empty; controls are none, too many, unknown to ``compute`` or too fine;
            the frames together are too heavy for a page.
        RuntimeError: ``compute``, ``plot`` or ``numbers`` failed; the message names the setting.
    """
    explorer = Explorer(
        compute, plot, label, look_for, alt, dict(controls), numbers, figsize, dict(subplots or {})
    )
    _ = explorer.html() if _static() else explorer.first  # drawn now, and kept
    return explorer


@dataclass(frozen=True, eq=False)
class Explorer:
    """What ``explore`` returns; see there."""

    compute: Callable[..., Arrays]
    plot: Callable[[Any, Any], object]
    label: str
    look_for: str
    alt: str
    controls: Mapping[str, Control]
    numbers: Callable[[Any], Mapping[str, str] | str] | None = None
    figsize: tuple[float, float] = (6.0, 3.7)
    subplots: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the texts and the controls."""
        for name in ("label", "look_for", "alt"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must be a sentence for the reader, got {getattr(self, name)!r}")
        _check_controls(self.controls)
        _check_parameters(self.compute, self.controls)

    @property
    def start(self) -> dict[str, Value]:
        """The setting shown first and on paper."""
        return {name: control.grid[control.start_index] for name, control in self.controls.items()}

    def settings(self) -> Iterator[dict[str, Value]]:
        """Every setting of the static page, the last control turning fastest."""
        for values in product(*(control.grid for control in self.controls.values())):
            yield dict(zip(self.controls, values, strict=True))

    def at(self, **params: Value) -> Frame:
        """The frame at a setting; controls left out are at their start.

        Args:
            params: values by control: any number in a slider's range, any option of a choice.

        Raises:
            ValueError: no such control, or a value outside its range.
            RuntimeError: compute, plot or numbers failed there.
        """
        setting = self._setting(params)
        shown = ", ".join(f"{name}={value!r}" for name, value in setting.items())
        arrays = _tried("compute", shown, lambda: _mapping(self.compute(**setting)))
        pixels, troubles = _tried(
            "plot", shown, lambda: drawn(self.plot, arrays, figsize=self.figsize, subplots=self.subplots)
        )
        numbers = _tried("numbers", shown, lambda: _pairs(self.numbers(arrays) if self.numbers else {}))
        state = ", ".join(f"{c.label} {c.text(setting[name])}" for name, c in self.controls.items())
        return Frame(pixels, troubles, state, numbers, self.alt)

    def frame(self, **params: Value) -> bytes:
        """The picture at a setting as the static page holds it, a WebP image; arguments as for ``at``."""
        return self.at(**params).webp()

    def html(self) -> str:
        """The static player: one self-contained fragment of HTML, at most 1.5 MB.

        Raises:
            ValueError: the fragment is heavier than that.
            RuntimeError: compute, plot or numbers failed at some setting.
        """
        return self._page

    @cached_property
    def first(self) -> Frame:
        """The frame at the start."""
        return self.at()

    @cached_property
    def widget(self) -> Widget:
        """The live face, a box of ipywidgets; needs a kernel."""
        from lrtheory.explorer.live import live

        return live(self)

    @cached_property
    def _page(self) -> str:
        from lrtheory.explorer.page import page

        return page(self)

    def _setting(self, params: Mapping[str, Value]) -> dict[str, Value]:
        unknown = sorted(set(params) - set(self.controls))
        if unknown:
            raise ValueError(f"no control {unknown[0]!r}; the controls are {', '.join(self.controls)}")
        return {
            name: control.admitted(name, params[name]) if name in params else self.start[name]
            for name, control in self.controls.items()
        }

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """What Jupyter shows: the widget in a live kernel, the player on a page, the picture elsewhere."""
        import base64

        bundle: dict[str, Any] = {
            "text/plain": f"{self.label}. {self.first.alt} Look for: {self.look_for}",
            "image/png": base64.b64encode(self.first.png()).decode(),
        }
        if _static():
            bundle["text/html"] = self.html()
        else:
            bundle |= {
                kind: data for kind, data in self.widget._repr_mimebundle_().items() if kind != "text/plain"
            }
        return bundle, {"image/png": {"width": WIDTH}}


def _static() -> bool:
    # Without ipywidgets a kernel still has the player, which needs a browser only.
    return os.environ.get(STATIC) == "1" or find_spec("ipywidgets") is None


def _check_controls(controls: Mapping[str, Control]) -> None:
    for name, control in controls.items():
        if not isinstance(control, Slider | Choice):
            raise ValueError(f"{name} must be a Slider or a Choice, got {type(control).__name__}")
    if not controls:
        raise ValueError("an explorer needs a control, got 0; pass for example lr=Slider(...)")
    if len(controls) > MAX_CONTROLS:
        raise ValueError(f"an explorer has at most {MAX_CONTROLS} controls, got {len(controls)}; fix one")
    count = prod(len(control.grid) for control in controls.values())
    if count > MAX_FRAMES:
        raise ValueError(f"an explorer has at most {MAX_FRAMES} frames, got {count}; give fewer values")


def _check_parameters(compute: Callable[..., Arrays], controls: Mapping[str, Control]) -> None:
    parameters = inspect.signature(compute).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        for name in controls:
            if name not in parameters:
                known = ", ".join(parameters)
                raise ValueError(f"compute has no parameter {name!r}; its parameters are {known}")
    for name, parameter in parameters.items():
        bound = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if not bound and parameter.default is parameter.empty and name not in controls:
            raise ValueError(f"compute needs {name!r}; add a control for it or give it a default")


def _tried(what: str, shown: str, step: Callable[[], T]) -> T:
    try:
        return step()
    except Exception as error:
        raise RuntimeError(f"{what} failed at {shown}: {type(error).__name__}: {error}") from error


def _mapping(arrays: object) -> Arrays:
    if not isinstance(arrays, Mapping):
        raise ValueError(f"compute must return arrays by name, a dict; got {type(arrays).__name__}")
    return arrays


def _pairs(numbers: object) -> tuple[tuple[str, str], ...]:
    if isinstance(numbers, str):
        return (("", numbers),)
    if not isinstance(numbers, Mapping):
        raise ValueError(f"numbers must return texts by name or one text; got {type(numbers).__name__}")
    return tuple((str(name), str(value)) for name, value in numbers.items())
