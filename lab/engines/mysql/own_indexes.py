"""A foreign key's own index: of the key's name and columns, made by the server where no other serves the key.

The server gives such an index up in silence when another one is made that serves as well, and afterwards refuses to
drop that one. It forgets, though, that an index was its own when a script has made it again by name. Here the names
tell: so a script has the same effect the second time, and on a copy, as the first time in production.
"""

from __future__ import annotations

from lab.engines.mysql.dialect import quote, quote_all
from lab.engines.mysql.driver import Connection
from lab.engines.mysql.objects import Objects
from lab.engines.mysql.session import ask

_KEYS = """
    SELECT table_name, constraint_name, group_concat(column_name ORDER BY ordinal_position SEPARATOR '\\n')
    FROM information_schema.key_column_usage
    WHERE table_schema = database() AND referenced_table_name IS NOT NULL GROUP BY table_name, constraint_name"""
_INDEXES = """
    SELECT table_name, index_name,
           group_concat(if(sub_part IS NULL, coalesce(column_name, ''), '') ORDER BY seq_in_index SEPARATOR '\\n')
    FROM information_schema.statistics
    WHERE table_schema = database() AND index_type = 'BTREE' GROUP BY table_name, index_name"""

Columns = dict[tuple[str, str], tuple[str, ...]]
"""By table and name."""


def give_up_own(connection: Connection, before: Objects) -> None:
    """Drops the own index of every foreign key that an index made since `before` serves as well."""
    keys, indexes = _columns(connection, _KEYS), _columns(connection, _INDEXES)
    for (table, key), columns in keys.items():
        is_own = indexes.get((table, key)) == columns and ("index", table, key) in before
        if is_own and any(
            ("index", table, name) not in before for name in _serving(indexes, table, columns) if name != key
        ):
            ask(connection, f"DROP INDEX {quote(key)} ON {quote(table)}")


def drop_and_make_own(connection: Connection, table: str, index: str) -> list[str]:
    """Drops an index foreign keys lean on, and gives each its own; returns their names. Does nothing if none does."""
    keys, indexes = _columns(connection, _KEYS), _columns(connection, _INDEXES)
    leaning = {
        key: columns
        for (owner, key), columns in keys.items()
        if owner == table and _serving(indexes, table, columns) == [index]
    }
    if leaning:
        added = ", ".join(f"ADD INDEX {quote(key)} ({quote_all(columns)})" for key, columns in leaning.items())
        ask(connection, f"ALTER TABLE {quote(table)} DROP INDEX {quote(index)}, {added}")
    return sorted(leaning)


def _serving(indexes: Columns, table: str, columns: tuple[str, ...]) -> list[str]:
    """The table's indexes that these columns lead."""
    return [name for (owner, name), found in indexes.items() if owner == table and found[: len(columns)] == columns]


def _columns(connection: Connection, query: str) -> Columns:
    return {(str(table), str(name)): tuple(columns.split("\n")) for table, name, columns in ask(connection, query)}
