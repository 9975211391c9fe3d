"""A network address is an `inet`.

Problem: `ip_address varchar(45)`.

Why: text takes what is no address, holds one IPv6 address in several spellings that do not compare equal, and cannot be
asked which network it lies in; `inet` is 7 or 19 bytes (PostgreSQL manual, 8.9 "Network Address Types").

Remedy: `inet`; `macaddr` for a MAC address. Hashed addresses are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import POSTGRES, TEXTS, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES
_HIDDEN = frozenset("hash hashed masked anonymized country city".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_address):
        for column in columns:
            meant = "macaddr" if "mac" in words(column.name) else "inet"
            name = quote(column.name)
            actions = [f"ALTER COLUMN {name} DROP DEFAULT"] if column.default else []
            fix = alter(table, *actions, f"ALTER COLUMN {name} TYPE {meant} USING {name}::{meant}")
            why = "it takes what is no address, and one address in several spellings"
            yield of_column(RULE, SEVERITY, table, column, f"holds a network address as {column.type}", why, fix)


def _is_address(_: Table, column: Column) -> bool:
    named = words(column.name)
    is_named = ("ip" in named[-2:] and (named[-1] in ("ip", "address", "addr"))) or named[-2:] == ("mac", "address")
    return is_scalar(column, TEXTS) and is_named and not set(named) & _HIDDEN
