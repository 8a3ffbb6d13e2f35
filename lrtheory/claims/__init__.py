"""Claims of the book and their verdicts, and the ledger that shows them."""

from lrtheory.claims.claim import (
    DOES_NOT_REPRODUCE,
    HOLDS,
    HOLDS_WITHIN_LIMITS,
    Claim,
    Kind,
    Report,
    Scale,
    Status,
    Verdict,
    load_claims,
    run_claims,
    unique,
)

__all__ = [
    "DOES_NOT_REPRODUCE",
    "HOLDS",
    "HOLDS_WITHIN_LIMITS",
    "Claim",
    "Kind",
    "Report",
    "Scale",
    "Status",
    "Verdict",
    "load_claims",
    "run_claims",
    "unique",
]
