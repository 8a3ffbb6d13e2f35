"""Lazy training: wide recurrent networks learn while weights hardly move (Allen-Zhu, Li, Song, 2019)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # The tangent kernel:
        "tangent.arc_cosine": "kappa0 kappa1",
        "tangent.limit": "LimitKernel kernel_trace limit_kernel own_covariance own_tangent",
    },
    here="models tangent theory measures",
)
