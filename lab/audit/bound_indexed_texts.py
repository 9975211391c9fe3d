"""What a B-tree holds is short.

Problem: a B-tree over a `body`, a `description` or another text that has no end.

Why: PostgreSQL refuses a row whose index entry exceeds a third of a page (2704 bytes), so that one long text fails an
insert in production; MySQL refuses the index unless it is told how much of the text to take.

Remedy: full-text search finds words, a trigram index (`gin_trgm_ops`) parts of words, a unique index over `md5(body)`
or a hash index finds the whole text.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.shapes import TEXTS, is_scalar
from lab.audit.sql import drop_index
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Index, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_LONG = frozenset(
    "body content contents description text message notes note bio html markdown summary comment remarks payload "
    "article abstract transcript".split()
)


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for index in table.indexes:
            for name in index.columns if index.method == "btree" else ():
                if _is_endless(table.column(name)):
                    yield _finding(table, index, name)


def _is_endless(column: Column) -> bool:
    is_text = is_scalar(column, TEXTS) and not column.type.arguments
    return is_text and last_word(column.name) in _LONG


def _finding(table: Table, index: Index, name: str) -> Finding:
    return Finding(
        RULE,
        SEVERITY,
        f"{table.name}.{index.name}",
        f"index {index.name} of {table.name} holds {name}, a text without a limit, in a B-tree",
        "a text of more than some 2700 bytes cannot be inserted",
        drop_index(table, index),
        index.position or table.position,
    )
