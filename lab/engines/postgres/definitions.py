"""A schema as DDL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lab.engines.ddl import create_index, foreign_key_clause, key_clause, named, qualified, usual_name
from lab.engines.engine import Ddl, literal, quote
from lab.engines.postgres.load import BUILT_IN
from lab.model.schema import Column, Enum, Index, Partitioning, Schema, Statement, Table, Type


def create_sql(schema: Schema) -> Ddl:
    """Tables before the rows; keys, indexes, references and verbatim statements after them: building an index
    once is cheaper than keeping it up row by row (PostgreSQL manual, 14.4 "Populating a Database")."""
    before = [f"CREATE SCHEMA {quote(space)}" for space in _namespaces(schema)]
    before += [statement.sql for statement in schema.statements if _makes_namespace(statement)]
    before += [enum_sql(enum) for enum in schema.enums]
    before += [f"COMMENT ON TYPE {qualified(enum)} IS {literal(enum.comment)}" for enum in schema.enums if enum.comment]
    early, late = _split_statements(schema)
    before += early
    after: list[str] = []
    for table in schema.tables:
        before.append(table_sql(table, schema))
        before += _alter_sequences(table)
        before += partitions_sql(table)
        before += comments_sql(table)
        after += _keys(table)
        after += [index_sql(index, qualified(table)) for index in table.indexes]
    for table, foreign_key in schema.foreign_keys():
        referenced = qualified(schema.table(foreign_key.table))
        after.append(f"ALTER TABLE {qualified(table)} ADD {foreign_key_clause(foreign_key, referenced)}")
    return Ddl(tuple(before), tuple(after + late))


def _namespaces(schema: Schema) -> list[str]:
    made = {match[1] for s in schema.statements if (match := re.match(r"schema (\S+)", s.what))}
    return sorted(set(schema.namespaces()) - made)


def _makes_namespace(statement: Statement) -> bool:
    return statement.what.startswith("schema ")


def _split_statements(schema: Schema) -> tuple[list[str], list[str]]:
    """Statements tables may need (extensions, domains, functions) and statements that need tables."""
    early = ("extension", "domain", "type", "sequence", "function", "collation", "cast", "operator")
    rows = {table.relation for table in schema.tables} | {
        s.what.split()[-1] for s in schema.statements if s.what.startswith(("view", "materialized view", "table"))
    }
    others = [s for s in schema.statements if not _makes_namespace(s)]
    is_early = [s.what.startswith(early) and not _takes_rows(s, rows) for s in others]
    first = [s.sql for s, is_first in zip(others, is_early, strict=True) if is_first]
    second = [s.sql for s, is_first in zip(others, is_early, strict=True) if not is_first]
    if any(s.what.startswith("function") for s in schema.statements):
        first.insert(0, "SET check_function_bodies = off")
    return first, second


def _takes_rows(statement: Statement, relations: set[str]) -> bool:
    """Whether a function's arguments or result are rows of a table or a view, which has to be there before it."""
    if not statement.what.startswith("function"):
        return False
    signature = re.split(r"(?is)\b(?:AS|LANGUAGE|BEGIN|RETURN)\b", statement.sql, maxsplit=1)[0]
    named = signature.partition("(")[2]
    return any(word.strip('"') in relations for word in re.findall(r'"[^"]+"|\w+(?:%TYPE)?', named))


def enum_sql(enum: Enum) -> str:
    return f"CREATE TYPE {qualified(enum)} AS ENUM ({', '.join(map(literal, enum.values))})"


def type_sql(type_: Type, schema: Schema) -> str:
    if enum := schema.enum(type_.name):
        return qualified(enum) + "[]" * type_.dimensions
    if not BUILT_IN.fullmatch(type_.name):
        return quote(type_.name) + "[]" * type_.dimensions
    if type_.name in ("timestamptz", "timestamp", "time", "timetz") and type_.arguments:
        return f"{type_.name}({type_.arguments[0]})" + "[]" * type_.dimensions
    return str(type_)


_SERIALS = {"smallint": "smallserial", "bigint": "bigserial"}


def _alter_sequences(table: Table) -> Iterator[str]:
    """Of serial columns that do not count 1, 2, 3."""
    for column in table.columns:
        if column.is_serial and column.sequence:
            sequence = qualified(replace(table, name=usual_name(table.relation, [column.name], "seq")))
            start = re.search(r"START WITH (-?\d+)", column.sequence)
            restart = f" RESTART WITH {start[1]}" if start else ""
            yield f"ALTER SEQUENCE {sequence} {column.sequence}{restart}"


def column_sql(column: Column, schema: Schema) -> str:
    serial = _SERIALS.get(column.type.name, "serial") if column.is_serial else None
    parts = [quote(column.name), serial or type_sql(column.type, schema)]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({column.generated}) {'VIRTUAL' if column.is_virtual else 'STORED'}")
    elif column.identity and not column.is_serial:
        options = f" ({column.sequence})" if column.sequence else ""
        parts.append(f"GENERATED {column.identity.upper()} AS IDENTITY{options}")
    elif column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if not column.is_nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def table_sql(table: Table, schema: Schema) -> str:
    lines = [column_sql(column, schema) for column in table.columns]
    lines += [
        named(check.name, f"CHECK ({check.expression})" + (" NO INHERIT" if check.is_no_inherit else ""))
        for check in table.checks
    ]
    sql = f"CREATE TABLE {qualified(table)} (\n  " + ",\n  ".join(lines) + "\n)"
    return sql + _partition_by(table.partitioning)


def _partition_by(how: Partitioning | None) -> str:
    return f" PARTITION BY {how.strategy.upper()} ({', '.join(how.keys)})" if how else ""


def partitions_sql(table: Table) -> Iterator[str]:
    waiting = [(table.name, table.partitioning)] if table.partitioning else []
    for parent, how in waiting:
        nested = dict(how.nested)
        for name, bounds in how.partitions:
            below = nested.get(name)
            names = qualified(replace(table, name=name)), qualified(replace(table, name=parent))
            yield f"CREATE TABLE {names[0]} PARTITION OF {names[1]} {bounds}{_partition_by(below)}"
            if below:
                waiting.append((name, below))


def comments_sql(table: Table) -> list[str]:
    texts = [f"COMMENT ON TABLE {qualified(table)} IS {literal(table.comment)}"] if table.comment else []
    return texts + [
        f"COMMENT ON COLUMN {qualified(table)}.{quote(column.name)} IS {literal(column.comment)}"
        for column in table.columns
        if column.comment
    ]


def _keys(table: Table) -> list[str]:
    clauses = [key_clause("PRIMARY KEY", table.primary_key)] if table.primary_key else []
    clauses += [key_clause("UNIQUE", key) for key in table.uniques]
    return [f"ALTER TABLE {qualified(table)} ADD {clause}" for clause in clauses]


def index_sql(index: Index, table: str) -> str:
    return create_index(index, table, str, index.method if index.method != "btree" else "", index.include)
