"""The time of the last change is kept by the database.

Problem: `updated_at` is set by the client (Prisma's `@updatedAt`), or by nobody: no trigger keeps it.

Why: an UPDATE typed by hand, a job in another language and a bulk load leave it as it was; a sync or an export that
takes what changed since yesterday then passes those rows over.

Remedy: a BEFORE UPDATE trigger. MySQL keeps it by ON UPDATE CURRENT_TIMESTAMP, so nothing is said of it. One finding
for the whole schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import listed, rule_name, words
from lab.audit.places import matching, of_schema
from lab.audit.shapes import MOMENTS, POSTGRES, dates_change, is_scalar, statements_on
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    found = [
        (t, columns[0]) for t, columns in matching(schema, _is_of_change) if not statements_on(schema, "trigger", t)
    ]
    if found:
        tables, (table, column) = [table for table, _ in found], found[0]
        names = listed([f"{table.name}.{column.name}" for table, column in found], 3)
        said = f"no trigger keeps {names}"
        why = "an UPDATE from anywhere but the one client leaves it as it was, and what syncs by it misses the row"
        yield of_schema(RULE, SEVERITY, tables, said, why, _trigger(table, column))


def _is_of_change(_: Table, column: Column) -> bool:
    is_named = set(words(column.name)) <= {"updated", "modified", "changed", "at", "on", "last", "date", "update"}
    return is_scalar(column, MOMENTS) and dates_change(column) and is_named


def _trigger(table: Table, column: Column) -> str:
    body = f"BEGIN NEW.{quote(column.name)} := now(); RETURN NEW; END"
    return "\n".join(
        (
            f"CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$;",
            f"CREATE TRIGGER {quote(f'{table.relation}_touch')} BEFORE UPDATE ON {qualified(table)} "
            "FOR EACH ROW EXECUTE FUNCTION touch();",
        )
    )
