"""The Drizzle reader beside drizzle-kit itself: the SQL it exports, and the snapshot it makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oracles import drizzle_export

from lab.model.schema import Column, Schema, Table
from lab.readers import read
from lab.readers.expressions import deparse, parse_expression

CORPUS = Path(__file__).parent / "typescript" / "drizzle"


def bare(schema: Schema) -> dict[str, Any]:
    tables: dict[str, Any] = {
        table.name: {
            "namespace": table.namespace,
            "columns": {column.name: _column(column, table) for column in table.columns},
            "primary key": table.primary_key and table.primary_key.columns,
            "uniques": {(key.name, key.columns) for key in table.uniques},
            "foreign keys": {replace(key, position=None) for key in table.foreign_keys},
            "checks": {(check.name, _plain(check.expression, table)) for check in table.checks},
            "indexes": {
                replace(index, position=None, where=index.where and _plain(index.where, table))
                for index in table.indexes
            },
        }
        for table in schema.tables
    }
    tables["enums"] = {enum.name: enum.values for enum in schema.enums}
    return tables


def _column(column: Column, table: Table) -> Column:
    default = column.default and deparse(parse_expression(column.default))
    generated = column.generated and _plain(column.generated, table)
    return replace(column, default=default, generated=generated, comment="", position=None, is_updated_by_client=False)


def _plain(expression: str, table: Table) -> str:
    """Without the table before its columns, which drizzle-kit writes."""
    return expression.replace(f"{table.name}.", "")


@pytest.mark.parametrize(("name", "casing"), [("shop", None)])
def test_reads_what_drizzle_kit_exports_for_postgres(name: str, casing: str | None, tmp_path: Path) -> None:
    source = CORPUS / f"{name}.ts"
    (tmp_path / "schema.sql").write_text(drizzle_export(source, "postgresql", tmp_path / "kit", casing))
    ours, theirs = bare(read(source)), bare(read(tmp_path / "schema.sql"))
    assert set(ours) == set(theirs)
    for table, made in ours.items():
        for part, value in made.items():
            assert value == theirs[table][part], f"{part} of {table}"
