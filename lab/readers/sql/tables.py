"""CREATE TABLE, plain, partitioned and as a partition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from postgast import pg_query_pb2 as pb

from lab.errors import LabError
from lab.model.schema import Column, Partitioning, Table
from lab.readers.expressions import deparse, deparse_statement, quoted
from lab.readers.sql.constraints import add_constraint, alter_sql, read_column
from lab.readers.sql.copies import sources, with_copy, with_inherited
from lab.readers.sql.names import is_serial
from lab.readers.sql.reading import Reading

_STRATEGIES: dict[int, Literal["range", "list", "hash"]] = {
    pb.PARTITION_STRATEGY_RANGE: "range",
    pb.PARTITION_STRATEGY_LIST: "list",
    pb.PARTITION_STRATEGY_HASH: "hash",
}


def create_table(node: Any, reading: Reading) -> None:
    """Raises LabError when the name is taken, or a partition's table is unknown."""
    namespace, _ = reading.named(node.relation)
    name = reading.take(node.relation)
    if name in reading.tables or name in reading.relations or name in reading.partitions:
        if not node.if_not_exists:
            raise LabError(
                f"{reading.position(node.relation.location)}: table {name} is defined twice"
                + (f", first at {reading.tables[name].position}" if name in reading.tables else ""),
                "rename or remove one of them",
            )
    elif node.relation.relpersistence == "t":
        reading.relations[name] = "temporary table"
        reading.lose(f"temporary table {name}", "not created")
    elif node.HasField("partbound"):
        _create_partition(node, name, reading)
    elif node.HasField("of_typename") or sources(node, reading) is None:
        reading.relations[name] = "table"
        reading.keep(f"table {name}")
        reading.lose(f"table {name}", "created as written, from another's columns; no rows are made for it")
    else:
        reading.tables[name] = _read_table(node, namespace, name, reading)


def _read_table(node: Any, namespace: str | None, name: str, reading: Reading) -> Table:
    table = Table(name, (), namespace=namespace, position=reading.position())
    for element in node.table_elts:
        if element.HasField("column_def"):
            table = add_column(table, element.column_def, reading)
        elif element.HasField("table_like_clause"):
            table = with_copy(table, element.table_like_clause, reading)
    if node.inh_relations:
        table = with_inherited(table, [item.range_var for item in node.inh_relations], reading)
    for element in node.table_elts:
        if element.HasField("constraint"):
            table = add_constraint(table, element.constraint, reading)
    if node.HasField("partspec"):
        table = replace(table, partitioning=_partitioning(node.partspec))
    if node.tablespacename:
        reading.lose(f"tablespace of {name}", "created in the default tablespace")
    _keep_storage(table, node, reading)
    return table


def _keep_storage(table: Table, node: Any, reading: Reading) -> None:
    """WITH (…) and UNLOGGED as the ALTER TABLE that says the same."""
    if node.relation.relpersistence == "u":
        reading.keep(f"storage of {table.name}", alter_sql(table, [pb.AlterTableCmd(subtype=pb.AT_SetUnLogged)]))
    if node.options:
        command = pb.AlterTableCmd(subtype=pb.AT_SetRelOptions)
        getattr(command, "def").CopyFrom(pb.Node(list=pb.List(items=node.options)))
        reading.keep(f"storage of {table.name}", alter_sql(table, [command]))


def add_column(table: Table, node: Any, reading: Reading) -> Table:
    """The table with a column more, and the constraints that stand on it."""
    column = read_column(node, table.name, reading)
    if is_serial(node.type_name):
        column = replace(column, identity="by default", is_nullable=False, is_serial=True)
    table = replace(table, columns=(*table.columns, column))
    _keep_column_storage(table, column, node, reading)
    constraints = [item.constraint for item in node.constraints]
    for place, constraint in enumerate(constraints):
        if constraint.contype in (pb.CONSTR_PRIMARY, pb.CONSTR_UNIQUE, pb.CONSTR_CHECK, pb.CONSTR_FOREIGN):
            table = add_constraint(table, _with_timing(constraint, constraints[place + 1 :]), reading, column.name)
    return table


def _with_timing(constraint: Any, following: list[Any]) -> Any:
    """A column's constraint with the DEFERRABLE and INITIALLY DEFERRED that follow it."""
    whole = pb.Constraint()
    whole.CopyFrom(constraint)
    for other in following:
        if other.contype == pb.CONSTR_ATTR_DEFERRABLE:
            whole.deferrable = True
        elif other.contype == pb.CONSTR_ATTR_DEFERRED:
            whole.initdeferred = True
        elif other.contype not in (pb.CONSTR_ATTR_IMMEDIATE, pb.CONSTR_ATTR_NOT_DEFERRABLE):
            break
    return whole


def _keep_column_storage(table: Table, column: Column, node: Any, reading: Reading) -> None:
    """STORAGE and COMPRESSION as the ALTER TABLE that says the same."""
    what = f"storage of {table.name}.{column.name}"
    for subtype, value in ((pb.AT_SetStorage, node.storage_name), (pb.AT_SetCompression, node.compression)):
        if value:
            command = pb.AlterTableCmd(subtype=subtype, name=column.name)
            getattr(command, "def").CopyFrom(pb.Node(string=pb.String(sval=value)))
            reading.keep(what, alter_sql(table, [command]))


def _partitioning(node: Any) -> Partitioning:
    keys = [element.partition_elem for element in node.part_params]
    return Partitioning(
        _STRATEGIES[node.strategy],
        tuple(quoted(key.name) if key.name else f"({deparse(key.expr)})" for key in keys),
    )


def _create_partition(node: Any, name: str, reading: Reading) -> None:
    parent = node.inh_relations[0].range_var
    above = reading.key_of(parent)
    root = reading.partitions.get(above)
    table = reading.tables[root] if root else reading.table(parent)
    own = _partitioning(node.partspec) if node.HasField("partspec") else None
    attach_partition(table, above, name, bounds_clause(node.partbound), own, reading)
    if reading.named(node.relation)[0] != table.namespace:
        reading.lose(f"namespace of partition {name}", f"it is made beside {table.name}")
    for element in node.table_elts:
        if element.HasField("constraint"):
            command = pb.AlterTableCmd(subtype=pb.AT_AddConstraint, behavior=pb.DROP_RESTRICT)
            getattr(command, "def").CopyFrom(element)
            partition = Table(name, (), namespace=table.namespace)
            reading.keep(f"constraint {element.constraint.conname} of {name}", alter_sql(partition, [command]))
        else:
            reading.lose_once(f"columns of partition {name}'s own", f"it has those of {above}")


def attach_partition(
    table: Table, parent: str, name: str, bounds: str, own: Partitioning | None, reading: Reading
) -> None:
    """Makes `name`, which may be partitioned itself by `own`, a partition of `parent`: of the table, or of one of its
    partitions. Raises LabError when the parent is not partitioned."""
    added = table.partitioning and _with_partition(table.partitioning, table.name, parent, (name, bounds), own)
    if added is None:
        raise LabError(
            f"{reading.position()}: {name} is a partition of {parent}, which is not partitioned",
            f"add PARTITION BY to CREATE TABLE {parent}",
        )
    reading.tables[table.name] = replace(table, partitioning=added)
    reading.partitions[name] = table.name


def _with_partition(
    at: Partitioning, name: str, parent: str, partition: tuple[str, str], own: Partitioning | None
) -> Partitioning | None:
    """`at`, how `name` is partitioned, with a partition more; None when `parent` is not found in it."""
    if name == parent:
        nested = (*at.nested, (partition[0], own)) if own else at.nested
        return replace(at, partitions=(*at.partitions, partition), nested=nested)
    for below, how in at.nested:
        added = _with_partition(how, below, parent, partition, own)
        if added is not None:
            return replace(at, nested=tuple((n, added if n == below else h) for n, h in at.nested))
    return None


def bounds_clause(bound: Any) -> str:
    """`FOR VALUES IN ('a')`, or `DEFAULT`."""
    relation = pb.RangeVar(relname="p", inh=True, relpersistence="p")
    parent = pb.Node(range_var=pb.RangeVar(relname="q", inh=True, relpersistence="p"))
    statement = pb.CreateStmt(relation=relation, inh_relations=[parent], partbound=bound, oncommit=pb.ONCOMMIT_NOOP)
    return deparse_statement(create_stmt=statement).partition(" PARTITION OF q ")[2]
