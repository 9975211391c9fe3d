"""SQL DDL, as the engine that will run it spells it; for MongoDB a script of mongosh."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab import engines
from lab.model.schema import Loss, Partitioning, Schema, Table
from lab.writers import Written

ENGINES = tuple(name for name in engines.ENGINES if name != "redis")
_DIALECTS = ("postgres", "mysql", "mariadb", "sqlite")
"""Whose SQL the lab reads, too: a file says whose it is in its first line."""
_KEPT_BY_SQLITE = ("smallint", "integer", "bigint", "boolean", "real", "double precision", "text", "bytea")
_WHOLE = ("smallint", "integer", "bigint")
_SCRIPTS = {"mongodb": "db.runCommand(EJSON.deserialize({}));"}
"""How a statement is written where it is no SQL."""


def write(schema: Schema, engine: str) -> Written:
    """What creates the schema, a statement after the other. Raises LabError for an unknown engine."""
    ddl = engines.load_engine(engine).create_sql(schema)
    statements = [sql.rstrip().rstrip(";") for sql in (*ddl.before, *ddl.after)]
    written = [_SCRIPTS[engine].replace("{}", sql) if engine in _SCRIPTS else f"{sql};" for sql in statements]
    losses = (*schema.losses, *ddl.losses, *_LOSSES.get(engine, _none)(schema))
    head = f"-- dialect: {engine}\n\n" if engine in _DIALECTS else ""
    return Written(head + "".join(f"{sql}\n\n" for sql in written), losses)


def _none(_: Schema) -> Iterator[Loss]:
    yield from ()


def _of_sqlite(schema: Schema) -> Iterator[Loss]:
    yield from _of_affinities(schema)
    yield from _of_numbers(schema)


def _of_numbers(schema: Schema) -> Iterator[Loss]:
    """INTEGER PRIMARY KEY is the rowid, and numbers what is given no number; nothing else does (SQLite's manual, "Rowid
    Tables")."""
    unasked = []
    for table in schema.tables:
        key = table.primary_key.columns if table.primary_key else ()
        for column in table.columns:
            where, is_whole = f"{table.name}.{column.name}", column.type.name in _WHOLE
            if column.identity and not (key == (column.name,) and is_whole):
                yield Loss(f"identity of {where}", "must be given: SQLite numbers a whole primary key", column.position)
            elif not column.identity and key == (column.name,) and is_whole:
                unasked.append(where)
    if unasked:
        yield Loss(f"numbers of {', '.join(unasked)}", "SQLite gives one where none is given")


def _of_mysql(schema: Schema) -> Iterator[Loss]:
    for table in schema.tables:
        identity = next((column for column in table.columns if column.identity), None)
        if identity and not (table.primary_key and table.primary_key.columns[0] == identity.name):
            what = f"index over {identity.name} of {table.name}"
            yield Loss(what, "added: AUTO_INCREMENT has to lead a key", identity.position)
        if table.partitioning:
            yield from _of_ranges(table, table.partitioning)


def _of_ranges(table: Table, partitioning: Partitioning) -> Iterator[Loss]:
    """InnoDB's ranges follow one another without an end below; its greatest takes what PostgreSQL's DEFAULT would."""
    clauses = [clause.lower() for _, clause in partitioning.partitions]
    if partitioning.strategy == "range" and not any("from (minvalue" in clause for clause in clauses):
        yield Loss(f"partitions of {table.name}", "the lowest holds all that lies below it, too", table.position)
    elif partitioning.strategy == "range" and "default" in clauses:
        yield Loss(f"partitions of {table.name}", "DEFAULT holds what lies above the others", table.position)


_LOSSES: dict[str, Callable[[Schema], Iterator[Loss]]] = {
    "sqlite": _of_sqlite,
    "mysql": _of_mysql,
    "mariadb": _of_mysql,
}
"""What an engine's own words for the schema do not tell, for a person to know."""


def _of_affinities(schema: Schema) -> Iterator[Loss]:
    """SQLite knows five kinds of values, and holds whatever it is given: what types say beyond that."""
    for table in schema.tables:
        lost = [column.name for column in table.columns if column.type.name not in _KEPT_BY_SQLITE]
        if lost:
            consequence = "lengths, digits, formats and zones are not enforced"
            yield Loss(f"types of {table.name} ({', '.join(lost)})", consequence, table.position)
        if table.comment or any(column.comment for column in table.columns):
            yield Loss(f"comments of {table.name}", "SQLite keeps none", table.position)
