"""Loads the base, builds variants on copies of it, and measures them beside each other."""

from lab.bench.answers import Answered
from lab.bench.environment import describe_environment
from lab.bench.load import load_base, load_tables
from lab.bench.measure import Bed, Settings, measure
from lab.bench.observer import Observer, Silent
from lab.bench.rehearse import rehearse
from lab.bench.samples import Samples

__all__ = [
    "Answered",
    "Bed",
    "Observer",
    "Samples",
    "Settings",
    "Silent",
    "describe_environment",
    "load_base",
    "load_tables",
    "measure",
    "rehearse",
]
