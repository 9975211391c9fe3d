"""Whether everything a schema refers to is there: tables, columns, keys; and whether names are free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lab.errors import LabError, did_you_mean
from lab.model.schema import ForeignKey, Index, Loss, Position, Schema, Table
from lab.readers.expressions import columns_in, parse_expression, quoted

# Columns every table of PostgreSQL has.
_SYSTEM_COLUMNS = frozenset(("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"))


def check(schema: Schema) -> None:
    """Raises LabError at the first key, foreign key, index or expression that refers to what is not there, and at a
    name that is taken."""
    _check_names(schema)
    tables = {table.name: table for table in schema.tables}
    for table in schema.tables:
        _check_columns(table)
        for key in table.keys:
            _check_known(key.columns, table, f"key of {table.name}", key.position)
        for foreign_key in table.foreign_keys:
            _check_foreign_key(foreign_key, table, tables)
        for index in table.indexes:
            _check_index(index, table)
        for expression, what, position in _expressions(table):
            _check_expression(expression, table, what, position)


def without_dangling(schema: Schema) -> Schema:
    """Without the foreign keys that refer to nothing a key could hold, each a loss: SQLite looks at none of them until
    it is told to, and InnoDB takes such as refer to columns that are no key."""
    tables = {table.name: table for table in schema.tables}
    losses: list[Loss] = []

    def holds(key: ForeignKey, table: Table) -> bool:
        try:
            _check_foreign_key(key, table, tables)
        except LabError as error:
            reason = error.message.partition(" refers to ")[2] or error.message
            what = f"foreign key ({', '.join(key.columns)}) of {table.name}"
            losses.append(Loss(what, f"left out: it refers to {reason}", key.position))
            return False
        return True

    kept = tuple(
        replace(table, foreign_keys=tuple(key for key in table.foreign_keys if holds(key, table)))
        for table in schema.tables
    )
    return replace(schema, tables=kept, losses=(*schema.losses, *losses))


def _check_names(schema: Schema) -> None:
    """Tables, indexes and the indexes behind keys share their names (PostgreSQL manual, "pg_class")."""
    seen: dict[tuple[str | None, str], tuple[str, Position | None]] = {}
    tables: dict[str, Position | None] = {}
    for table in schema.tables:
        if table.name in tables:
            raise LabError(
                f"{table.position}: table {table.name} is defined twice, first at {tables[table.name]}",
                "rename or remove one of them",
            )
        tables[table.name] = table.position
        for what, name, position in _relations(table):
            if (table.namespace, name) in seen:
                other, first = seen[table.namespace, name]
                raise LabError(
                    f"{position or table.position}: the name {name} of {what} is taken by {other} at {first}",
                    "give one of them another name",
                )
            seen[table.namespace, name] = what, position or table.position
    for enum in schema.enums:
        if (None, enum.name) in seen:
            other, first = seen[None, enum.name]
            raise LabError(
                f"{enum.position}: the name {enum.name} of an enum is taken by {other} at {first}",
                "give one of them another name",
            )


def _relations(table: Table) -> Iterator[tuple[str, str, Position | None]]:
    yield f"table {table.name}", table.name, table.position
    for key in table.keys:
        if key.name:
            yield f"a key of {table.name}", key.name, key.position
    for index in table.indexes:
        yield f"an index of {table.name}", index.name, index.position


def _check_columns(table: Table) -> None:
    seen: set[str] = set()
    for column in table.columns:
        if column.name in seen:
            raise LabError(
                f"{column.position}: column {column.name} of {table.name} is defined twice", "rename or remove one"
            )
        seen.add(column.name)


def _check_known(names: Iterable[str], table: Table, what: str, position: Position | None) -> None:
    known = [column.name for column in table.columns]
    for name in names:
        if name not in known:
            raise LabError(
                f"{position or table.position}: {what} names unknown column {name}",
                did_you_mean(name, known, f"columns of {table.name}"),
            )


def _check_foreign_key(foreign_key: ForeignKey, table: Table, tables: dict[str, Table]) -> None:
    position = foreign_key.position or table.position
    what = f"foreign key ({', '.join(foreign_key.columns)}) of {table.name}"
    _check_known(foreign_key.columns, table, what, position)
    referenced = tables.get(foreign_key.table)
    if referenced is None:
        raise LabError(
            f"{position}: {what} refers to unknown table {foreign_key.table}",
            did_you_mean(foreign_key.table, tables, "tables"),
        )
    _check_known(foreign_key.referenced, referenced, what, position)
    if len(foreign_key.columns) != len(foreign_key.referenced):
        raise LabError(
            f"{position}: {what} refers to ({', '.join(foreign_key.referenced)}) of {referenced.name}: "
            f"{len(foreign_key.columns)} columns against {len(foreign_key.referenced)}",
            "name as many columns on both sides",
        )
    if set(foreign_key.referenced) not in _unique_sets(referenced):
        columns = ", ".join(foreign_key.referenced)
        raise LabError(
            f"{position}: {what} refers to ({columns}) of {referenced.name}, which is no key of it",
            f"make ({columns}) unique in {referenced.name}, or refer to its primary key",
        )


def _unique_sets(table: Table) -> list[set[str]]:
    unique = [
        set(index.columns)
        for index in table.indexes
        if index.is_unique and index.where is None and len(index.columns) == len(index.parts)
    ]
    return unique + [set(key.columns) for key in table.keys]


def _check_index(index: Index, table: Table) -> None:
    position = index.position or table.position
    _check_known((*index.columns, *index.include), table, f"index {index.name}", position)


def _expressions(table: Table) -> Iterator[tuple[str, str, Position | None]]:
    for column in table.columns:
        if column.generated is not None:
            yield column.generated, f"generated column {column.name}", column.position
    for check_ in table.checks:
        yield check_.expression, f"check ({check_.expression})", check_.position
    for index in table.indexes:
        for part in index.parts:
            if part.is_expression:
                yield part.value, f"index {index.name}", index.position
        if index.where is not None:
            yield index.where, f"the WHERE of index {index.name}", index.position
    for key in table.partitioning.keys if table.partitioning else ():
        yield key, f"the partition key of {table.name}", table.position


def _check_expression(expression: str, table: Table, what: str, position: Position | None) -> None:
    known = [column.name for column in table.columns]
    for name in columns_in(parse_expression(expression)):
        if name not in known and name != table.name and name not in _SYSTEM_COLUMNS:
            hint = did_you_mean(name, known, f"columns of {table.name}")
            for column in known:
                if hint == f"did you mean {column}?":
                    hint = f"did you mean {quoted(column)}?"
            raise LabError(f"{position or table.position}: {what} names unknown column {name}", hint)
