"""What a database holds, by name: so that a script that fails in the middle can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from lab.engines.mysql.dialect import quote
from lab.engines.mysql.driver import Connection
from lab.engines.mysql.session import ask

Object = tuple[str, str, str]
"""Its kind, the table it belongs to, its name."""
Objects = frozenset[Object]

_MOST_NAMED = 6
_QUERY = """
    SELECT 'trigger', '', trigger_name FROM information_schema.triggers WHERE trigger_schema = database()
    UNION ALL SELECT 'view', '', table_name FROM information_schema.views WHERE table_schema = database()
    UNION ALL SELECT lower(routine_type), '', routine_name FROM information_schema.routines
      WHERE routine_schema = database()
    UNION ALL SELECT 'foreign key', table_name, constraint_name FROM information_schema.referential_constraints
      WHERE constraint_schema = database()
    UNION ALL SELECT DISTINCT 'index', table_name, index_name FROM information_schema.statistics
      WHERE table_schema = database()
    UNION ALL SELECT 'column', table_name, column_name FROM information_schema.columns WHERE table_schema = database()
    UNION ALL SELECT 'table', '', table_name FROM information_schema.tables
      WHERE table_schema = database() AND table_type = 'BASE TABLE'"""
_DROP = {
    "trigger": "DROP TRIGGER {name}",
    "view": "DROP VIEW {name}",
    "function": "DROP FUNCTION {name}",
    "procedure": "DROP PROCEDURE {name}",
    "foreign key": "ALTER TABLE {table} DROP FOREIGN KEY {name}",
    "index": "DROP INDEX {name} ON {table}",
    "column": "ALTER TABLE {table} DROP COLUMN {name}",
    "table": "DROP TABLE {name}",
}
"""How each kind is dropped, in an order that works."""


def objects(connection: Connection) -> Objects:
    return frozenset((str(kind), str(table), str(name)) for kind, table, name in ask(connection, _QUERY))


def removable(before: Objects, after: Objects) -> list[Object]:
    """What is new, in the order it can be dropped in; parts of new tables go with them."""
    kinds = list(_DROP)
    new = [found for found in after - before if not found[1] or ("table", "", found[1]) in before]
    return sorted(new, key=lambda found: (kinds.index(found[0]), found))


def drop_sql(found: Object) -> str:
    kind, table, name = found
    return _DROP[kind].format(table=quote(table), name=quote(name))


def listed(found: Sequence[Object]) -> str:
    """The first few, and how many more there are."""
    named = [f"{kind} {table}.{name}" if table else f"{kind} {name}" for kind, table, name in found[:_MOST_NAMED]]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
