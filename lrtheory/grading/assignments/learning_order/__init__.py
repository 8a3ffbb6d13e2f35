"""Checks of the assignment *Learning order*."""

from lrtheory.grading.assignments.learning_order import descent, patterns
from lrtheory.grading.checks import Checks

CHECKS = Checks([*patterns.CHECKS, *descent.CHECKS])
