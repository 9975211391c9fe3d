"""Two sources -> a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.migrate.changes import Diff
from lab.migrate.diff import diff, read_declarations
from lab.migrate.planners import plan as plan_for
from lab.migrate.step import Plan
from lab.migrating.sources import alike, read_source
from lab.provision import parse_spec


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asked for. `renames`, `moves` and `fills` as options have them."""

    source: str
    target: str
    engine: str = "postgres"
    renames: Sequence[str] = ()
    moves: Sequence[str] = ()
    fills: Sequence[str] = ()
    allows_guesses: bool = False
    """Whether what looks like a rename is a drop beside an addition after all."""


@dataclass(frozen=True, slots=True)
class Planned:
    wanted: Wanted
    diff: Diff
    plan: Plan


def plan(wanted: Wanted) -> Planned:
    """Raises LabError for a source that cannot be read, a likely rename nobody declared, a value nobody gave."""
    engine = parse_spec(wanted.engine).engine
    source, target = read_source(wanted.source), read_source(wanted.target)
    declared = read_declarations(wanted.renames, wanted.moves, wanted.fills, target.texts)
    old, new = alike((source, target), wanted.engine)
    found = diff(old, new, declared, is_guessing_refused=not wanted.allows_guesses)
    return Planned(wanted, found, plan_for(found, engine))
