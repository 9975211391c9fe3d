"""A diff -> a plan, by a module for each engine, loaded on demand."""

from __future__ import annotations

from importlib import import_module

from lab.errors import LabError, did_you_mean
from lab.migrate.changes import Diff, EmbedTable
from lab.migrate.step import Plan

PLANNERS = {
    "postgres": "lab.migrate.postgres",
    "mysql": "lab.migrate.mysql",
    "mariadb": "lab.migrate.mariadb",
    "sqlite": "lab.migrate.sqlite",
    "mongodb": "lab.migrate.mongodb",
}


def plan(diff: Diff, engine: str) -> Plan:
    """Raises LabError for an engine migrations are not planned for, and what its planner asks of the user."""
    if engine not in PLANNERS:
        raise LabError(f"migrations are not planned for {engine}", did_you_mean(engine, PLANNERS, "engines"))
    if engine != "mongodb" and any(isinstance(change, EmbedTable) for change in diff.changes):
        raise LabError("rows become lists of documents in MongoDB alone", "say --engine mongodb, or move columns")
    found: Plan = import_module(PLANNERS[engine]).plan(diff)
    return found
