"""A key without meaning is short.

Problem: tables are keyed by an `id` that is text: a UUID or a CUID in letters.

Why: 25 to 36 bytes instead of 8 or 16, in the table, in every foreign key and in every index of either, compared letter
by letter by the rules of a language.

Remedy: `uuid` (16 bytes), or an identity. In Prisma: `@db.Uuid`, with `uuid(7)`. Keys given by others (`iso_code`,
`stripe_id`) are left alone, and so are SQLite and MongoDB. One finding for the whole schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import listed, rule_name, words
from lab.audit.places import of_schema
from lab.audit.shapes import INNODB, POSTGRES, TEXTS, is_scalar, surrogate
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES | INNODB


def check(schema: Schema) -> Iterator[Finding]:
    found = [table for table in schema.tables if (key := surrogate(table)) and _is_wordy(key)]
    if found:
        names = listed([table.name for table in found], 3)
        said = f"{names} {'is' if len(found) == 1 else 'are'} keyed by text without meaning"
        why = "each key, foreign key and index of them takes two to four times the room of a uuid or a bigint"
        yield of_schema(
            RULE, SEVERITY, found, said, why, "make keys uuid, together with the columns that refer to them"
        )


def _is_wordy(column: Column) -> bool:
    named = words(column.name)
    is_explained = bool(column.comment)
    is_long = not column.type.arguments or column.type.arguments[0] >= 21
    return (
        named in (("id",), ("uuid",), ("cuid",), ("guid",))
        and is_scalar(column, TEXTS)
        and is_long
        and not is_explained
    )
