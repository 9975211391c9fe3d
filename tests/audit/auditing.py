"""A case of a rule, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab.audit import audit
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema
from lab.readers import read

FILE = "schema.sql"
USERS = "CREATE TABLE users (id bigint PRIMARY KEY);\n"
ROLES = "CREATE TABLE roles (id bigint PRIMARY KEY);\n"


@dataclass(frozen=True, slots=True)
class Case:
    """`place` is line:column. `is_refused` where PostgreSQL itself does not take the schema."""

    rule: str
    ddl: str
    severity: Severity
    subject: str
    message: str
    place: str
    fix: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    rule: str
    reason: str
    ddl: str


def schema(ddl: str) -> Schema:
    return read(Path(FILE), ddl)


def findings(rule: str, ddl: str) -> list[Finding]:
    return [finding for finding in audit(schema(ddl)) if finding.rule == rule]


def is_sql(fix: str) -> bool:
    return fix.startswith(("ALTER ", "CREATE ", "DROP ", "UPDATE ", "COMMENT "))


def is_renaming(fix: str) -> bool:
    """Renaming is the one thing the reader does not read."""
    return " RENAME " in fix
