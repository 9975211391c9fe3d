"""Every foreign key is led by an index.

Problem: PostgreSQL indexes what a foreign key refers to, and not the foreign key itself.

Why: deleting a row that is referred to, or changing its key, looks for the rows that refer to it, and so does every
join from it; without an index that reads the whole table, once per deleted row (PostgreSQL manual, 5.5.5 "Foreign
Keys").

Remedy: an index that begins with the foreign key's columns, in any order. A key or a unique index serves as well; a
partial index does not, unless all it leaves out is NULL. MySQL makes such an index itself, so nothing is said of a
schema written for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from lab.audit.naming import column_subject, free_name, rule_name
from lab.audit.shapes import INNODB, relation_names
from lab.audit.sql import qualified, quote, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import ForeignKey, Index, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


@dataclass(frozen=True, slots=True)
class _Lead:
    """The columns rows can be looked up by through an index, the first first, and what makes it partial."""

    columns: tuple[str, ...]
    where: str | None = None


def check(schema: Schema) -> Iterator[Finding]:
    if schema.provider in INNODB:
        return
    for table in schema.tables:
        leads = [_Lead(key.columns) for key in table.keys] + [_lead(index) for index in table.indexes]
        for foreign_key in sorted(table.foreign_keys, key=lambda key: -len(key.columns)):
            if not any(_serves(lead, foreign_key.columns) for lead in leads):
                leads.append(_Lead(foreign_key.columns))
                yield _finding(table, foreign_key, schema)


def _lead(index: Index) -> _Lead:
    if index.method not in ("btree", "hash"):
        return _Lead(())
    plain = takewhile(lambda part: not part.is_expression, index.parts)
    return _Lead(tuple(part.value for part in plain), index.where)


def _serves(lead: _Lead, columns: tuple[str, ...]) -> bool:
    is_whole = lead.where is None or lead.where in [f"{quote(column)} IS NOT NULL" for column in columns]
    return is_whole and set(lead.columns[: len(columns)]) == set(columns)


def _finding(table: Table, foreign_key: ForeignKey, schema: Schema) -> Finding:
    subject = column_subject(table.name, foreign_key.columns)
    parent = foreign_key.table
    name = free_name(f"{table.relation}_{'_'.join(foreign_key.columns)}_idx", relation_names(schema))
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} refers to {parent}, but no index begins with it",
        f"deleting a row of {parent}, changing its key, or joining from it reads all of {table.name}",
        f"CREATE INDEX {quote(name)} ON {qualified(table)} ({quote_all(foreign_key.columns)});",
        foreign_key.position or table.position,
    )
