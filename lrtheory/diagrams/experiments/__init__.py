"""Experiments of this theory and the stored runs that the book needs; a family of experiments a file.

One file a family keeps a stored run fresh while another family changes.
"""

from __future__ import annotations

_LONGER: dict[str, object] = {"examples": 100, "lowest": 1e-4, "highest": 0.03, "runs": 4000}

STORED: tuple[tuple[str, dict[str, object]], ...] = (
    ("diagrams.tanh_net_orders", {}),
    ("diagrams.near_a_minimum", {}),
    ("diagrams.lenet_orders", {}),
    ("diagrams.lenet_orders", {"seed": 1}),
    ("diagrams.stated_errors", {"seed": 1}),
    ("diagrams.digits_orders", {}),
    ("diagrams.digits_orders", _LONGER),
    ("diagrams.helix_speeds", {}),
    ("diagrams.helix_tilts", {}),
    ("diagrams.helix_ring", {}),
    ("diagrams.skew_flip", {}),
    ("diagrams.gauss_diffusion", {}),
    ("diagrams.imitated_batches", {}),
    ("diagrams.shared_epochs", {}),
    ("diagrams.mean_estimations", {}),
    ("diagrams.tuned_models", {}),
)
