"""The Drizzle reader beside drizzle-kit itself: the SQL it exports, and the snapshot it makes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oracles import drizzle_migration, drizzle_snapshot

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
    return replace(
        column,
        default=default,
        generated=generated,
        comment="",
        position=None,
        is_updated_by_client=False,
        is_serial=False,
    )


def _plain(expression: str, table: Table) -> str:
    """Without the table before its columns, which drizzle-kit writes."""
    return expression.replace(f"{table.name}.", "")


def with_casing(source: Path, casing: str | None, project: Path) -> Path:
    """A project whose drizzle.config.ts says the casing."""
    if casing is None:
        return source
    project.mkdir()
    config = f'import {{ defineConfig }} from "drizzle-kit";\nexport default defineConfig({{ casing: "{casing}" }});\n'
    (project / "drizzle.config.ts").write_text(config)
    return Path(shutil.copy(source, project))


@pytest.mark.parametrize(("name", "casing"), [("shop", None), ("saas", "snake_case")])
def test_reads_what_drizzle_kit_exports_for_postgres(name: str, casing: str | None, tmp_path: Path) -> None:
    source = with_casing(CORPUS / f"{name}.ts", casing, tmp_path / "project")
    (tmp_path / "schema.sql").write_text(drizzle_migration(source, "postgresql", tmp_path / "kit", casing))
    ours, theirs = bare(read(source)), bare(read(tmp_path / "schema.sql"))
    assert set(ours) == set(theirs)
    for table, made in ours.items():
        for part, value in made.items():
            assert value == theirs[table][part], f"{part} of {table}"


MYSQL_TYPES = {
    "bigint unsigned": "bigint",
    "boolean": "boolean",
    "datetime(3)": "timestamp(3)",
    "decimal(10,4)": "numeric(10,4)",
    "double": "double precision",
    "int": "integer",
    "int unsigned": "bigint",
    "json": "jsonb",
    "longtext": "text",
    "serial": "bigint",
    "timestamp": "timestamptz(0)",
    "timestamp(3)": "timestamptz(3)",
    "tinyint": "smallint",
    "varbinary(16)": "bytea",
    "year": "smallint",
}
SQLITE_TYPES = {"blob": "bytea", "real": "double precision", "text(256)": "varchar(256)"}
SQLITE_MODES = {"boolean": "integer", "bigint": "integer", "jsonb": "text"}


def structure(schema: Schema) -> dict[str, Any]:
    """What a snapshot says, too."""
    return {
        table.name: {
            "columns": {
                column.name: (_type(column, schema), column.is_nullable, column.generated is not None)
                for column in table.columns
            },
            "primary key": table.primary_key.columns if table.primary_key else (),
            "uniques": {key.columns for key in table.uniques}
            | {index.columns for index in table.indexes if index.is_unique},
            "indexes": {(index.name, index.columns) for index in table.indexes if not index.is_unique},
            "foreign keys": {
                (key.columns, key.table, key.referenced, key.on_delete, key.on_update) for key in table.foreign_keys
            },
            "checks": {check.name for check in table.checks},
        }
        for table in schema.tables
    }


def _type(column: Column, schema: Schema) -> str:
    enum = schema.enum(column.type.name)
    if enum:
        return f"enum({','.join(repr(value) for value in enum.values)})"
    return SQLITE_MODES.get(str(column.type), str(column.type)) if schema.provider == "sqlite" else str(column.type)


def snapshot(found: dict[str, Any], types: dict[str, str]) -> dict[str, Any]:
    return {table["name"]: _snapshot(table, types) for table in found["tables"].values()}


def _snapshot(table: dict[str, Any], types: dict[str, str]) -> dict[str, Any]:
    columns = table["columns"].values()
    single = tuple(column["name"] for column in columns if column["primaryKey"])
    composite = next(iter(table["compositePrimaryKeys"].values()), {"columns": single})
    serial = {(column["name"],) for column in columns if column["type"] == "serial"}
    indexes = table["indexes"].values()
    return {
        "columns": {
            column["name"]: (
                types.get(column["type"], column["type"]),
                not column["notNull"] and column["name"] not in composite["columns"],
                "generated" in column,
            )
            for column in columns
        },
        "primary key": tuple(composite["columns"]),
        "uniques": {tuple(key["columns"]) for key in table["uniqueConstraints"].values()}
        | {tuple(index["columns"]) for index in indexes if index["isUnique"]}
        | serial,
        "indexes": {(index["name"], tuple(index["columns"])) for index in indexes if not index["isUnique"]},
        "foreign keys": {
            (
                tuple(key["columnsFrom"]),
                key["tableTo"],
                tuple(key["columnsTo"]),
                key.get("onDelete") or "no action",
                key.get("onUpdate") or "no action",
            )
            for key in table["foreignKeys"].values()
        },
        "checks": {check["name"] for check in table.get("checkConstraint", table.get("checkConstraints", {})).values()},
    }


@pytest.mark.parametrize(("name", "types"), [("mysql", MYSQL_TYPES), ("sqlite", SQLITE_TYPES)])
def test_reads_what_drizzle_kit_sees_of_other_databases(name: str, types: dict[str, str], tmp_path: Path) -> None:
    source = CORPUS / f"{name}.ts"
    schema = read(source)
    ours, theirs = structure(schema), snapshot(drizzle_snapshot(source, name, tmp_path), types)
    assert schema.provider == name
    assert set(ours) == set(theirs)
    for table, made in ours.items():
        for part, value in made.items():
            assert value == theirs[table][part], f"{part} of {table}"
