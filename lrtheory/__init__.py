"""Learning-rate theory: public names, loaded on first use so that the import costs next to nothing."""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "Landscape": "landscape",
    "gradient": "landscape",
    "hvp": "landscape",
    "pack": "landscape",
    "unpack": "landscape",
    "GradientDescent": "descent",
    "HeavyBall": "descent",
    "Nesterov": "descent",
    "NoisyGradientDescent": "descent",
    "Rule": "descent",
    "Trajectory": "descent",
    "batches": "descent",
    "constant": "descent",
    "cosine": "descent",
    "descend": "descent",
    "step_decay": "descent",
    "generator": "seeds",
    "Claim": "claims",
    "Verdict": "claims",
    "MissingResult": "results",
    "Result": "results",
    "Store": "results",
    "experiment": "results",
    "Choice": "explorer",
    "Slider": "explorer",
    "explore": "explorer",
}
_MODULES = (
    "chaos", "claims", "data", "descent", "explorer", "landscape", "measure", "plotting",
    "results", "seeds",
)

__all__ = ["__version__", *sorted(_HOME), *_MODULES]


def __getattr__(name: str) -> object:
    """Load a public name or a module of the package when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
