"""CREATE TABLE … (LIKE other) and INHERITS: a table with another's columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lab.model.schema import Column, Index, Key, Table
from lab.readers.sql.names import index_name
from lab.readers.sql.reading import Reading

# The bits of TableLikeOption in src/include/nodes/parsenodes.h.
_COMMENTS, _CONSTRAINTS, _DEFAULTS, _GENERATED, _IDENTITY, _INDEXES = 1, 4, 8, 16, 32, 64


def sources(node: Any, reading: Reading) -> list[Any] | None:
    """The tables (RangeVars) a CreateStmt takes columns from; None when one of them is not in the model."""
    found = [item.range_var for item in node.inh_relations]
    found += [e.table_like_clause.relation for e in node.table_elts if e.HasField("table_like_clause")]
    return found if all(reading.key_of(relation) in reading.tables for relation in found) else None


def with_copy(table: Table, clause: Any, reading: Reading) -> Table:
    """The table with what a LIKE clause takes over: columns, never NULL where the other's are not, and what INCLUDING
    names."""
    other, options = reading.table(clause.relation), clause.options
    copied = tuple(_copied(column, options, reading) for column in other.columns)
    table = replace(table, columns=(*table.columns, *copied))
    if options & _CONSTRAINTS:
        table = replace(table, checks=(*table.checks, *other.checks))
    return _with_indexes(table, other, reading) if options & _INDEXES else table


def _copied(column: Column, options: int, reading: Reading) -> Column:
    return replace(
        column,
        default=column.default if options & _DEFAULTS else None,
        identity=column.identity if options & (_IDENTITY | _DEFAULTS) else None,
        generated=column.generated if options & _GENERATED else None,
        comment=column.comment if options & _COMMENTS else "",
        position=reading.position(),
    )


def _with_indexes(table: Table, other: Table, reading: Reading) -> Table:
    key = other.primary_key and Key(other.primary_key.columns, position=reading.position())
    uniques = tuple(Key(unique.columns, position=reading.position()) for unique in other.uniques)
    made = replace(table, primary_key=key or table.primary_key, uniques=(*table.uniques, *uniques))
    taken = reading.relation_names()
    for index in other.indexes:
        name = index_name(table.relation, _labels(index), taken)
        taken.add(name)
        own = replace(index, name=name, table=table.name, position=reading.position())
        made = replace(made, indexes=(*made.indexes, own))
    return made


def _labels(index: Index) -> Iterable[str]:
    return [part.value if not part.is_expression else "expr" for part in index.parts]


def with_inherited(table: Table, parents: Iterable[Any], reading: Reading) -> Table:
    """The table with its parents' columns and checks before its own. A parent's queries see the rows of its children,
    which the model cannot say."""
    columns: dict[str, Column] = {}
    checks = table.checks
    for relation in parents:
        parent = reading.table(relation)
        what = f"inheritance of {table.name} from {parent.name}"
        reading.lose(what, f"a table of its own: queries of {parent.name} do not see its rows")
        columns |= {column.name: replace(column, position=reading.position()) for column in parent.columns}
        checks = (*checks, *parent.checks)
    columns |= {column.name: column for column in table.columns}
    return replace(table, columns=tuple(columns.values()), checks=checks)
