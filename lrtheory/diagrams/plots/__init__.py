"""Pictures of this theory: diagrams alone or in space-time, and what they predict; arrays in, axes out."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {"drawing": "draw draw_cells draw_sheet tidy_places", "predictions": "ORDER_COLORS breakdown orders"},
)
