"""Checks of the assignment *Lazy training of recurrent networks*."""

from lrtheory.grading.checks import Checks

CHECKS = Checks()
