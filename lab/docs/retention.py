"""How long each table's rows are kept, and what takes them away: proposed from what tables are for, to be agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.audit.shapes import MOMENTS, deletion_mark, is_journal, is_log, is_scalar
from lab.engines.engine import quote
from lab.model.schema import Schema, Table
from lab.report.blocks import Block, Bullets, Cell, Code, Column, Heading, Paragraph, Section
from lab.report.blocks import Table as Grid

_MONEY = re.compile(r"invoice|payment|refund|order|ledger|transaction|subscription|billing|credit", re.IGNORECASE)
_SAID = re.compile(r"[^.;:]*\b(?:kept|erased|retained|purged)\b[^.;:]*", re.IGNORECASE)
_EXPIRY = re.compile(r"expir", re.IGNORECASE)


_HOW = {"mongodb": "Indexes that delete what is past, once a minute:"}


@dataclass(frozen=True, slots=True)
class _Policy:
    table: str
    why: str
    keeps: str
    by: str
    sql: str = ""


def section(schema: Schema, engine: str) -> Section:
    policies = [_policy(table, schema, engine) for table in schema.tables]
    rows = tuple((Cell(p.table), Cell(p.keeps), Cell(p.why), Cell(p.by)) for p in policies)
    blocks: list[Block] = [
        Paragraph(
            "What the comments of the schema say is kept to; all else is a proposal that follows from what a table is "
            "for, and wants the consent of whoever answers for the data.",
        ),
        Grid(tuple(map(Column, ("table", "rows are kept", "because it", "taken away by"))), rows, "Retention"),
    ]
    jobs = [policy for policy in policies if policy.sql]
    if jobs:
        blocks.append(Heading("Jobs", 3))
        blocks.append(
            Paragraph(_HOW.get(engine, "Daily, in batches, each a transaction of its own, until one is empty:"))
        )
        blocks += [Code(policy.sql, "text" if engine in _HOW else "sql") for policy in jobs]
    logs = [table.name for table in schema.tables if _is_kept_by_time(table)]
    if logs:
        options = " ".join(f"--table {name}" for name in logs)
        blocks.append(Heading("Archive by partitions", 3))
        blocks.append(
            Bullets((f"`lab add retention DESIGN {options}` writes the migration, measured by `lab compare`.",))
        )
    return Section("retention", "Retention and archival", tuple(blocks))


def _is_kept_by_time(table: Table) -> bool:
    return is_log(table) and _moment(table) is not None


def _moment(table: Table) -> str | None:
    return next((c.name for c in table.columns if is_scalar(c, MOMENTS) and not c.is_nullable), None)


def _policy(table: Table, schema: Schema, engine: str) -> _Policy:
    said = _SAID.search(" ".join([table.comment, *(column.comment for column in table.columns)]))
    if said:
        return _Policy(table.name, "says so", " ".join(said[0].split()), "what the comment names")
    return next(_proposals(table, engine))


def _proposals(table: Table, engine: str) -> Iterator[_Policy]:
    name = table.name
    expiry = next((c.name for c in table.columns if _EXPIRY.search(c.name) and is_scalar(c, MOMENTS)), None)
    if expiry:
        yield _Policy(name, "expires", "30 days after they expired", "a job", _batch(table, expiry, 30, engine))
    if _is_kept_by_time(table):
        yield _Policy(name, "is a log", "13 months at hand, 7 years in an archive", "partitions, by the month")
    if _MONEY.search(name):
        yield _Policy(name, "is about money", "10 years from the end of the year", "an archive, after review")
    if is_journal(table):
        yield _Policy(name, "is a journal", "as long as what it is about, at least 24 months", "an archive")
    if mark := deletion_mark(table):
        moment = mark.name if is_scalar(mark, MOMENTS) else None
        sql = _batch(table, moment, 90, engine) if moment else ""
        yield _Policy(name, f"marks deleted rows by {mark.name}", "90 days after they were marked", "a job", sql)
    owner = next((key.table for key in table.foreign_keys if key.on_delete == "cascade"), None)
    if owner:
        yield _Policy(name, f"belongs to {owner}", f"as long as their {owner}", "the foreign key")
    yield _Policy(name, "is what the product is about", "until somebody deletes them", "the application")


def _batch(table: Table, moment: str, days: int, engine: str) -> str:
    """What deletes some of the rows whose moment is so many days past; empty where nothing is to be said."""
    name, column = (f"{quote(table.namespace)}." if table.namespace else "") + quote(table.relation), quote(moment)
    match engine:
        case "mongodb":
            return f"db.{table.name}.createIndex({{ {moment}: 1 }}, {{ expireAfterSeconds: {days * 86_400} }})"
        case "redis":
            return ""
        case "mysql" | "mariadb":
            name, column = f"`{table.relation}`", f"`{moment}`"
            return f"DELETE FROM {name} WHERE {column} < NOW() - INTERVAL {days} DAY ORDER BY {column} LIMIT 1000;"
        case "sqlite":
            name = quote(table.relation)
            past = f"{column} < datetime('now', '-{days} days') ORDER BY {column} LIMIT 1000"
            return f"DELETE FROM {name} WHERE rowid IN (SELECT rowid FROM {name} WHERE {past});"
        case _:
            past = f"{column} < now() - interval '{days} days' ORDER BY {column} LIMIT 1000"
            # By an array of places rows are fetched, by a query of them the whole table is read.
            return f"DELETE FROM {name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {name} WHERE {past}));"
