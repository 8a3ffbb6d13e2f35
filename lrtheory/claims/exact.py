"""The verdict on numbers that must be equal to the last digit; other verdicts are made in verdict.py."""

from __future__ import annotations

from fractions import Fraction

from lrtheory.claims.verdict import Verdict


def exact_zero(difference: Fraction, *, note: str = "") -> Verdict:
    """Holds if a difference of exact numbers is zero.

    Args:
        difference: what is measured, a fraction; the largest one of many.
        note: what else must be known.
    """
    return Verdict.inside(float(difference), (0.0, 0.0), predicted=0.0, note=note)
