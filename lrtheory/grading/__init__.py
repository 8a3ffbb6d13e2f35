"""Assignments: what is checked of an answer, in a notebook and by a judge that shares no process with it."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        "assignments.checks": "Ask Check Wrong",
        "assignment": "Assignment NAMES load",
        "notebook": "public",
        "judge": "Limits Marks mark",
        "batch": "grade",
        "handout": "hand_out",
    },
)
