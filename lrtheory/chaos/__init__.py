"""Chaos: deterministic gradient descent with a large rate on a loss of two scales (Kong and Tao, 2020)."""

from importlib import import_module

_HOME = {
    "DoubleWell": "models",
    "Quadratic": "models",
    "SquareWave": "models",
    "Tones": "models",
    "TwoScale": "models",
    "double_well": "models",
    "periodic": "models",
    "square_wave": "models",
    "uniform_start": "models",
    "AIRFOIL_SCALINGS": "networks",
    "NetworkLandscape": "networks",
    "airfoil_network": "networks",
    "gibbs_density": "laws",
    "gibbs_law": "laws",
    "gibbs_ks_to_first_order": "theory",
    "gibbs_temperature": "theory",
    "limiting_lyapunov_exponent": "theory",
    "stationary_autocorrelation": "theory",
    "stationary_kurtosis": "theory",
    "stationary_law": "laws",
    "stationary_variance": "theory",
    "cycle_period": "measure",
    "lyapunov_exponent": "measure",
    "pair_distance": "measure",
    "stationary_sample": "measure",
    "stationarity_identities": "measure",
    "stochastic_rule": "models",
}
_MODULES = (
    "claims", "experiments", "large_scale", "laws", "measure", "models", "networks", "plots",
    "small_scale", "theory",
)

__all__ = [*sorted(_HOME), *_MODULES]


def __getattr__(name: str) -> object:
    """Load a public name or a module of this theory when it is first asked for."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
