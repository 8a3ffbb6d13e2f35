"""Runs of experiments: marked, made, stored with provenance, read, and checked when code has changed."""

from lrtheory.results.checks import RecordState
from lrtheory.results.experiments import Experiment, experiment, progress
from lrtheory.results.fingerprints import Members
from lrtheory.results.provenance import MadeBy, Provenance
from lrtheory.results.records import CorruptResult
from lrtheory.results.result import MissingResult, NotStored, Result
from lrtheory.results.store import Store

__all__ = [
    "CorruptResult", "Experiment", "MadeBy", "Members", "MissingResult", "NotStored", "Provenance",
    "RecordState", "Result", "Store", "experiment", "progress",
]
