"""Explorers: their controls and frames, the player of a page and the live widget; no physics here."""

from lrtheory.explorer.controls import Choice, Slider
from lrtheory.explorer.explorer import Explorer, explore

__all__ = ["Choice", "Explorer", "Slider", "explore"]
