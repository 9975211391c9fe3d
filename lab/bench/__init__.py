"""Loads the base, builds variants on copies of it, and measures them beside each other."""

from lab.bench.answers import Answered
from lab.bench.bed import Bed, Settings
from lab.bench.cluster import join_cluster
from lab.bench.environment import describe_environment
from lab.bench.expiries import measure_removals
from lab.bench.foresee import check_documents
from lab.bench.load import Fill, load_base, load_rows, load_tables
from lab.bench.measure import measure
from lab.bench.nestings import measure_nestings
from lab.bench.observer import Observer, Silent
from lab.bench.rehearse import rehearse
from lab.bench.samples import Samples
from lab.bench.sharding import judge_shard_keys
from lab.bench.traffic import MOST_CLIENTS, Traffic
from lab.bench.what_if import what_if_ground

__all__ = [
    "MOST_CLIENTS",
    "Answered",
    "Bed",
    "Fill",
    "Observer",
    "Samples",
    "Settings",
    "Silent",
    "Traffic",
    "check_documents",
    "describe_environment",
    "join_cluster",
    "judge_shard_keys",
    "load_base",
    "load_rows",
    "load_tables",
    "measure",
    "measure_nestings",
    "measure_removals",
    "rehearse",
    "what_if_ground",
]
