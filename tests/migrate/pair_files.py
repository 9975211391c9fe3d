"""Hand-written pairs of schemas, each in a folder: what is there, what is wanted, and rows that make it hard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlglot

from lab import readers
from lab.engines.engine import Database, Text
from lab.migrate.changes import Diff
from lab.migrate.diff import diff, read_declarations

HOME = Path(__file__).parent / "pairs"
NAMES = sorted(path.name for path in HOME.iterdir())


@dataclass(frozen=True)
class Pair:
    diff: Diff
    rows: str


def read_pair(name: str) -> Pair:
    home = HOME / name
    declared = read_declarations(texts=[(home / "b.sql").read_text()])
    found = diff(readers.read(home / "a.sql"), readers.read(home / "b.sql"), declared)
    return Pair(found, (home / "rows.sql").read_text())


def insert(database: Database, rows: str, dialect: str) -> None:
    """The rows, in another engine's words. Arrays and ranges have none: those pairs are then run without rows."""
    statements = [each.strip() for each in rows.split(";") if each.strip()]
    if dialect == "postgres":
        database.run([Text(each) for each in statements])
    elif not any(("'{" in each and ":" not in each) or "[" in each for each in statements):
        words = "mysql" if dialect == "mariadb" else dialect
        database.run([Text(sqlglot.transpile(each, read="postgres", write=words)[0]) for each in statements])
