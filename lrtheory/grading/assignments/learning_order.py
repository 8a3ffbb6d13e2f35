"""Checks of the assignment *Learning order*."""

from lrtheory.grading.checks import Checks

CHECKS = Checks()
