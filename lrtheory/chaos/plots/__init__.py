"""Pictures of this theory: arrays in, axes out."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        "laws": "histogram histogram_counts law loss_band orbit rough_loss twin_distance",
        "road": "cobweb orbit_diagram return_plot",
    },
)
