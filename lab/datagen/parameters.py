"""Values for an operation's parameters, from the generated rows themselves: the same on every engine."""

from __future__ import annotations

import difflib
import re
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa

from lab.datagen import moments
from lab.datagen.generator import Generator
from lab.datagen.seed import Rows, stream, uniform
from lab.errors import LabError
from lab.model.schema import Position
from lab.model.workload import Ago, Between, Choice, Fresh, FromColumn, Operation, Parameter, Value, Word

_WORD = re.compile(r"[A-Za-z]{4,}")


def draw(generator: Generator, operation: Operation, count: int, seed: int, offset: int = 0) -> list[dict[str, Value]]:
    """`count` sets of parameters. `offset` counts the sets drawn before: fresh values never repeat across calls
    with growing offsets. Raises LabError for a rule that names no table or column of the schema."""
    for parameter in operation.parameters:
        _check(generator, parameter)
    numbers = np.arange(offset, offset + count)
    columns = {p.name: _values(generator, operation, p, numbers, seed) for p in operation.parameters}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] or [{}] * count


def _check(generator: Generator, parameter: Parameter) -> None:
    rule = parameter.rule
    if not isinstance(rule, FromColumn | Word | Fresh):
        return
    if rule.table not in generator.tables:
        raise _unknown(parameter.position, f"there is no table {rule.table}", rule.table, generator.tables)
    columns = [column.name for column in generator.maker(rule.table).columns]
    if rule.column not in columns:
        raise _unknown(parameter.position, f"no values are made for {rule.table}.{rule.column}", rule.column, columns)


def _unknown(position: Position | None, message: str, word: str, known: Iterable[str]) -> LabError:
    close = difflib.get_close_matches(word, list(known), 1)
    return LabError(f"{position}: {message}" if position else message, f"did you mean {close[0]}?" if close else "")


def _values(generator: Generator, operation: Operation, parameter: Parameter, numbers: Rows, seed: int) -> list[Value]:
    key = stream(seed, operation.name, parameter.name)
    match parameter.rule:
        case FromColumn(table, column):
            # The stream bears the table's name only: parameters of one table come from the same row.
            rows = _rows(generator, table, stream(seed, operation.name, table), numbers)
            return list(map(plain, _present(generator, table, column, rows)))
        case Word(table, column):
            rows = _rows(generator, table, key, numbers)
            return [
                _word(str(text), position) for position, text in enumerate(_present(generator, table, column, rows))
            ]
        case Fresh(table, column):
            return list(map(plain, generator.column(table, column, generator.row_count(table) + numbers).to_pylist()))
        case Between(low, high):
            return _between(low, high, key, numbers)
        case Choice(values):
            return [values[int(u * len(values))] for u in uniform(key, numbers)]
        case Ago(low, high):
            back = low + uniform(key, numbers) * (high - low)
            now = moments.newest(generator.spec)
            stamps = pa.array((now - back * moments.DAY).astype(np.int64)).cast(pa.timestamp("us", tz="UTC"))
            return list(map(plain, stamps.to_pylist()))


def _rows(generator: Generator, table: str, key: np.uint64, numbers: Rows) -> Rows:
    return (uniform(key, numbers) * generator.row_count(table)).astype(np.int64)


def _present(generator: Generator, table: str, column: str, rows: Rows) -> list[object]:
    """The column's values, a NULL replaced by the next value that is none: no query looks for NULL with `=`."""
    found: list[object] = generator.column(table, column, rows).to_pylist()
    last = next((value for value in found if value is not None), None)
    for place, value in enumerate(found):
        if value is None:
            found[place] = last
        last = found[place]
    return found


def _word(text: str, position: int) -> str:
    words = _WORD.findall(text) or [text or "word"]
    return str(words[position % len(words)]).lower()


def _between(low: float, high: float, key: np.uint64, numbers: Rows) -> list[Value]:
    if isinstance(low, int) and isinstance(high, int):
        return [int(low + u * (high - low + 1)) for u in uniform(key, numbers)]
    return [round(float(low + u * (high - low)), 2) for u in uniform(key, numbers)]


def plain(value: object) -> Value:
    """A parameter as every driver takes it: times as ISO 8601 text as engines store them, decimals and uuids as
    text."""
    match value:
        case bytes() if len(value) == 16:
            return str(uuid.UUID(bytes=value))
        case datetime():
            text = value.strftime("%Y-%m-%d %H:%M:%S.%f")
            return f"{text}+00:00" if value.tzinfo else text
        case bool() | int() | float() | str() | None:
            return value
        case Decimal() | date() | time():
            return str(value)
    return str(value)
