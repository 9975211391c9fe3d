"""Which reads of a workload can be cached, and which writes end an answer's life: from their text and their data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lab.caching.touches import Read, Unreadable, Write, touch
from lab.datagen import Generator, draw
from lab.model.caching import CachePlan, Touch
from lab.model.schema import Schema
from lab.model.workload import Ago, Operation, Value

_DRAWN = 1000
_HARDLY_TWICE = 0.97
"""Of so many requests as `_DRAWN`, this share or more with keys of their own is not worth a cache."""

_COMES_AGAIN = 0.8


def plan_caching(
    generator: Generator, schema: Schema, operations: Sequence[Operation], seed: int
) -> tuple[CachePlan, ...]:
    """A plan for each read, in the workload's order."""
    writes = [_write(operation, schema) for operation in operations if operation.is_write]
    return tuple(
        _plan(generator, schema, operation, writes, seed) for operation in operations if not operation.is_write
    )


def _write(operation: Operation, schema: Schema) -> Write | str:
    """Its name where its text cannot be read."""
    try:
        return Write(operation, schema)
    except Unreadable:
        return operation.name


def _plan(
    generator: Generator, schema: Schema, operation: Operation, writes: Sequence[Write | str], seed: int
) -> CachePlan:
    names = tuple(parameter.name for parameter in operation.parameters)
    drawn = draw(generator, operation, _DRAWN, seed + 7) if names else [{}] * _DRAWN
    distinct = _distinct_share(drawn, names)
    spread_by = _spread_by(operation, drawn, names) if distinct >= _HARDLY_TWICE else ""
    try:
        read = Read(operation, schema)
    except Unreadable as error:
        return CachePlan(operation.name, names, (), (), distinct, f"cannot be read: {error}")
    return CachePlan(
        operation.name,
        names,
        read.tables,
        tuple(_touches(read, writes)),
        distinct,
        _reason(read, distinct),
        spread_by,
    )


def _distinct_share(drawn: Sequence[Mapping[str, Value]], names: Sequence[str]) -> float:
    return len({tuple(each[name] for name in names) for each in drawn}) / len(drawn)


def _spread_by(operation: Operation, drawn: Sequence[Mapping[str, Value]], names: Sequence[str]) -> str:
    """The moment that alone makes nearly every key one of its own."""
    moments = [parameter.name for parameter in operation.parameters if isinstance(parameter.rule, Ago)]
    rests = {name: _distinct_share(drawn, [other for other in names if other != name]) for name in moments}
    name = min(rests, key=lambda each: rests[each], default="")
    return name if name and rests[name] <= _COMES_AGAIN else ""


def _reason(read: Read, distinct: float) -> str:
    if read.changes_by_itself:
        return f"calls {read.changes_by_itself}(), which answers differently each time"
    if not read.tables:
        return "reads no table of the schema"
    if distinct >= _HARDLY_TWICE:
        return f"hardly ever asks for the same twice: {distinct * _DRAWN:.0f} keys in {_DRAWN:,} requests"
    return ""


def _touches(read: Read, writes: Sequence[Write | str]) -> Iterator[Touch]:
    for write in writes:
        found = Touch(write, "every key") if isinstance(write, str) else touch(read, write)
        if found is not None:
            yield found
