"""A function with its owner's rights says where it looks.

Problem: SECURITY DEFINER without SET search_path.

Why: whoever calls it chooses the search path, and so which function or table a name in it means: with the owner's
rights (PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely").

Remedy: SET search_path = pg_catalog, pg_temp, and qualified names inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import POSTGRES
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema, Statement

RULE = rule_name(__name__)
SEVERITY: Severity = "error"
ENGINES = POSTGRES
_OWN = re.compile(r"\bSECURITY\s+DEFINER\b", re.IGNORECASE)
_PINNED = re.compile(r"\bSET\s+search_path\b", re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    for statement in schema.statements:
        is_function = statement.what.startswith(("function ", "procedure "))
        if is_function and _OWN.search(statement.sql) and not _is_pinned(statement, schema):
            name = statement.what.partition(" ")[2]
            yield Finding(
                RULE,
                SEVERITY,
                name,
                f"{statement.what} runs with its owner's rights and its caller's search_path",
                "whoever calls it chooses what the names in it mean",
                f"ALTER ROUTINE {quote(name)} SET search_path = pg_catalog, public, pg_temp;",
                statement.position,
            )


def _is_pinned(statement: Statement, schema: Schema) -> bool:
    name = statement.what.partition(" ")[2]
    altered = re.compile(rf"ALTER\s+(?:ROUTINE|FUNCTION|PROCEDURE)\s+(?:\w+\.)?\"?{re.escape(name)}\b", re.IGNORECASE)
    texts = [statement.sql, *(other.sql for other in schema.statements if altered.match(other.sql))]
    return any(_PINNED.search(text) for text in texts)
