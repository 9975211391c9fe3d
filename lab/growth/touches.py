"""Which tables an operation reads and writes, and which of their columns it names."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.growth.shards import Touch
from lab.model.workload import Operation


def inserted(operation: Operation, engine: str) -> Touch | None:
    """The table an INSERT fills and the columns it gives values to; None for any other statement, and for one that
    does not parse."""
    text = operation.text(engine)
    if text.lstrip().startswith(("{", "[")):
        text = operation.sql.get("", "")
    try:
        tree = sqlglot.parse_one(text, read="postgres")
    except SqlglotError:
        return None
    target = tree.find(exp.Insert)
    if target is None:
        return None
    table = target.this.find(exp.Table)
    columns = target.this.expressions if isinstance(target.this, exp.Schema) else ()
    return Touch(table.name, tuple(column.name for column in columns), is_insert=True)
