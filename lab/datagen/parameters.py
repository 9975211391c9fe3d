"""Values for an operation's parameters, from the generated rows themselves: the same on every engine."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa

from lab.datagen import moments
from lab.datagen.generator import CHUNK_ROWS, Generator
from lab.datagen.grid import DAY
from lab.datagen.seed import Mask, Numbers, Rows, stream, uniform
from lab.errors import LabError, did_you_mean
from lab.model.schema import Position
from lab.model.workload import Ago, Between, Choice, Fresh, FromColumn, Operation, Parameter, Value, Word

_WORD = re.compile(r"[^\W\d_]{4,}")
_ATTEMPTS = 8
"""How often a row is drawn again where a parameter would be NULL, before all rows are looked through."""
_LEAST_DIGITS = 2

Columns = Mapping[str, pa.Array]


def draw(generator: Generator, operation: Operation, count: int, seed: int, offset: int = 0) -> list[dict[str, Value]]:
    """`count` sets of parameters. `offset` counts the sets drawn before: fresh values never repeat across calls
    with growing offsets. Raises LabError for a rule that names no table or column of the schema."""
    for parameter in operation.parameters:
        _check(generator, parameter)
    numbers = np.arange(offset, offset + count)
    rows = _Rows(generator, operation, numbers, seed)
    columns = {p.name: _values(generator, operation, p, numbers, seed, rows) for p in operation.parameters}
    return [{name: values[place] for name, values in columns.items()} for place in range(count)]


def _check(generator: Generator, parameter: Parameter) -> None:
    rule = parameter.rule
    if not isinstance(rule, FromColumn | Word | Fresh):
        return
    if rule.table not in generator.tables:
        raise _unknown(parameter.position, f"there is no table {rule.table}", rule.table, generator.tables)
    columns = generator.columns(rule.table)
    if rule.column not in columns:
        raise _unknown(parameter.position, f"no values are made for {rule.table}.{rule.column}", rule.column, columns)


def _unknown(position: Position | None, message: str, word: str, known: Iterable[str]) -> LabError:
    return LabError(f"{position}: {message}" if position else message, did_you_mean(word, known))


def _values(
    generator: Generator, operation: Operation, parameter: Parameter, numbers: Rows, seed: int, rows: _Rows
) -> list[Value]:
    key = stream(seed, operation.name, parameter.name)
    match parameter.rule:
        case FromColumn(table, column, row):
            return plain_values(rows.of_table(table, row)[column])
        case Word(table, column):
            texts = _filled(generator, table, (column,), key, numbers)[column].to_pylist()
            return [_word(str(text), int(number)) for text, number in zip(texts, numbers, strict=True)]
        case Fresh(table, column):
            return plain_values(_fresh(generator, table, column, numbers, parameter.position))
        case Between(low, high):
            return _between(low, high, uniform(key, numbers))
        case Choice(values):
            return [values[int(u * len(values))] for u in uniform(key, numbers)]
        case Ago(low, high, is_date):
            back = low + uniform(key, numbers) * (high - low)
            stamps = pa.array((moments.newest(generator.spec) - back * DAY).astype(np.int64))
            found = stamps.cast(pa.timestamp("us", tz="UTC"))
            return plain_values(found.cast(pa.date32()) if is_date else found)


def _fresh(generator: Generator, table: str, column: str, numbers: Rows, position: Position | None) -> pa.Array:
    try:
        return generator.fresh(table, column, numbers)
    except LabError as error:
        raise LabError(f"{position}: {error.message}" if position else error.message, error.hint) from error


class _Rows:
    """The rows an operation's parameters come from: one row of each table for each set, unless it says more."""

    def __init__(self, generator: Generator, operation: Operation, numbers: Rows, seed: int) -> None:
        self._generator = generator
        self._operation = operation
        self._numbers = numbers
        self._seed = seed
        self._found: dict[tuple[str, int], Columns] = {}

    def of_table(self, table: str, row: int) -> Columns:
        if (table, row) not in self._found:
            rules = [p.rule for p in self._operation.parameters if isinstance(p.rule, FromColumn)]
            columns = tuple(dict.fromkeys(rule.column for rule in rules if rule.table == table))
            key = stream(self._seed, self._operation.name, *([table, str(row)] if row else [table]))
            self._found[table, row] = _filled(self._generator, table, columns, key, self._numbers)
        return self._found[table, row]


def _filled(generator: Generator, table: str, columns: tuple[str, ...], key: np.uint64, numbers: Rows) -> Columns:
    """The columns in a random row for each number, one in which none of them is NULL: no query looks for NULL with
    `=`. Where all rows have one, NULL after all."""
    rows = _random_rows(generator, table, key, numbers)
    for attempt in range(1, _ATTEMPTS):
        is_lacking = _is_lacking(generator, table, columns, rows)
        if not is_lacking.any():
            break
        again = _random_rows(generator, table, key ^ np.uint64(attempt), numbers)
        rows = np.where(is_lacking, again, rows)
    is_lacking = _is_lacking(generator, table, columns, rows)
    if is_lacking.any() and len(whole := _first_whole_rows(generator, table, columns)):
        rows = np.where(is_lacking, whole[rows % len(whole)], rows)
    return {column: generator.column(table, column, rows) for column in columns}


def _random_rows(generator: Generator, table: str, key: np.uint64, numbers: Rows) -> Rows:
    return (uniform(key, numbers) * generator.row_count(table)).astype(np.int64)


def _is_lacking(generator: Generator, table: str, columns: tuple[str, ...], rows: Rows) -> Mask:
    found = np.zeros(len(rows), np.bool_)
    for column in columns:
        found |= generator.column(table, column, rows).is_null().to_numpy(zero_copy_only=False)
    return found


def _first_whole_rows(generator: Generator, table: str, columns: tuple[str, ...]) -> Rows:
    """The rows without a NULL in these columns, of the first chunk that has one."""
    count = generator.row_count(table)
    for first in range(0, count, CHUNK_ROWS):
        rows = np.arange(first, min(first + CHUNK_ROWS, count))
        whole = rows[~_is_lacking(generator, table, columns, rows)]
        if len(whole):
            return whole
    return np.array([], np.int64)


def _word(text: str, number: int) -> str:
    words = _WORD.findall(text) or [text or "word"]
    return str(words[number % len(words)]).lower()


def _between(low: float, high: float, shares: Numbers) -> list[Value]:
    if isinstance(low, int) and isinstance(high, int):
        return [min(low + math.floor(share * (high - low + 1)), high) for share in shares.tolist()]
    digits = _LEAST_DIGITS if high - low >= 1 else _LEAST_DIGITS - math.floor(math.log10(max(high - low, 1e-12)))
    return [min(max(round(low + share * (high - low), digits), low), high) for share in shares.tolist()]


def plain_values(array: pa.Array) -> list[Value]:
    """Values as every driver takes them: times as ISO 8601 text as engines store them; decimals, uuids, octets and
    arrays as PostgreSQL spells them."""
    return [_plain(value, array.type) for value in array.to_pylist()]


def _plain(value: object, kind: pa.DataType) -> Value:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return str(uuid.UUID(bytes=value)) if pa.types.is_fixed_size_binary(kind) else f"\\x{value.hex()}"
        case datetime():
            text = value.strftime("%Y-%m-%d %H:%M:%S.%f")
            return f"{text}+00:00" if value.tzinfo else text
        case list():
            return "{" + ",".join(_element(item, kind.value_type) for item in value) + "}"
    return str(value)


def _element(value: object, kind: pa.DataType) -> str:
    """Of an array, delimited as PostgreSQL's manual has it (8.15.6)."""
    text = str(_plain(value, kind))
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
