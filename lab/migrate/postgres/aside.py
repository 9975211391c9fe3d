"""A table whose enums are called otherwise for the time being, in types and in every expression that names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from lab.model.schema import Column, Index, Schema, Table


def with_types(table: Table, names: Mapping[str, str]) -> Table:
    """`names` maps an enum to what it is called."""
    if not names:
        return table
    return replace(
        table,
        columns=tuple(_column(column, names) for column in table.columns),
        checks=tuple(replace(check, expression=_said(check.expression, names)) for check in table.checks),
        indexes=tuple(_index(index, names) for index in table.indexes),
    )


def with_enums(schema: Schema, names: Mapping[str, str]) -> Schema:
    return replace(schema, enums=tuple(replace(e, name=names.get(e.name, e.name)) for e in schema.enums))


def _column(column: Column, names: Mapping[str, str]) -> Column:
    return replace(
        column,
        type=replace(column.type, name=names.get(column.type.name, column.type.name)),
        default=column.default and _said(column.default, names),
        generated=column.generated and _said(column.generated, names),
    )


def _index(index: Index, names: Mapping[str, str]) -> Index:
    parts = tuple(replace(p, value=_said(p.value, names)) if p.is_expression else p for p in index.parts)
    return replace(index, parts=parts, where=index.where and _said(index.where, names))


def _said(sql: str, names: Mapping[str, str]) -> str:
    for name, other in names.items():
        sql = re.sub(rf'::(?:public\.)?"?{re.escape(name)}"?(?!\w)', f'::"{other}"', sql)
    return sql
