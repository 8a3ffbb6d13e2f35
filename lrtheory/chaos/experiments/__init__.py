"""Experiments of this theory and the stored runs that the book needs; a family of experiments a file.

One file a family keeps a stored run fresh while another family changes.
"""

from __future__ import annotations

_AIRFOIL: list[tuple[str, dict[str, object]]] = [
    ("chaos.airfoil_runs", {"scaling": scaling, "lr": lr})
    for scaling in ("centered", "standardized", "minmax")
    for lr in (0.0165, 0.001)
]

STORED: tuple[tuple[str, dict[str, object]], ...] = (
    ("chaos.invariant_law", {}),
    ("chaos.invariant_law_over_rates", {}),
    ("chaos.double_well_law", {}),
    ("chaos.orbit_diagram", {}),
    ("chaos.exponent_sweeps", {}),
    ("chaos.momentum_laws", {}),
    ("chaos.matyas_law", {}),
    ("chaos.coupled_wells_law", {}),
    ("chaos.ripples_law", {}),
    *_AIRFOIL,
    ("chaos.siren_runs", {}),
    ("chaos.siren_runs", {"label_noise": 0.0}),
    ("chaos.siren_runs", {"lr": 3e-4}),
    ("chaos.exit_times", {}),
    ("chaos.variance_over_sizes", {}),
)
