"""Real data: bundled sets, loaders of whole ones, and where each comes from; loaded on first use."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        "airfoil_runs": "Airfoil airfoil split standardized",
        "bundled": "Digits JapaneseVowels PenDigits digits fashion_mnist_subset japanese_vowels pendigits "
        "unit_frames",
        "images": "Images",
        "sources": "DataNotAvailable Info info names",
        "whole": "cifar10 fashion_mnist",
    },
)
