"""Two states of a design, made fit to be measured side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.design import Design
from lab.model.schema import Schema
from lab.model.workload import Fresh, FromColumn, Operation, Word


@dataclass(frozen=True, slots=True)
class Beside:
    """`design` is the reference with the head's operations as those of a variant, named by `put_beside`."""

    design: Design
    new: tuple[str, ...]
    """Operations only the head has."""
    notes: tuple[str, ...]
    """What changed in the workload and the data, in words."""


def put_beside(reference: Design, head: Design, name: str, engines: Iterable[str]) -> Beside:
    """The reference with the head, to be called `name`, beside it. Both get the same parameters and, as far as the
    reference's schema allows, rows of the head's number and kind. Raises LabError when they share no operation."""
    old = {operation.name: operation for operation in reference.workload.operations}
    shared = [o for o in head.workload.operations if o.name in old and _can_be_drawn(o, old[o.name], reference.schema)]
    if not shared:
        raise LabError("the two designs share no operation", "keep the names of queries that should be compared")
    shared_names = {operation.name for operation in shared}
    new = tuple(o.name for o in head.workload.operations if o.name not in shared_names)
    gaps = dict.fromkeys(engines, "not in the reference")
    operations = tuple(
        _with_parameters(old[o.name], o) if o.name in shared_names else replace(o, sql={}, gaps=gaps)
        for o in head.workload.operations
    )
    workload = replace(reference.workload, operations=operations, rewrites={name: head.workload.operations})
    data = _data_of(head, reference)
    notes = (*_operation_notes(old, head, new), *_data_notes(reference, head, data))
    return Beside(replace(reference, variants=(), workload=workload, data=data), new, notes)


def _can_be_drawn(new: Operation, old: Operation, schema: Schema) -> bool:
    """Whether parameters the operation has got lately can be taken from the reference's rows."""
    columns = {(table.name, column.name) for table in schema.tables for column in table.columns}
    known = {parameter.name for parameter in old.parameters}
    rules = [parameter.rule for parameter in new.parameters if parameter.name not in known]
    return all((r.table, r.column) in columns for r in rules if isinstance(r, FromColumn | Word | Fresh))


def _with_parameters(old: Operation, new: Operation) -> Operation:
    """The old one, with what only the new one asks for."""
    known = {parameter.name for parameter in old.parameters}
    more = tuple(parameter for parameter in new.parameters if parameter.name not in known)
    return replace(old, parameters=old.parameters + more)


def _operation_notes(old: Mapping[str, Operation], head: Design, new: Sequence[str]) -> Iterator[str]:
    names = {operation.name for operation in head.workload.operations}
    if new:
        yield f"new, so only its targets and budgets count: {', '.join(new)}"
    if gone := [name for name in old if name not in names]:
        yield f"no longer there, so not compared: {', '.join(gone)}"
    rewritten = [o.name for o in head.workload.operations if o.name in old and old[o.name].sql != o.sql]
    if rewritten := [name for name in rewritten if name not in new]:
        yield f"rewritten, and held against what it was: {', '.join(rewritten)}"


def _data_notes(reference: Design, head: Design, used: DataSpec) -> Iterator[str]:
    if plain(used) != plain(reference.data):
        yield "data.toml changed: both sides were built with the rows it asks for now"


def plain(data: DataSpec) -> object:
    """What the spec asks for, without where it says so: equal for equal rows."""
    tables = {
        name: replace(
            table, position=None, columns={c: replace(spec, position=None) for c, spec in table.columns.items()}
        )
        for name, table in data.tables.items()
        if replace(table, position=None) != TableSpec()
    }
    return tables, data.locale, data.now, data.history_days


def _data_of(head: Design, reference: Design) -> DataSpec:
    """The head's spec for what the reference has as well; the reference's own for the rest."""
    there = {table.name: {column.name for column in table.columns} for table in head.schema.tables}
    tables = {}
    for table in reference.schema.tables:
        now = head.data.tables.get(table.name, TableSpec())
        before = reference.data.tables.get(table.name, TableSpec())
        names = {column.name for column in table.columns}
        kept = {c: s for c, s in now.columns.items() if c in names and _refers_to_known(s, names, reference.schema)}
        lost = {c: s for c, s in before.columns.items() if c not in there.get(table.name, set())}
        is_known = table.name in there and (now.per is None or any(t.name == now.per for t in reference.schema.tables))
        tables[table.name] = replace(now if is_known else before, columns=kept | lost)
    return replace(head.data, tables=tables)


def _refers_to_known(spec: ColumnSpec, names: set[str], schema: Schema) -> bool:
    known = names | {f"{table.name}.{column.name}" for table in schema.tables for column in table.columns}
    return all(other is None or other in known for other in (spec.after, spec.depends_on))
