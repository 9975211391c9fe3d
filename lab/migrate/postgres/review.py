"""What squawk (squawkhq.com), a linter of migrations, would say at its default rules of a step that has seen to it.

A step that keeps others waiting for long, or takes a name from the old application, is not excused: the warning is
right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.migrate.step import Step

TIMEOUTS = ("SET LOCAL lock_timeout = '60ms'", "SET LOCAL statement_timeout = 0")
"""What every step in a transaction begins with: it waits for no lock for long, and is then run again."""
_TAKEN_OVER = "the partitions have theirs already, which it takes over"
_SEEN_TO = (
    (r"\bRENAME TO\b", "renaming-table", "the name is taken over, or kept as a view, in the same transaction"),
    (r"\bDROP TABLE\b", "ban-drop-table", "its rows are elsewhere, or --allow-data-loss was said"),
    (r"\bDROP COLUMN\b", "ban-drop-column", "its values are elsewhere, or --allow-data-loss was said"),
    (r"\bALTER COLUMN \S+ TYPE\b", "changing-column-type", "what is stored stays as it is"),
    (r"\bDROP NOT NULL\b", "ban-drop-not-null", "the target says so"),
    (r"\bSET NOT NULL\b", "adding-not-nullable-field", "a validated CHECK spares it the scan"),
    (r"\bCREATE (UNIQUE )?INDEX (?!CONC)", "require-concurrent-index-creation", _TAKEN_OVER),
    (r"\bDROP INDEX (?!CONC)", "require-concurrent-index-deletion", "that of a partitioned table has no rows"),
    (r"\bFOREIGN KEY\b(?!.*NOT VALID)", "adding-foreign-key-constraint, constraint-missing-not-valid", _TAKEN_OVER),
    (
        r"\b(PRIMARY KEY|UNIQUE) \(",
        "adding-serial-primary-key-field, constraint-missing-not-valid, disallowed-unique-constraint",
        _TAKEN_OVER,
    ),
)
_OF_NEW_TABLES = (
    "adding-serial-primary-key-field",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "require-concurrent-index-creation",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "ban-char-field",
)


def comments(step: Step) -> Iterator[str]:
    """Lines for the head of a step's file."""
    text = "\n".join(step.up.sql)
    if not step.up.is_atomic:
        yield from _ignored("waits without keeping others waiting", "require-lock-timeout", "require-statement-timeout")
        yield from _ignored("can be run again after it was interrupted", "prefer-robust-stmts")
    elif text:
        yield from _ignored("runs in one transaction", "prefer-robust-stmts")
    if "CREATE TABLE" in text:
        yield from _ignored("the table is new and empty, its types are the schema's", *_OF_NEW_TABLES)
    elif "ADD COLUMN" in text or ("ADD CONSTRAINT" in text and "USING INDEX" in text):
        rules = [rule for rule in _OF_NEW_TABLES if rule.startswith(("prefer", "ban", "adding-serial"))]
        yield from _ignored("the types are the schema's, the index is there", *rules)
    for pattern, rule, reason in _SEEN_TO:
        if re.search(pattern, text) and step.up.lock.is_brief:
            yield from _ignored(reason, rule)


def _ignored(reason: str, *rules: str) -> Iterator[str]:
    yield f"-- {reason}:"
    yield f"-- squawk-ignore-file {', '.join(rules)}"
