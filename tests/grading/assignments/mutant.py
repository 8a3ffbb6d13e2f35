"""A wrong answer: a right one in which some text is another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """The module that is changed, the change, and the checks that must refuse it."""

    of: str
    old: str
    new: str
    fails: tuple[str, ...]
