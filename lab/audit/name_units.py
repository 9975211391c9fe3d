"""A measure says in what.

Problem: `duration integer`, `weight numeric`, with neither a unit in the name nor a comment.

Why: seconds or minutes, grams or pounds: each writer knows, and no two know the same. A probe was lost to Mars that
way.

Remedy: the unit in the name (`duration_seconds`, `weight_grams`), or a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import NUMBERS, is_in_prisma, is_scalar
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_MEASURES = frozenset(
    "duration timeout ttl interval weight height width length depth distance speed temperature volume".split()
)


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_bare):
        said = "says not in which unit", "say not in which unit"
        fix = "\n".join(f"COMMENT ON COLUMN {qualified(table)}.{quote(column.name)} IS 'In ….';" for column in columns)
        fix = "write a line /// before each field" if is_in_prisma(table.position) else fix
        yield of_columns(RULE, SEVERITY, table, columns, said, "each writer knows, and no two know the same", fix)


def _is_bare(table: Table, column: Column) -> bool:
    has_unit = any("unit" in name for other in table.columns for name in words(other.name))
    is_measure = last_word(column.name) in _MEASURES and is_scalar(column, NUMBERS)
    return is_measure and not column.comment and not has_unit
