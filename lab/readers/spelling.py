"""Names in the case they were defined in: MySQL and SQLite take others for the same, the model does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from lab.model.schema import ForeignKey, Index, IndexPart, Key, Schema, Table
from lab.readers.expressions import deparse, parse_expression

_Names = Mapping[str, str]


def with_own_spelling(schema: Schema) -> Schema:
    """Keys, references, indexes and expressions name tables and columns as their definitions do."""
    tables = {table.name.lower(): table.name for table in schema.tables}
    columns = {table.name: {column.name.lower(): column.name for column in table.columns} for table in schema.tables}
    made = tuple(_spelled(table, columns[table.name], tables, columns) for table in schema.tables)
    return replace(schema, tables=made)


def _spelled(table: Table, own: _Names, tables: _Names, columns: Mapping[str, _Names]) -> Table:
    def key(found: Key) -> Key:
        return replace(found, columns=_names(found.columns, own))

    def foreign(found: ForeignKey) -> ForeignKey:
        name = tables.get(found.table.lower(), found.table)
        referenced = _names(found.referenced, columns.get(name, {}))
        return replace(found, columns=_names(found.columns, own), table=name, referenced=referenced)

    def part(found: IndexPart) -> IndexPart:
        value = _expression(found.value, own) if found.is_expression else own.get(found.value.lower(), found.value)
        return replace(found, value=value)

    def index(found: Index) -> Index:
        where = found.where and _expression(found.where, own)
        return replace(found, table=table.name, parts=tuple(map(part, found.parts)), where=where)

    generated = [column.generated and _expression(column.generated, own) for column in table.columns]
    return replace(
        table,
        columns=tuple(replace(c, generated=sql) for c, sql in zip(table.columns, generated, strict=True)),
        primary_key=table.primary_key and key(table.primary_key),
        uniques=tuple(map(key, table.uniques)),
        foreign_keys=tuple(map(foreign, table.foreign_keys)),
        checks=tuple(replace(check, expression=_expression(check.expression, own)) for check in table.checks),
        indexes=tuple(map(index, table.indexes)),
    )


def _names(names: tuple[str, ...], known: _Names) -> tuple[str, ...]:
    return tuple(known.get(name.lower(), name) for name in names)


def _expression(sql: str, known: _Names) -> str:
    tree = parse_expression(sql)
    is_other = False
    for _, message in postgast.walk(tree):
        if isinstance(message, pb.ColumnRef):
            last: Any = message.fields[-1]
            own = known.get(last.string.sval.lower(), last.string.sval)
            is_other = is_other or own != last.string.sval
            last.string.sval = own
    return deparse(tree) if is_other else sql
