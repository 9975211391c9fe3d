"""Two sources -> a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lab.engines import load_engine
from lab.migrate.changes import Diff
from lab.migrate.diff import Declared, diff, likely_renames, read_declarations
from lab.migrate.planners import plan as plan_for
from lab.migrate.step import Plan
from lab.migrating.sources import Source, alike, read_source
from lab.model.schema import Loss, Schema
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


Ask = Callable[[str], bool]
"""Puts a question to the user, to be answered by yes or no."""


def plan(wanted: Wanted, ask: Ask | None = None) -> Planned:
    """Raises LabError for a source that cannot be read, a value nobody gave, and, where nobody can be asked, for a
    likely rename nobody declared."""
    engine = parse_spec(wanted.engine).engine
    source, target = read_source(wanted.source), read_source(wanted.target)
    declared = read_declarations(wanted.renames, wanted.moves, wanted.fills, target.texts)
    old, new = alike((source, target), wanted.engine)
    if ask is not None and not wanted.allows_guesses:
        declared, wanted = _asked(old, new, declared, wanted, ask)
    found = diff(old, new, declared, is_guessing_refused=not wanted.allows_guesses)
    made = plan_for(found, engine)
    return Planned(wanted, found, replace(made, losses=(*made.losses, *_left_out(target, engine))))


def _left_out(target: Source, engine: str) -> Iterator[Loss]:
    """What a variant's script does to rows, which two schemas do not show."""
    for change in target.variant.changes if target.variant else ():
        for text in load_engine(engine).change_sql(change).up:
            said = text.sql.strip().partition("\n")[0]
            if said.upper().startswith(("INSERT", "UPDATE", "DELETE", "MERGE", "WITH")):
                yield Loss(said[:60], "not part of the plan: say --fill, or run it yourself", text.position)


def _asked(old: Schema, new: Schema, declared: Declared, wanted: Wanted, ask: Ask) -> tuple[Declared, Wanted]:
    """What the user says to each likely rename."""
    renames: list[str] = []
    for was, now in likely_renames(diff(old, new, declared, is_guessing_refused=False).changes, declared):
        if ask(f"{was} is gone and {now} is new: was it renamed?"):
            renames.append(f"{was}={now}")
    more = read_declarations(renames)
    tables, columns = declared.tables + more.tables, declared.columns + more.columns
    return replace(declared, tables=tables, columns=columns), replace(wanted, allows_guesses=True)
