"""What is done to rows: filled in batches, copied to other tables, given stand-ins."""

from __future__ import annotations

from collections.abc import Iterable

from lab.engines.mysql.dialect import literal, quote, quote_all
from lab.migrate.step import Lock, Step, Way, step
from lab.model.schema import Column, Schema, Table

BATCH_ROWS = 1000
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "money", "oid")


def batched(title: str, table: Table, update: str) -> Step:
    """So many rows at a time, each batch committed, until none is left: by a procedure, as scripts have no loops."""
    name = quote(f"lab_{title.replace(' ', '_').replace('.', '_')}"[:60])
    body = (
        f"CREATE PROCEDURE {name}()\nBEGIN\n  DECLARE changed INT DEFAULT 1;\n  WHILE changed > 0 DO\n"
        f"    {update} LIMIT {BATCH_ROWS};\n    SET changed = ROW_COUNT();\n    DO SLEEP(0.01);\n  END WHILE;\nEND"
    ).replace(" lab_row SET", " SET")
    sql = (f"DROP PROCEDURE IF EXISTS {name}", body, f"CALL {name}()", f"DROP PROCEDURE IF EXISTS {name}")
    way = Way(
        sql,
        Lock("row locks", (table.name,), "writes of the same rows, for a batch"),
        is_atomic=False,
        is_backfill=True,
    )
    return step(title, way)


def copy_sql(
    source: str,
    target: str,
    link: Iterable[tuple[str, str]],
    pairs: Iterable[tuple[str, str]],
    makes_rows: bool,
    only_filled: bool = False,
) -> str:
    link, pairs = list(link), list(pairs)
    if makes_rows:
        every = [*link, *pairs]
        filled = " OR ".join(f"{quote(ours)} IS NOT NULL" for ours, _ in pairs)
        return (
            f"INSERT IGNORE INTO {quote(target)} ({quote_all([t for _, t in every])}) "
            f"SELECT {quote_all([o for o, _ in every])} FROM {quote(source)}"
            + (f" WHERE {filled}" if only_filled else "")
        )
    match = " AND ".join(f"t.{quote(theirs)} = s.{quote(ours)}" for ours, theirs in link)
    sets = ", ".join(f"t.{quote(theirs)} = s.{quote(ours)}" for ours, theirs in pairs)
    return f"UPDATE {quote(target)} t JOIN {quote(source)} s ON {match} SET {sets}"


def stand_in(column: Column, schema: Schema) -> str:
    enum = schema.enum(column.type.name)
    if enum:
        return literal(enum.values[0])
    if column.type.name == "uuid":
        return "uuid()"
    if column.type.name in ("json", "jsonb") or column.type.dimensions:
        return "'{}'"
    if column.type.name in ("timestamptz", "timestamp", "date"):
        return "'1970-01-01'"
    return "0" if column.type.name in _NUMBERS else "''"
