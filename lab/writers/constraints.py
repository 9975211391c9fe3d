"""Names for constraints that have none: those PostgreSQL would give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import postgast
from postgast import pg_query_pb2 as pb

from lab.engines.ddl import usual_name
from lab.model.schema import Check, IndexPart, Schema, Table


def with_usual_names(schema: Schema) -> Schema:
    """The schema with a name for every constraint, and without NULLS LAST where they are last without a word."""
    return replace(schema, tables=tuple(map(_named, schema.tables)))


def _named(table: Table) -> Table:
    checks: list[Check] = []
    taken = {check.name for check in table.checks}
    for check in table.checks:
        name = check.name or _check_name(table, check, taken)
        taken.add(name)
        checks.append(replace(check, name=name))
    key = table.primary_key
    return replace(
        table,
        primary_key=replace(key, name=key.name or usual_name(table.name, (), "pkey")) if key else None,
        uniques=tuple(replace(k, name=k.name or usual_name(table.name, k.columns, "key")) for k in table.uniques),
        foreign_keys=tuple(
            replace(k, name=k.name or usual_name(table.name, k.columns, "fkey")) for k in table.foreign_keys
        ),
        checks=tuple(checks),
        indexes=tuple(replace(index, parts=tuple(map(_plain, index.parts))) for index in table.indexes),
    )


def _plain(part: IndexPart) -> IndexPart:
    return replace(part, nulls=None) if (part.nulls == "first") == part.is_descending else part


def _check_name(table: Table, check: Check, taken: set[str | None]) -> str:
    used = sorted(set(_columns_in(check.expression)))
    stem = usual_name(table.name, used if len(used) == 1 else (), "check")
    name, number = stem, 0
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    return name


def _columns_in(expression: str) -> Iterable[str]:
    try:
        tree = postgast.parse(f"SELECT ({expression})")
    except postgast.PgQueryError:
        return
    for _, message in postgast.walk(tree):
        if isinstance(message, pb.ColumnRef):
            yield message.fields[-1].string.sval
