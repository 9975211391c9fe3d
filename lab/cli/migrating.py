"""lab migrate."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.app import app, err, out
from lab.cli.options import Json, Seed, check_choice
from lab.cli.printing import observing, print_json, print_losses
from lab.errors import Interrupted, LabError

if TYPE_CHECKING:
    from lab.migrate.folder import Migration
    from lab.migrating.planning import Planned
    from lab.migrating.proof import Proof


@app.command(
    epilog="Example: lab migrate v1.sql v2.sql --engine postgres:16 --out steps; lab migrate steps DSN --apply"
)
def migrate(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM",
            help="A schema, REVISION:path, DESIGN:variant, a server's address; or a folder of migrations.",
        ),
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="The schema to reach; or the address of a database.")],
    engine: Annotated[
        str, typer.Option("--engine", "-e", metavar="E", help="Whose SQL, such as postgres:16.")
    ] = "postgres",
    rename: Annotated[
        list[str], typer.Option(metavar="OLD=NEW", help="table=new or table.column=new; may be repeated.")
    ] = [],  # noqa: B006
    move: Annotated[
        list[str], typer.Option(metavar="FROM=TO", help="table.column=other.column: a split or a merge.")
    ] = [],  # noqa: B006
    fill: Annotated[list[str], typer.Option(metavar="COLUMN=SQL", help="What a column's values are made of.")] = [],  # noqa: B006
    no_renames: Annotated[bool, typer.Option("--no-renames", help="What looks like a rename is none.")] = False,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Write the migration's files here.")] = None,
    format_: Annotated[str, typer.Option("--format", help="sql, alembic, prisma or flyway.")] = "sql",
    allow_data_loss: Annotated[
        bool, typer.Option("--allow-data-loss", help="Write and run steps that lose data.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run it on a loaded copy: up, down, up, and under load.")
    ] = False,
    scale: Annotated[float, typer.Option(help="Rows of the copy, as a multiple of what data.toml says.")] = 0.1,
    seed: Seed = 1,
    rate: Annotated[float, typer.Option(metavar="PER_SECOND", help="Statements under load; 0 for none.")] = 100.0,
    run_apply: Annotated[bool, typer.Option("--apply", help="Run the folder's migrations on the database.")] = False,
    run_rollback: Annotated[bool, typer.Option("--rollback", help="Undo them down to --to.")] = False,
    show_status: Annotated[bool, typer.Option("--status", help="Say which have run.")] = False,
    to: Annotated[int | None, typer.Option(metavar="N", help="The last migration to run, or to leave.")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL, both ways.")] = False,
    as_json: Json = False,
) -> None:
    """Plan a migration that nobody has to wait for, with a way back; prove it, write it, run it.

    A dropped column beside a new one that may be the same renamed is asked about. Exits with 1 when --verify finds
    something amiss.
    """
    from lab.migrate.formats import FORMATS
    from lab.migrating import Wanted, plan, shown

    if sum((run_apply, run_rollback, show_status)) > 1:
        raise LabError("--apply, --rollback and --status exclude each other", "say one of them")
    if run_apply or run_rollback or show_status:
        _run(Path(source), target, run_apply, run_rollback, to, allow_data_loss, as_json)
        return
    check_choice("--format", format_, tuple(FORMATS))
    wanted = Wanted(source, target, engine, rename, move, fill, no_renames)
    planned = plan(wanted, _ask if sys.stdin.isatty() and not as_json else None)
    proof = _proved(planned, scale, seed, rate) if verify else None
    paths = _written(planned, out_folder, format_, allow_data_loss) if out_folder else []
    if as_json:
        print_json(shown.document(planned, proof, paths))
    else:
        _print(planned, proof, paths, sql)
    if proof is not None and not proof.is_passed:
        raise typer.Exit(1)


def _ask(question: str) -> bool:
    return typer.confirm(question)


def _proved(planned: Planned, scale: float, seed: int, rate: float) -> Proof:
    from lab.migrating.proof import prove

    if not scale > 0 or rate < 0:
        raise LabError("--scale must be above 0, and --rate not below it", "write --scale 0.1 --rate 100")
    with observing() as observer:
        return prove(planned, scale, seed, rate, observer)


def _written(planned: Planned, home: Path, format_: str, allows_loss: bool) -> list[Path]:
    from lab.migrate.formats import write_as

    if planned.plan.destroys and not allows_loss:
        raise LabError(
            f"the migration loses {planned.plan.destroys[0]}", "say --allow-data-loss to write it all the same"
        )
    return write_as(format_, planned.plan, home)


def _print(planned: Planned, proof: Proof | None, paths: list[Path], with_sql: bool) -> None:
    from lab.migrate import folder
    from lab.migrating import shown

    print_losses(planned.plan.losses)
    if not planned.plan.steps:
        out.print("nothing to do: the two are the same")
    else:
        out.print(shown.plan_table(planned.plan))
        for line in shown.remarks(planned.plan):
            out.print(line, markup=False)
    if with_sql:
        for each in folder.migrations(planned.plan):
            out.print(shown.migration_text(each), markup=False, soft_wrap=True)
    if proof is not None:
        for part in shown.proof_parts(proof):
            out.print(part)
    if paths:
        out.print(f"wrote {len(paths)} files to {paths[0].parent}", markup=False, soft_wrap=True)
        out.print(f"next: lab migrate {paths[0].parent} DSN --apply", markup=False, soft_wrap=True)


def _run(
    home: Path, address: str, is_apply: bool, is_rollback: bool, to: int | None, allows_loss: bool, as_json: bool
) -> None:
    from lab.migrate import folder
    from lab.migrate.apply import apply, open_session, rollback, status
    from lab.migrating import shown

    found = folder.read(home)
    with closing(open_session(address)) as session:
        count = 0
        try:
            if is_apply:
                count = apply(session, found, to, allows_loss, _told)
            elif is_rollback:
                if to is None:
                    raise LabError("--rollback needs to know how far", "say --to 0 to undo everything")
                count = rollback(session, found, to, _told)
        except Interrupted as stop:
            stop.kept = "what ran stays: --apply goes on from there, --rollback --to N undoes it"
            raise
        rows = status(session, found)
    if as_json:
        print_json(rows)
    elif is_apply or is_rollback:
        verb = "ran" if is_apply else "undid"
        out.print(f"{verb} {count} migrations" if count else "nothing to do", markup=False)
    else:
        out.print(shown.status_table(rows))


def _told(migration: Migration, direction: str, seconds: float) -> None:
    err.print(f"{migration.number:04} {direction:<4} {seconds:6.2f} s  {migration.title}", markup=False, soft_wrap=True)
