"""A schema as DDL."""

from __future__ import annotations

from dataclasses import replace

from lab.engines.beyond import beyond
from lab.engines.ddl import check_names, create_index, enum_check, foreign_key_clause, key_clause, named
from lab.engines.engine import Ddl, quote
from lab.engines.sqlite.expressions import default_sql, expression_sql, is_indexable, translate_expression
from lab.errors import LabError
from lab.model.schema import Column, Index, IndexPart, Key, Loss, Schema, Table, Type

_AFFINITY = {
    "smallint": "INTEGER",
    "integer": "INTEGER",
    "bigint": "INTEGER",
    "oid": "INTEGER",
    "boolean": "BOOLEAN",
    "real": "REAL",
    "double precision": "REAL",
    "numeric": "NUMERIC",
    "money": "NUMERIC",
    "bytea": "BLOB",
    "citext": "TEXT COLLATE NOCASE",
}


def create_sql(schema: Schema) -> Ddl:
    """Tables with all their constraints, since SQLite can add none later; indexes after the rows."""
    check_names(schema, "SQLite", ignores_case=True)
    losses: list[Loss] = []
    before = [_create_table(table, schema, losses) for table in schema.tables]
    after = [sql for table in schema.tables for index in table.indexes if (sql := index_sql(index, losses)) is not None]
    losses += [
        Loss(statement.what, "not created: it is written in PostgreSQL's language", statement.position)
        for statement in schema.statements
    ]
    return Ddl(tuple(before), tuple(after), tuple(losses))


def _create_table(table: Table, schema: Schema, losses: list[Loss]) -> str:
    rowid = _rowid_column(table)
    lines = [_column(column, table, schema, column.name == rowid, losses) for column in table.columns]
    if table.primary_key and not rowid:
        lines.append(key_clause("PRIMARY KEY", _plain(table.primary_key)))
    lines += [key_clause("UNIQUE", _plain(key)) for key in table.uniques]
    for check in table.checks:
        if (expression := expression_sql(check.expression, table)) is not None:
            lines.append(named(check.name, f"CHECK ({expression})"))
        else:
            losses.append(Loss(f"check ({check.expression}) on {table.name}", "not enforced", check.position))
    for key in table.foreign_keys:
        known = replace(key, set_columns=(), is_match_full=False, is_period=False)
        lines.append(foreign_key_clause(known, quote(key.table)))
    losses += beyond(table)
    if table.partitioning:
        losses.append(Loss(f"partitions of {table.name}", "one table holds all rows", table.position))
    if table.namespace not in (None, "public"):
        losses.append(Loss(f"namespace of {table.name}", f"{table.namespace} is not kept", table.position))
    return f"CREATE TABLE {quote(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"


def _plain(key: Key) -> Key:
    """A key as SQLite can have it."""
    return Key(key.columns, key.name)


def _rowid_column(table: Table) -> str | None:
    """The column that becomes INTEGER PRIMARY KEY, an alias of the rowid (SQLite manual, "ROWIDs")."""
    key = table.primary_key
    if key is None or len(key.columns) != 1:
        return None
    column = table.column(key.columns[0])
    return column.name if _AFFINITY.get(column.type.name) == "INTEGER" and not column.type.dimensions else None


def _column(column: Column, table: Table, schema: Schema, is_rowid: bool, losses: list[Loss]) -> str:
    parts = [quote(column.name), "INTEGER PRIMARY KEY" if is_rowid else _type(column.type)]
    where = f"{table.name}.{column.name}"
    if column.generated is not None:
        generated = expression_sql(column.generated, table)
        if generated is None:
            losses.append(
                Loss(f"generated column {where}", "stays NULL: its expression is PostgreSQL's", column.position)
            )
            return " ".join(parts)
        parts.append(f"GENERATED ALWAYS AS ({generated}) STORED")
    elif column.default is not None:
        default = default_sql(column.default, column.type)
        if default is None:
            losses.append(Loss(f"default of {where}", "must be given by the application", column.position))
        else:
            parts.append(f"DEFAULT {default}")
    if not column.is_nullable and not is_rowid:
        parts.append("NOT NULL")
    enum = schema.enum(column.type.name)
    if enum and not column.type.dimensions:
        parts.append(enum_check(column, enum))
    if column.type.dimensions:
        losses.append(Loss(f"array {where}", "kept as JSON text", column.position))
    return " ".join(parts)


def _type(type_: Type) -> str:
    if type_.dimensions:
        return "TEXT"
    if type_.name == "numeric" and type_.arguments:
        return f"NUMERIC({', '.join(map(str, type_.arguments))})"
    return _AFFINITY.get(type_.name, "TEXT")


def index_sql(index: Index, losses: list[Loss]) -> str | None:
    what = f"index {index.name}"
    if index.method not in ("btree", "hash", "brin"):
        losses.append(Loss(what, f"not created: SQLite has no {index.method}", index.position))
        return None
    if index.method != "btree":
        losses.append(Loss(what, f"a B-tree in place of {index.method}", index.position))
    if index.include and not index.is_unique:
        losses.append(Loss(what, "its INCLUDE columns become the last keys", index.position))
    if index.include and index.is_unique:
        losses.append(Loss(what, "its INCLUDE columns are left out", index.position))
    for text in (*(part.value for part in index.parts if part.is_expression), *filter(None, [index.where])):
        if not is_indexable(text):
            losses.append(Loss(what, f"not created: SQLite has no expression {text}", index.position))
            return None
    return _indexed(index)


def _indexed(index: Index) -> str:
    def render(expression: str) -> str:
        translated = translate_expression(expression)
        if translated is None:
            raise LabError(f"SQLite cannot index the expression {expression} of {index.name}")
        return translated

    keys = tuple(replace(part, operator_class=None, nulls=None, collation=None) for part in index.parts)
    if not index.is_unique:
        keys += tuple(IndexPart(column) for column in index.include)
    plain = replace(index, parts=keys, options="", has_distinct_nulls=True)
    return create_index(plain, quote(index.table), render)


def type_conditions(table: Table) -> dict[str, str]:
    """What SQLite lets pass: it takes any value in any column ("Datatypes In SQLite", 3), texts of any length."""
    storage = {
        "INTEGER": "'integer'",
        "BOOLEAN": "'integer'",
        "REAL": "'real', 'integer'",
        "NUMERIC": "'real', 'integer'",
        "BLOB": "'blob'",
    }
    found = {}
    for column in table.columns:
        classes = storage.get(_type(column.type).partition("(")[0], "'text'")
        condition = f"typeof({quote(column.name)}) IN ({classes}, 'null')"
        if column.type.name in ("varchar", "char") and column.type.arguments and not column.type.dimensions:
            condition += f" AND coalesce(length({quote(column.name)}), 0) <= {column.type.arguments[0]}"
        found[f"{column.name} is {column.type}"] = condition
    return found
