"""A table as it was, put together of its parts."""

from __future__ import annotations

from collections.abc import Callable

from lab.engines.engine import quote as quote_double
from lab.model.schema import Table
from lab.normalize.split import Split

Quote = Callable[[str], str]


def quoting(engine: str) -> Quote:
    return _quote_backtick if engine in ("mysql", "mariadb") else quote_double


def _quote_backtick(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def said(table: Table, quote: Quote) -> str:
    """The table's name in SQL, with its namespace where double quotes are used: other engines have none."""
    if table.namespace in (None, "public") or quote("a") == "`a`":
        return quote(table.name)
    return f"{quote(table.namespace or '')}.{quote(table.name)}"


def key_of(table: Table) -> tuple[str, ...]:
    return table.primary_key.columns if table.primary_key else ()


def whole_name(table: Table) -> str:
    """What the view over the parts is called."""
    return f"{table.name}_whole"


def whole_rows(split: Split, quote: Quote) -> str:
    """The query that gives the table as it was, column by column. Outer joins, so that an engine may leave out the
    parts a query asks nothing of."""
    homes = {column.name: quote("t") for column in split.slim.columns}
    joins = []
    for number, other in enumerate(split.others, 1):
        alias = quote(f"p{number}")
        match = " AND ".join(f"{alias}.{quote(name)} = {homes[name]}.{quote(name)}" for name in key_of(other))
        joins.append(f"\nLEFT JOIN {said(other, quote)} AS {alias} ON {match}")
        homes |= {column.name: alias for column in other.columns if column.name not in homes}
    columns = ", ".join(f"{homes[column.name]}.{quote(column.name)}" for column in split.table.columns)
    return f"SELECT {columns}\nFROM {said(split.slim, quote)} AS {quote('t')}{''.join(joins)}"
