"""A reference is named after what it holds.

Problem: `orders.user_id`, but `invoices.customer` for a reference to `customers.id`.

Why: the name says neither that it is a key nor of what; a join is written by looking it up.

Remedy: the end of the key's own name: `_id`. Said where four references of five have it. Who did something
(`created_by`) is left alone. One finding for the whole schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, like, listed, rule_name
from lab.audit.places import of_schema
from lab.audit.shapes import is_implicit_join_table
from lab.audit.sql import rename_column
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_FEWEST = 4
_SHARE = 0.8


def check(schema: Schema) -> Iterator[Finding]:
    references = [
        (table, table.column(key.columns[0]))
        for table, key in schema.foreign_keys()
        if len(key.columns) == 1 and last_word(key.referenced[0]) == "id" and not is_implicit_join_table(table)
    ]
    found = [(table, column) for table, column in references if last_word(column.name) not in ("id", "by")]
    if found and len(references) - len(found) >= max(_FEWEST, _SHARE * len(references)):
        names = listed([f"{table.name}.{column.name}" for table, column in found], 3)
        verb, others = "is" if len(found) == 1 else "are", len(references) - len(found)
        said = f"{names} {verb} no name of a key, unlike {others} others"
        fix = "\n".join(
            rename_column(table, column.name, like(f"{column.name}_id", [column.name])) for table, column in found
        )
        why = "the name does not say that it is a key"
        yield of_schema(RULE, SEVERITY, [table for table, _ in found], said, why, fix)
