"""The TypeORM reader beside TypeORM itself: the metadata it builds of the same entities."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from oracles import typeorm_metadata

from lab.model.schema import Column, Schema, Table
from lab.readers import read
from lab.readers.dialects import in_postgres
from lab.readers.types import parse_type

CORPUS = Path(__file__).parent / "typescript" / "typeorm"
_MYSQL = {
    "int": "integer",
    "tinyint": "boolean",
    "datetime": "timestamp",
    "timestamp": "timestamptz",
    "longtext": "text",
    "json": "jsonb",
    "float": "real",
    "mediumint": "integer",
    "blob": "bytea",
}
_SQLITE = {"datetime": "timestamp", "blob": "bytea"}


def ours(schema: Schema) -> dict[str, Any]:
    return {table.name: _table(table, schema) for table in schema.tables}


def _table(table: Table, schema: Schema) -> dict[str, Any]:
    return {
        "schema": table.namespace,
        "columns": {column.name: _column(column, schema) for column in table.columns},
        "primary": set(table.primary_key.columns) if table.primary_key else set(),
        "uniques": {(key.name, key.columns) for key in table.uniques},
        "indexes": {(index.name, index.columns, index.is_unique, index.where) for index in table.indexes},
        "foreign keys": {
            (key.name, key.columns, key.table, key.referenced, key.on_delete, key.on_update, key.is_deferrable)
            for key in table.foreign_keys
        },
        "checks": {(check.name, check.expression) for check in table.checks},
    }


def _column(column: Column, schema: Schema) -> tuple[Any, ...]:
    enum = schema.enum(column.type.name)
    type_ = ("enum", enum.values, column.type.dimensions) if enum else str(column.type)
    default = _default(column.default)
    return type_, column.is_nullable, default, column.identity, column.generated, column.comment


def theirs(metadata: list[dict[str, Any]], provider: str) -> dict[str, Any]:
    return {table["name"]: _their_table(table, provider) for table in metadata}


def _their_table(table: dict[str, Any], provider: str) -> dict[str, Any]:
    return {
        "schema": table["schema"],
        "columns": {column["name"]: _their_column(column, provider) for column in table["columns"]},
        "primary": set(table["primary"]),
        "uniques": {(key["name"], tuple(key["columns"])) for key in table["uniques"]},
        "indexes": {
            (
                index["name"],
                tuple(index["columns"]),
                index["isUnique"],
                index["where"] and in_postgres(index["where"], provider),
            )
            for index in table["indices"]
        },
        "foreign keys": {
            (
                key["name"],
                tuple(key["columns"]),
                key["table"],
                tuple(key["referenced"]),
                key["onDelete"].lower(),
                key["onUpdate"].lower(),
                key["isDeferrable"],
            )
            for key in table["foreignKeys"]
        },
        "checks": {(check["name"], in_postgres(check["expression"], provider)) for check in table["checks"]},
    }


def _default(sql: str | None) -> str | None:
    """As PostgreSQL understands it: a number in quotes is the number, CURRENT_TIMESTAMP is now()."""
    if sql is None:
        return None
    bare = in_postgres(sql, "postgres") or sql
    bare = re.sub(r"^'(-?[\d.]+)'$", r"\1", bare)
    return "now()" if bare.upper().startswith("CURRENT_TIMESTAMP") else bare


def _their_type(column: dict[str, Any], provider: str) -> Any:
    if column["type"] == "enum" or (column["enum"] and provider == "sqlite"):
        return "enum", tuple(column["enum"]), int(column["isArray"])
    name = {"mysql": _MYSQL, "sqlite": _SQLITE}.get(provider, {}).get(column["type"], column["type"])
    type_ = parse_type(name)[0].name
    if column["isUnsigned"] and type_ == "integer":
        type_ = "bigint"
    length, arguments = str(column["length"] or ""), ""
    if type_ in ("varchar", "char") and length:
        arguments = f"({length})"
        if provider == "mysql" and length == "36":
            return "uuid"
    elif type_ == "numeric" and column["precision"] is not None:
        arguments = f"({column['precision']}" + (f",{column['scale']})" if column["scale"] is not None else ")")
    elif type_ in ("timestamp", "timestamptz") and provider == "mysql":
        arguments = f"({column['precision'] or 0})"
    return type_ + arguments + "[]" * column["isArray"]


def _their_column(column: dict[str, Any], provider: str) -> tuple[Any, ...]:
    default = _default(column["default"] if column["default"] is None else in_postgres(column["default"], provider))
    if column["type"] in ("boolean", "tinyint") and default in ("0", "1"):
        default = "true" if default == "1" else "false"
    identity = None
    if column["isGenerated"] and column["strategy"] != "uuid":
        identity = "always" if column["identity"] == "ALWAYS" else "by default"
    if column["isGenerated"] and column["strategy"] == "uuid" and provider == "postgres":
        default = "gen_random_uuid()"
    generated = column["generated"] and in_postgres(column["generated"], provider)
    return _their_type(column, provider), column["isNullable"], default, identity, generated, column["comment"]


def without_docs(tables: dict[str, Any], files: list[Path]) -> dict[str, Any]:
    """`/** … */` is no comment to TypeORM."""
    for table in tables.values():
        for name, (*rest, comment) in table["columns"].items():
            is_doc = comment and not any(f'comment: "{comment}"' in file.read_text() for file in files)
            table["columns"][name] = (*rest, "" if is_doc else comment)
    return tables


def with_unique_indexes(tables: dict[str, Any]) -> dict[str, Any]:
    """MySQL's unique constraints are unique indexes, and TypeORM names them so."""
    for table in tables.values():
        table["uniques"] = {columns for _, columns in table["uniques"]}
        table["uniques"] |= {columns for _, columns, is_unique, _ in table["indexes"] if is_unique}
        table["indexes"] = {index for index in table["indexes"] if not index[2]}
    return tables


@pytest.mark.parametrize(
    ("name", "driver", "provider"),
    [("shop", "postgres", "postgres"), ("blog", "mysql", "mysql"), ("tiny", "sqljs", "sqlite")],
)
def test_reads_what_typeorm_makes_of_the_same_entities(name: str, driver: str, provider: str, tmp_path: Path) -> None:
    folder = CORPUS / name
    files = sorted(folder.glob("*.ts"))
    schema = read(folder)
    expected = theirs(typeorm_metadata(files, driver, tmp_path), provider)
    found = without_docs(ours(schema), files)
    if provider == "mysql":
        found, expected = with_unique_indexes(found), with_unique_indexes(expected)
    assert schema.provider == provider
    assert set(found) == set(expected)
    for table, made in found.items():
        for part, value in made.items():
            assert value == expected[table][part], f"{part} of {table}"
