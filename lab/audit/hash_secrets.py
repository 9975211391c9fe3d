"""A secret is not stored as it is.

Problem: `password text`, `api_key text`, `access_token text`.

Why: whoever reads a backup, a replica, a log of slow queries or one SELECT too many has every account (OWASP ASVS,
"Stored Cryptography"; CWE-256, CWE-312).

Remedy: passwords by Argon2id or bcrypt, and tokens the server only compares by SHA-256, in a column that says so
(`password_hash`, `token_digest`); secrets that must be read again encrypted, with the key elsewhere. A comment that
says so ("hash", "encrypted") will do as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name, snake_case, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import TEXTS, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_SECRETS = frozenset("password passwd pwd passphrase secret".split())
_TOKENS = (("access", "token"), ("refresh", "token"), ("api", "key"), ("private", "key"), ("session", "token"))
_SAFE = frozenset(
    "hash hashed digest encrypted cipher hint reset changed expires policy required enabled last id".split()
)


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_bare):
        for column in columns:
            new = quote(f"{snake_case(column.name)}_hash")
            fix = f"-- hash what is there, then:\n{alter(table, f'RENAME COLUMN {quote(column.name)} TO {new}')}"
            why = "whoever reads a backup or a log has every account"
            yield of_column(RULE, SEVERITY, table, column, "holds a secret, by its name as it is", why, fix)


def _is_bare(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_secret = bool(named) and (named[-1] in _SECRETS or named[-2:] in _TOKENS)
    is_safe = bool(set(named) & _SAFE) or re.search(
        r"hash|digest|encrypt|cipher|vault|argon|bcrypt", column.comment, re.I
    )
    return is_secret and is_scalar(column, TEXTS) and not is_safe
