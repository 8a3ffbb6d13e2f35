"""Which runs were made on a GPU: widths to 16,384, as parameters of the experiments that repeat them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lrtheory.results import Experiment, Result, Store

_POWERS: Final = tuple(2**k for k in range(6, 15))  # 64 to 16,384

ADOPTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "lazy_rnn.memorization": {"widths": _POWERS, "seeds": 8},
    "lazy_rnn.limit": {"widths": _POWERS, "seeds": 24},
    "lazy_rnn.kernel_error": {"widths": _POWERS, "seeds": 48},
    "lazy_rnn.laziness_levels": {"widths": _POWERS[1:], "seeds": 16},
    "lazy_rnn.rate_sweep": {"widths": (256, 1024, 4096), "seeds": 8},
    "lazy_rnn.two_phases": {"widths": (256, 512, 1024, 2048, 4096), "seeds": 8},
    "lazy_rnn.readout_scale": {"widths": _POWERS[:-1], "seeds": 8},
    "lazy_rnn.depth": {"widths": _POWERS, "networks": 128},
    "lazy_rnn.product_norms": {"widths": (256, 512, 1024, 2048, 4096, 8192), "seeds": 8},
    "lazy_rnn.digits": {"widths": _POWERS[1:-1], "seeds": 8},
}


def gpu_run(experiment: Experiment) -> Result:
    """The run of an experiment that a GPU made, from the store.

    Args:
        experiment: one of those in `ADOPTED`.

    Raises:
        MissingResult: the store does not hold it.
    """
    return Store().get(experiment, **ADOPTED[experiment.name])
