"""SQL DDL, as the engine that will run it spells it; for MongoDB a script of mongosh."""

from __future__ import annotations

from collections.abc import Iterator

from lab import engines
from lab.model.schema import Loss, Schema
from lab.writers import Written

ENGINES = tuple(name for name in engines.ENGINES if name != "redis")
_DIALECTS = ("postgres", "mysql", "mariadb", "sqlite")
"""Whose SQL the lab reads, too: a file says whose it is in its first line."""
_KEPT_BY_SQLITE = ("smallint", "integer", "bigint", "boolean", "real", "double precision", "text", "bytea")
_SCRIPTS = {"mongodb": "db.runCommand(EJSON.deserialize({}));"}
"""How a statement is written where it is no SQL."""


def write(schema: Schema, engine: str) -> Written:
    """What creates the schema, a statement after the other. Raises LabError for an unknown engine."""
    ddl = engines.load_engine(engine).create_sql(schema)
    statements = [sql.rstrip().rstrip(";") for sql in (*ddl.before, *ddl.after)]
    written = [_SCRIPTS[engine].replace("{}", sql) if engine in _SCRIPTS else f"{sql};" for sql in statements]
    losses = (*schema.losses, *ddl.losses, *(_of_affinities(schema) if engine == "sqlite" else ()))
    head = f"-- dialect: {engine}\n\n" if engine in _DIALECTS else ""
    return Written(head + "".join(f"{sql}\n\n" for sql in written), losses)


def _of_affinities(schema: Schema) -> Iterator[Loss]:
    """SQLite knows five kinds of values, and holds whatever it is given: what types say beyond that."""
    for table in schema.tables:
        lost = [column.name for column in table.columns if column.type.name not in _KEPT_BY_SQLITE]
        if lost:
            consequence = "lengths, digits, formats and zones are not enforced"
            yield Loss(f"types of {table.name} ({', '.join(lost)})", consequence, table.position)
        if table.comment or any(column.comment for column in table.columns):
            yield Loss(f"comments of {table.name}", "SQLite keeps none", table.position)
