"""A plan, its proof and a history as the terminal shows them, in 80 columns; and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from lab.migrate.apply import Applied
from lab.migrate.folder import Migration, migrations, set_checksum
from lab.migrate.step import Plan, Step
from lab.migrating.planning import Planned
from lab.migrating.proof import Proof
from lab.migrating.under_load import PhaseLoad, UnderLoad

GOAL_SECONDS = 0.1
"""Of the longest exclusive lock."""


def plan_table(plan: Plan) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    table.add_column("#", justify="right")
    table.add_column("phase")
    table.add_column("step", overflow="fold")
    table.add_column("keeps waiting", overflow="fold")
    table.add_column("back")
    phase = ""
    for number, each in enumerate(plan.steps, 1):
        if _acts_back_alone(each):
            continue
        is_new = each.phase != phase
        phase = each.phase
        table.add_row(str(number), phase if is_new else "", each.title, _waiting(each), "no" if each.loses else "yes")
    return table


def _acts_back_alone(step: Step) -> bool:
    return not step.up.sql or step.serves == "before"


def _waiting(step: Step) -> str:
    lock = step.up.lock
    return lock.blocks + (
        ", briefly" if lock.is_brief and lock.mode and lock.blocks in ("reads and writes", "writes") else ""
    )


def remarks(plan: Plan) -> Iterator[str]:
    if silent := sum(_acts_back_alone(each) for each in plan.steps):
        yield f"left out, as they act on the way back alone: {silent}"
    for number, each in enumerate(plan.steps, 1):
        if each.loses:
            yield f"step {number} loses {each.loses}: needs --allow-data-loss"
        if each.note:
            yield f"step {number}: {each.note}"


def migration_text(migration: Migration) -> str:
    up, down = (text or "-- nothing" for text in (migration.up, migration.down))
    return f"\n-- {migration.number:04} {migration.title}\n{up}\n-- back:\n{down}"


def proof_parts(proof: Proof) -> Iterator[Table | str]:
    found = proof.verified
    yield f"\nrun on {found.server} with {found.rows:,} rows:"
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for name in ("way", "time", "catalog", "rows"):
        table.add_column(name, overflow="fold")
    for way in found.ways:
        table.add_row(way.direction, f"{way.seconds:.2f} s", way.catalog or "as it should be", way.rows or "kept")
    yield table
    if proof.under_load:
        yield f"\nunder load, {proof.under_load[0].rate:g} statements a second:"
        yield _load_table(proof.under_load)
        yield from (line for load in proof.under_load for line in _load_remarks(load))


def _load_table(loads: Sequence[UnderLoad]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    table.add_column("")
    phases = [phase for load in loads for phase in load.phases]
    for load in loads:
        for phase in load.phases:
            table.add_column(phase.name if load is loads[0] else load.name, justify="right")
    rows: tuple[tuple[str, Callable[[PhaseLoad], str]], ...] = (
        ("statements", lambda phase: f"{phase.requests:,}"),
        ("failed", lambda phase: str(phase.failed)),
        ("longest wait before", lambda phase: _milliseconds(phase.longest_before)),
        ("longest wait", lambda phase: _milliseconds(phase.longest_wait)),
        ("longest exclusive lock", lambda phase: _milliseconds(phase.longest_lock)),
        ("took", lambda phase: f"{phase.seconds:.2f} s"),
    )
    for name, said in rows:
        table.add_row(name, *map(said, phases))
    return table


def _load_remarks(load: UnderLoad) -> Iterator[str]:
    written = "" if load.bytes_written is None else f"; {load.bytes_written / 1e6:.1f} MB of log written"
    yield f"{load.name}: {load.failed} of {load.requests:,} failed{written}"
    if not load.is_covered:
        yield f"the load of {load.name} ended before the migration did"
    if load.failed:
        yield f"{load.name} failed first with: {load.first_error}"


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"


def status_table(rows: Sequence[Applied]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    table.add_column("#", justify="right")
    table.add_column("migration", overflow="fold")
    table.add_column("state")
    table.add_column("at")
    for row in rows:
        table.add_row(str(row.number), row.name.partition("_")[2], row.state, row.finished_at[:19])
    return table


def document(planned: Planned, proof: Proof | None, paths: Sequence[Path]) -> dict[str, Any]:
    made = migrations(planned.plan)
    return {
        "engine": planned.plan.engine,
        "from": planned.wanted.source,
        "to": planned.wanted.target,
        "checksum": set_checksum(made),
        "steps": [
            {
                "number": each.number,
                "phase": step.phase,
                "title": step.title,
                "up": list(step.up.sql),
                "down": list(step.down.sql),
                "lock": {
                    "mode": step.up.lock.mode,
                    "tables": list(step.up.lock.tables),
                    "blocks": step.up.lock.blocks,
                    "is_brief": step.up.lock.is_brief,
                },
                "is_atomic": step.up.is_atomic,
                "is_backfill": step.up.is_backfill,
                "is_reversible": step.is_reversible,
                "loses": step.loses,
                "note": step.note,
                "checksum": each.checksum,
            }
            for each, step in zip(made, planned.plan.steps, strict=True)
        ],
        "losses": planned.plan.losses,
        "proof": proof,
        "files": [str(path) for path in paths],
    }
