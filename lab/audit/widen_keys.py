"""A table that only grows numbers its rows in `bigint`.

Problem: rows that arrive day after day are numbered by a `serial` or an `integer` identity, which ends at 2147483647;
a `smallint` one ends at 32767.

Why: numbers that were rolled back or deleted are spent too, and at the end every insert fails. To widen the key then
rewrites the table and all that refer to it while nobody can write; 4 bytes a row are cheaper.

Remedy: `bigint`, in the key and in every foreign key to it. A table counts as one that grows when it refers to another
one and dates its rows, or is named after events or lines; lists of categories and the like are left alone,
and so is SQLite, whose every integer takes 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.shapes import INNODB, POSTGRES, dates_making, is_journal, is_scalar, surrogate
from lab.audit.sql import alter, beside, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
ENGINES = POSTGRES | INNODB
SEVERITY: Severity = "warning"

_LARGEST = {"integer": 2**31 - 1, "smallint": 2**15 - 1}
_GROWING = frozenset("item items line lines comment comments order orders payment payments session sessions".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        key = surrogate(table)
        if key and key.identity and is_scalar(key, frozenset(_LARGEST)) and _grows(table):
            yield _finding(table, key, schema)


def _grows(table: Table) -> bool:
    refers = any(foreign_key.table != table.name for foreign_key in table.foreign_keys)
    is_dated = any(map(dates_making, table.columns))
    return refers and (is_dated or is_journal(table) or last_word(table.name) in _GROWING)


def _finding(table: Table, key: Column, schema: Schema) -> Finding:
    largest = _LARGEST[key.type.name]
    severity: Severity = "note" if key.type.name == "integer" else "warning"
    return Finding(
        RULE,
        severity,
        f"{table.name}.{key.name}",
        f"{table.name}.{key.name} is {key.type}, so the table takes {largest} rows in its whole life",
        "at the end every insert fails, and to widen the key then locks the table while it is rewritten",
        _fix(table, key, schema),
        key.position or table.position,
    )


def _fix(table: Table, key: Column, schema: Schema) -> str:
    statements = [alter(table, f"ALTER COLUMN {quote(key.name)} TYPE bigint")]
    for child, foreign_key in schema.foreign_keys():
        if foreign_key.table == table.name and key.name in foreign_key.referenced:
            column = foreign_key.columns[foreign_key.referenced.index(key.name)]
            statements.append(alter(child, f"ALTER COLUMN {quote(column)} TYPE bigint"))
    if key.is_serial:
        statements.append(f"ALTER SEQUENCE {beside(table, f'{table.relation}_{key.name}_seq')} AS bigint;")
    return "\n".join(dict.fromkeys(statements))
