"""One list of words is one enum.

Problem: two enums with the same values.

Why: a value added to one is missing in the other, and the two cannot be compared without a cast.

Remedy: one of them for both, where they mean the same. Pairs of yes and no, and lists that are alike by chance
(`low`, `high`), say so by their comments, and this rule is then silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lab.audit.naming import rule_name
from lab.audit.places import matching
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Enum, Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_FEWEST = 3


def check(schema: Schema) -> Iterator[Finding]:
    for first, second in combinations(schema.enums, 2):
        is_same = len(first.values) >= _FEWEST and set(first.values) == set(second.values)
        if is_same and not (first.comment or second.comment):
            yield _finding(first, second, schema)


def _finding(first: Enum, second: Enum, schema: Schema) -> Finding:
    return Finding(
        RULE,
        SEVERITY,
        second.name,
        f"enums {first.name} and {second.name} have the same values",
        "a value added to one is missing in the other, and the two cannot be compared",
        _fix(first, second, schema),
        second.position,
    )


def _fix(first: Enum, second: Enum, schema: Schema) -> str:
    places = list(matching(schema, lambda _, column: column.type.name == second.name))
    if any(column.default or column.type.dimensions for _, columns in places for column in columns):
        return f"make columns of {second.name} {first.name}, together with their defaults"
    changes = [alter(table, *(_retyped(column, first) for column in columns)) for table, columns in places]
    return "\n".join([*changes, f"DROP TYPE {quote(second.name)};"])


def _retyped(column: Column, enum: Enum) -> str:
    name, type_ = quote(column.name), quote(enum.name)
    return f"ALTER COLUMN {name} TYPE {type_} USING {name}::text::{type_}"
