"""No index repeats what another index or a key already does.

Problem: an index on `(a)` beside one on `(a, b)`, or an index over the very columns of a primary key or a unique
constraint.

Why: every index is written at each insert and at most updates, and takes room in memory; the shorter one finds nothing
the longer one does not (PostgreSQL manual, 11.3 "Multicolumn Indexes").

Remedy: drop it. An index is only compared with one of the same method and the same WHERE; a unique index is redundant
only where another forbids the same duplicates, and one with INCLUDE only where the other holds those columns too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lab.audit.naming import rule_name
from lab.audit.sql import alter, drop_constraint, drop_index
from lab.model.finding import Finding, Severity
from lab.model.schema import Index, IndexPart, Key, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


@dataclass(frozen=True, slots=True)
class _Access:
    """An index, be it a key's or one of its own."""

    source: Key | Index
    label: str
    parts: tuple[IndexPart, ...]
    is_unique: bool = True
    method: str = "btree"
    include: frozenset[str] = frozenset()
    where: str | None = None


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        accesses = [*_keys(table), *_indexes(table)]
        for place, access in enumerate(accesses):
            others = [other for number, other in enumerate(accesses) if _covers(other, access, number < place)]
            if others and access.source is not table.primary_key:
                yield _finding(table, access, others[0])


def _keys(table: Table) -> Iterator[_Access]:
    for key in table.keys:
        label = "the primary key" if key is table.primary_key else f"the unique key ({', '.join(key.columns)})"
        yield _Access(key, label, tuple(_normal(IndexPart(column)) for column in key.columns))


def _indexes(table: Table) -> Iterator[_Access]:
    for index in table.indexes:
        parts = tuple(_normal(part) for part in index.parts)
        include = frozenset(index.include)
        yield _Access(index, f"index {index.name}", parts, index.is_unique, index.method, include, index.where)


def _normal(part: IndexPart) -> IndexPart:
    """With the place of NULLs written out."""
    return replace(part, nulls=part.nulls or ("first" if part.is_descending else "last"))


def _reversed(part: IndexPart) -> IndexPart:
    return replace(part, is_descending=not part.is_descending, nulls="last" if part.nulls == "first" else "first")


def _covers(other: _Access, access: _Access, is_earlier: bool) -> bool:
    """Whether `access` could go since `other` is there. Of two that are alike, the later goes."""
    if other is access or (other.method, other.where) != (access.method, access.where):
        return False
    held = other.include | {part.value for part in other.parts}
    if not access.include <= held or not _begins(other, access):
        return False
    if len(other.parts) > len(access.parts):
        return access.method == "btree" and not access.is_unique
    if access.is_unique != other.is_unique:
        return other.is_unique
    return is_earlier or not other.include <= access.include


def _begins(other: _Access, access: _Access) -> bool:
    """Read forwards or backwards."""
    start = other.parts[: len(access.parts)]
    return access.parts in (start, tuple(_reversed(part) for part in start))


def _finding(table: Table, access: _Access, other: _Access) -> Finding:
    name = access.source.name or f"({', '.join(part.value for part in access.parts)})"
    relation = "repeats" if len(other.parts) == len(access.parts) else "is redundant beside"
    return Finding(
        RULE,
        SEVERITY,
        f"{table.name}.{name}",
        f"{access.label} of {table.name} {relation} {other.label}",
        "it is written at every insert, and finds nothing the other does not",
        _drop(table, access.source),
        access.source.position or table.position,
    )


def _drop(table: Table, source: Key | Index) -> str:
    if isinstance(source, Index):
        return drop_index(table, source)
    # CREATE TABLE merges keys over the same columns, so that one without a name may not be there.
    return alter(table, drop_constraint(table, source, is_sure=source.name is not None))
