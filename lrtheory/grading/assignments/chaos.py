"""Checks of the assignment *Chaos without noise*."""

from lrtheory.grading.checks import Checks

CHECKS = Checks()
