"""Checks of the assignment *Learning order*."""

from lrtheory.grading.assignments.checks import Checks
from lrtheory.grading.assignments.learning_order import descent, patterns

CHECKS = Checks([*patterns.CHECKS, *descent.CHECKS])
