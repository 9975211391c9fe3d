"""CREATE INDEX."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from postgast import pg_query_pb2 as pb

from lab.errors import LabError, did_you_mean
from lab.model.schema import Index, IndexPart
from lab.readers.expressions import deparse, quoted
from lab.readers.sql.names import column_labels, index_name, options_of, strings
from lab.readers.sql.reading import Reading

_NULLS: dict[int, Literal["first", "last"]] = {pb.SORTBY_NULLS_FIRST: "first", pb.SORTBY_NULLS_LAST: "last"}


def create_index(node: Any, reading: Reading) -> None:
    """Raises LabError for an index on an unknown table."""
    name = reading.key_of(node.relation)
    if name in reading.relations or name in reading.partitions:
        reading.keep(f"index {node.idxname or f'on {name}'}")
        return
    table = reading.table(node.relation)
    if node.if_not_exists and any(index.name == node.idxname for index in table.indexes):
        return
    index = read_index(node, reading)
    if node.table_space:
        reading.lose(f"tablespace of index {index.name}", "created in the default tablespace")
    reading.tables[name] = replace(table, indexes=(*table.indexes, index))


def read_index(node: Any, reading: Reading) -> Index:
    """The index an IndexStmt describes, with PostgreSQL's own name when it has none."""
    elements = [item.index_elem for item in node.index_params]
    included = [item.index_elem for item in node.index_including_params]
    table = reading.key_of(node.relation)
    return Index(
        node.idxname
        or index_name(node.relation.relname, column_labels((*elements, *included)), reading.relation_names()),
        table,
        tuple(_part(element) for element in elements),
        node.unique,
        node.access_method or "btree",
        tuple(element.name for element in included),
        deparse(node.where_clause) if node.HasField("where_clause") else None,
        reading.position(),
        not node.nulls_not_distinct,
        options_of(node.options),
    )


def _part(element: Any) -> IndexPart:
    operator_class = ".".join(part for part in strings(element.opclass) if part != "public") or None
    if operator_class and element.opclassopts:
        operator_class += f"({options_of(element.opclassopts)})"
    collation = ".".join(quoted(part) for part in strings(element.collation) if part not in ("pg_catalog", "public"))
    return IndexPart(
        element.name or deparse(element.expr),
        not element.name,
        element.ordering == pb.SORTBY_DESC,
        _NULLS.get(element.nulls_ordering),
        operator_class,
        collation or None,
    )


def drop_index(name: str, is_optional: bool, reading: Reading) -> None:
    """Raises LabError when there is no such index."""
    for table in reading.tables.values():
        if any(index.name == name for index in table.indexes):
            left = tuple(index for index in table.indexes if index.name != name)
            reading.tables[table.name] = replace(table, indexes=left)
            return
    if not is_optional:
        known = [index.name for table in reading.tables.values() for index in table.indexes]
        raise LabError(f"{reading.position()}: there is no index {name}", did_you_mean(name, known, "indexes"))
