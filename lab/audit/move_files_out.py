"""Files lie beside the database.

Problem: a picture, a PDF or an attachment is stored as `bytea`.

Why: it passes through memory of server and client whole, bloats backups and replication, and cannot be served by what
serves files.

Remedy: an object store, and its key, size and checksum in the table. Keys, hashes and other small bytes are left
alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import is_scalar
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_FILES = frozenset(
    "image photo picture avatar pdf file attachment video audio document thumbnail logo scan blob content data".split()
)
_SMALL = frozenset("hash key digest checksum signature salt nonce token".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_file):
        said = "holds files in the database", "hold files in the database"
        why = "each passes through memory whole, and is in every backup and on every replica"
        fix = "keep them in an object store, and its key, size and checksum here"
        yield of_columns(RULE, SEVERITY, table, columns, said, why, fix)


def _is_file(_: Table, column: Column) -> bool:
    named = set(words(column.name))
    return is_scalar(column, frozenset(("bytea",))) and bool(named & _FILES) and not named & _SMALL
