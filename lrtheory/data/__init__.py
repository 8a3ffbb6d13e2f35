"""Real data: bundled sets, loaders of whole ones, and where each comes from; loaded on first use."""

from importlib import import_module

_HOME = {
    "Airfoil": "airfoil_runs",
    "airfoil": "airfoil_runs",
    "split": "airfoil_runs",
    "standardized": "airfoil_runs",
    "Digits": "bundled",
    "Images": "images",
    "JapaneseVowels": "bundled",
    "PenDigits": "bundled",
    "digits": "bundled",
    "fashion_mnist_subset": "bundled",
    "japanese_vowels": "bundled",
    "pendigits": "bundled",
    "unit_frames": "bundled",
    "DataNotAvailable": "sources",
    "Info": "sources",
    "info": "sources",
    "names": "sources",
    "cifar10": "whole",
    "fashion_mnist": "whole",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return __all__
