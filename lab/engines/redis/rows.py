"""Arrow batches as commands, by a table's layout."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lab.engines.redis.commands import Command, pack, seconds
from lab.engines.redis.layout import ALL, PLACE

Column = Sequence[str | None]
_Part = Callable[[int], str | None]


def packed(batch: pa.RecordBatch, commands: Sequence[Command]) -> Iterator[bytes]:
    """The commands that keep each row of a batch, in the protocol's form, row after row."""
    columns = {name: texts(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    epochs = {
        name: _epochs(column)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if pa.types.is_temporal(column.type)
    }
    makers = [_maker(command, columns, epochs) for command in commands]
    for row in range(batch.num_rows):
        for make in makers:
            made = make(row)
            if made is not None:
                yield pack([made])


def _maker(
    command: Command, columns: dict[str, Column], epochs: dict[str, Column]
) -> Callable[[int], tuple[str, ...] | None]:
    name, *rest = (str(part) for part in command)
    parts = [_part(part, columns, epochs) for part in rest if part != ALL]
    if name.upper() != "HSET":
        return lambda row: _whole(name, parts, row)
    fields = list(columns.items()) if ALL in rest else []
    return lambda row: _hash(name, parts, fields, row)


def _whole(name: str, parts: Sequence[_Part], row: int) -> tuple[str, ...] | None:
    made = [part(row) for part in parts]
    return None if None in made else (name, *made)  # type: ignore[arg-type]


def _hash(name: str, parts: Sequence[_Part], fields: list[tuple[str, Column]], row: int) -> tuple[str, ...] | None:
    key, *given = (part(row) for part in parts)
    if key is None:
        return None
    made = [name, key]
    for field, value in itertools.chain(zip(given[::2], given[1::2], strict=True), _present(fields, row)):
        if field is not None and value is not None:
            made += (field, value)
    return tuple(made) if len(made) > 2 else None


def _present(fields: list[tuple[str, Column]], row: int) -> Iterator[tuple[str, str | None]]:
    return ((field, values[row]) for field, values in fields)


def _part(template: str, columns: dict[str, Column], epochs: dict[str, Column]) -> _Part:
    """One argument, by row; None where it needs a value that is NULL."""
    found = [(epochs if match[2] == "epoch" else columns)[match[1]] for match in PLACE.finditer(template)]
    if not found:
        return lambda row: template
    literals = PLACE.split(template)[::3]
    if literals == ["", ""]:
        return found[0].__getitem__
    form = "{}".join(literal.replace("{", "{{").replace("}", "}}") for literal in literals)

    def fill(row: int) -> str | None:
        values = [column[row] for column in found]
        return None if None in values else form.format(*values)

    return fill


def texts(column: pa.Array) -> Column:
    """A column as Redis keeps it: booleans as 1 and 0, times as ISO 8601 in UTC, arrays as JSON."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return column.cast(pa.int8()).cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_timestamp(kind):
        text = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
        return (pc.binary_join_element_wise(text, "+00:00", "") if kind.tz else text).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_fixed_size_binary(kind):
        return [None if value is None else str(uuid.UUID(bytes=value)) for value in column.to_pylist()]
    if pa.types.is_binary(kind):
        return [None if value is None else value.hex() for value in column.to_pylist()]
    if pa.types.is_list(kind):
        return [None if value is None else json.dumps(value, default=str) for value in column.to_pylist()]
    return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]


def _epochs(column: pa.Array) -> Column:
    stamps: list[Any] = (
        column.cast(pa.timestamp("us", tz=getattr(column.type, "tz", None))).cast(pa.int64()).to_pylist()
    )
    return [None if stamp is None else seconds(stamp) for stamp in stamps]
