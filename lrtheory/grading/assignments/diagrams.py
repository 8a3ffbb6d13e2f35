"""Checks of the assignment *Diagrams*."""

from lrtheory.grading.checks import Checks

CHECKS = Checks()
