"""SQL that mends a schema, in PostgreSQL's dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lab.model.reserved import RESERVED
from lab.model.schema import Action, Enum, ForeignKey, Index, Key, Schema, Table


def quote(name: str) -> str:
    """In double quotes only where it must be."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def quote_all(names: Iterable[str]) -> str:
    return ", ".join(map(quote, names))


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def qualified(named: Table | Enum) -> str:
    return f"{quote(named.namespace)}.{quote(named.relation)}" if named.namespace else quote(named.name)


def beside(table: Table, name: str) -> str:
    """The name of an index or a sequence of the table, with the table's namespace."""
    return f"{quote(table.namespace)}.{quote(name)}" if table.namespace else quote(name)


def alter(table: Table, *actions: str) -> str:
    return f"ALTER TABLE {qualified(table)} {', '.join(actions)};"


def rename_table(table: Table, name: str) -> str:
    return alter(table, f"RENAME TO {quote(name)}")


def rename_column(table: Table, column: str, name: str) -> str:
    return alter(table, f"RENAME COLUMN {quote(column)} TO {quote(name)}")


def constraint_name(table: Table, constraint: Key | ForeignKey) -> str:
    """Its own name, or the one PostgreSQL gives it."""
    if constraint.name:
        return constraint.name
    if constraint is table.primary_key:
        return f"{table.relation}_pkey"
    return "_".join((table.relation, *constraint.columns, "fkey" if isinstance(constraint, ForeignKey) else "key"))


def drop_constraint(table: Table, constraint: Key | ForeignKey, is_sure: bool = True) -> str:
    """An action of ALTER TABLE; with IF EXISTS unless it is sure to be there."""
    return f"DROP CONSTRAINT {'' if is_sure else 'IF EXISTS '}{quote(constraint_name(table, constraint))}"


def drop_index(table: Table, index: Index) -> str:
    return f"DROP INDEX {beside(table, index.name)};"


def reference(foreign_key: ForeignKey, schema: Schema, on_delete: Action, on_update: Action) -> str:
    """The FOREIGN KEY clause, with these actions."""
    clause = f"FOREIGN KEY ({quote_all(foreign_key.columns)}) REFERENCES {qualified(schema.table(foreign_key.table))}"
    clause += f" ({quote_all(foreign_key.referenced)})"
    clause += f" ON DELETE {on_delete.upper()}" if on_delete != "no action" else ""
    clause += f" ON UPDATE {on_update.upper()}" if on_update != "no action" else ""
    return f"{clause} DEFERRABLE" if foreign_key.is_deferrable else clause


def with_actions(
    table: Table,
    foreign_key: ForeignKey,
    schema: Schema,
    on_delete: Action | None = None,
    on_update: Action | None = None,
) -> str:
    """The statement that gives a foreign key other actions, and leaves the rest of it as it is."""
    clause = reference(foreign_key, schema, on_delete or foreign_key.on_delete, on_update or foreign_key.on_update)
    name = quote(constraint_name(table, foreign_key))
    return alter(table, drop_constraint(table, foreign_key), f"ADD CONSTRAINT {name} {clause}")
