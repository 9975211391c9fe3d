"""How rows are kept: for each table the commands that keep a row of it, with `{column}` for its values.

`["HSET", "user:{id}", "{*}"]` keeps every column that is not NULL as a field; `{placed_at.epoch}` is a time as seconds
since 1970. A NULL leaves its field out of an HSET, and leaves any other command out. The first command's key is the
row's own; those of the others are what SQL would call indexes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from lab.engines.engine import Ddl
from lab.engines.redis.commands import Command
from lab.model.schema import Loss, Schema, Table

ALL = "{*}"
PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def create_sql(schema: Schema) -> Ddl:
    """The layout the user wrote, or a hash for each row: one text for each table. Nothing is enforced."""
    written = json.loads(schema.layouts["redis"]) if "redis" in schema.layouts else None
    layout = (
        {table.name: _a_hash(table) for table in schema.tables if table.primary_key} if written is None else written
    )
    texts = [json.dumps({"table": table, "keys": keys}, ensure_ascii=False) for table, keys in layout.items()]
    losses = [loss for table in schema.tables for loss in _losses(table, table.name in layout)]
    losses += [
        Loss(statement.what, "not created: it is written in PostgreSQL's language", statement.position)
        for statement in schema.statements
    ]
    return Ddl(tuple(texts), (), tuple(losses))


def _a_hash(table: Table) -> list[Command]:
    assert table.primary_key is not None
    key = ":".join([table.name, *(f"{{{column}}}" for column in table.primary_key.columns)])
    return [["HSET", key, ALL]]


def _losses(table: Table, is_kept: bool) -> Iterator[Loss]:
    if not is_kept:
        yield Loss(f"table {table.name}", "not kept in Redis", table.position)
        return
    kinds: Mapping[str, bool] = {
        "references": bool(table.foreign_keys),
        "unique keys": bool(table.uniques),
        "checks": bool(table.checks),
        "types and NOT NULL": True,
    }
    listed = ", ".join(kind for kind, is_there in kinds.items() if is_there)
    yield Loss(f"{listed} of {table.name}", "not enforced", table.position)
    if table.indexes:
        names = ", ".join(index.name for index in table.indexes)
        yield Loss(f"indexes of {table.name} ({names})", "not created: Redis finds by keys alone", table.position)


def key_pattern(key: str) -> re.Pattern[str]:
    """What keys made of a template look like: colons part a key, and no value in it has one."""
    parts = re.split(r"\{[\w.]+\}", key)
    return re.compile("[^:]+".join(map(re.escape, parts)))


def scan_pattern(key: str) -> str:
    """The same for SCAN's MATCH, which matches more."""
    return "*".join(re.sub(r"([*?\[\]\\])", r"\\\1", part) for part in re.split(r"\{[\w.]+\}", key))
