"""A table in a document is a table.

Problem: `items jsonb` on an order, `addresses jsonb` on a customer.

Why: no type, key or CHECK holds inside; to change one line rewrites the document, two writers overwrite each other, and
every sum takes all documents apart.

Remedy: a child table. A document is right for what is read and written whole and differs from row to row (settings,
answers of another service), and for what is kept as it was: say so in the column's comment, and this rule is silent,
as it is for journals.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import DOCUMENTS, is_journal
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_PARTS = frozenset(
    "items lines addresses members users orders payments products contacts participants attendees entries rows "
    "children comments transactions variants prices students employees".split()
)


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_table):
        for column in columns:
            why = "no type, key or CHECK holds inside, and to change one of them rewrites all"
            fix = f"a child table {table.name}_{column.name} with a row for each"
            yield of_column(RULE, SEVERITY, table, column, f"holds rows as {column.type}", why, fix)


def _is_table(table: Table, column: Column) -> bool:
    is_document = column.type.name in DOCUMENTS
    return is_document and last_word(column.name) in _PARTS and not column.comment and not is_journal(table)
