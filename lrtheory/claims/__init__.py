"""Claims of the book and their verdicts, and the ledger that shows them."""

from lrtheory.claims.claim import Claim, Kind, Report, Scale, load_claims, run_claims, unique
from lrtheory.claims.verdict import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Status, Verdict

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
