"""Tables, and columns that do not explain themselves, have comments.

Problem: nothing says what a table holds or what a column's NULL, unit or code means.

Why: names alone are guessed at, and each reader guesses differently; comments travel with the database into every
dump, client and data dictionary (PostgreSQL manual, "COMMENT").

Remedy: COMMENT ON, or `///` in a Prisma schema. Keys, references, times of making and change, and columns of join
tables explain themselves and do not count. One finding for the whole schema, when a table has no comment or three
columns of four have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import listed, rule_name, words
from lab.audit.shapes import is_in_prisma, is_join_table, payload
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"

_PLAIN = frozenset(
    "id name title email created updated deleted description code slug number city country phone url currency given "
    "family first last full display username password hash".split()
)
_SHOWN = 3
_SILENT_SHARE = 0.75


def check(schema: Schema) -> Iterator[Finding]:
    tables = [table for table in schema.tables if not is_join_table(table)]
    columns = [(table, column) for table in tables for column in payload(table) if not _is_plain(column)]
    silent_tables = [table for table in tables if not table.comment]
    silent_columns = [(table, column) for table, column in columns if not column.comment]
    if silent_tables or len(silent_columns) > _SILENT_SHARE * len(columns):
        yield _finding(silent_tables, len(tables), silent_columns, len(columns))


def _is_plain(column: Column) -> bool:
    return set(words(column.name)) - {"at", "on", "by"} <= _PLAIN


def _finding(
    tables: Sequence[Table], all_tables: int, columns: Sequence[tuple[Table, Column]], all_columns: int
) -> Finding:
    names = [table.name for table in tables] or [f"{table.name}.{column.name}" for table, column in columns]
    where = [table.position for table in tables] or [column.position for _, column in columns]
    counts = [_count(len(tables), all_tables, "tables"), _count(len(columns), all_columns, "columns")]
    return Finding(
        RULE,
        SEVERITY,
        "schema",
        f"{' and '.join(filter(None, counts))} have no comment: {listed(names, _SHOWN)}",
        "what they hold, and what a NULL or a unit means there, is left to guess",
        _fix(tables, columns),
        where[0],
    )


def _count(silent: int, total: int, noun: str) -> str:
    return f"{silent} of {total} {noun} ({silent / total:.0%})" if silent else ""


def _fix(tables: Sequence[Table], columns: Sequence[tuple[Table, Column]]) -> str:
    position = (tables[0] if tables else columns[0][1]).position
    if is_in_prisma(position):
        return f"write a line /// before {'each model' if tables else 'each field'}"
    if not tables:
        return "\n".join(
            f"COMMENT ON COLUMN {qualified(table)}.{quote(column.name)} IS '…';" for table, column in columns[:_SHOWN]
        )
    return "\n".join(f"COMMENT ON TABLE {qualified(table)} IS '…';" for table in tables[:_SHOWN])
