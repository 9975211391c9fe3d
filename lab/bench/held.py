"""What a caller remembers of the page before, for operations that go on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lab.bench.bed import Bed
from lab.bench.rehearse import spoken
from lab.engines.engine import Database, Engine
from lab.model.workload import Held, Operation, Value

Parameters = Mapping[str, Value]


def with_held(
    bed: Bed, base: Database | None, operation: Operation, drawn: Iterable[Parameters]
) -> Iterator[Parameters]:
    """Parameters of an operation with what a variant's text of it asks for beside; as they are where none does."""
    texts = (text for rewrites in bed.design.workload.rewrites.values() for text in rewrites)
    held = next((text.held for text in texts if text.name == operation.name and text.held), None)
    return iter(drawn) if held is None or base is None else add_held(held, bed.engine, base, drawn)


def add_held(held: Held, engine: Engine, database: Database, drawn: Iterable[Parameters]) -> Iterator[Parameters]:
    """Each set of parameters with the last row of the page before; asked of the base once a set."""
    sql = spoken(engine, held.last_row).sql
    known: dict[tuple[tuple[str, Value], ...], Parameters] = {}
    for parameters in drawn:
        key = tuple(sorted(parameters.items()))
        if key not in known:
            known[key] = {**parameters, **_last_row(held, sql, database, parameters)}
        yield known[key]


def _last_row(held: Held, sql: str, database: Database, parameters: Parameters) -> Parameters:
    offset = int(parameters[held.offset] or 0)
    if offset == 0:
        return dict.fromkeys(held.names)

    def row_at(number: int) -> Parameters | None:
        rows = database.rows(sql, {**parameters, held.offset: number})
        return dict(zip(held.names, map(_value, rows[0]), strict=True)) if rows else None

    found = row_at(offset - 1)
    return found or _very_last(row_at, offset - 1) or dict.fromkeys(held.names)


def _very_last(row_at: Callable[[int], Parameters | None], beyond: int) -> Parameters | None:
    """The last row there is before a place where there is none; None when there is none at all."""
    low, high = 0, beyond
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if row_at(middle) else (low, middle)
    return row_at(low - 1) if low else None


def _value(value: Any) -> Value:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
