"""Shard keys judged before there are shards: cardinality, frequency and monotonicity of the rows to be loaded, which
operations a key lets one shard answer, and chunks as they would be cut (manual, "Choose a Shard Key")."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.datagen import Generator
from lab.model.schema import Schema, Table
from lab.model.sharding import CHUNKS, ShardKey
from lab.model.workload import Operation
from lab.stats.ranks import order_correlation

_SHARDS = 4
_FEWEST_ROWS = 500
_NEWEST = 0.05
_KEY = "_id"

Values = NDArray[np.int64]
"""Ranks of a key's values, row by row in the order of insertion: equal for equal ones."""


def judge_shard_keys(
    schema: Schema, operations: Sequence[Operation], engine: str, generator: Generator
) -> tuple[ShardKey, ...]:
    """Every candidate of every collection that is large enough and asked for; the best of each collection first."""
    found: list[ShardKey] = []
    for table in schema.tables:
        asked = list(_accesses(table, operations, engine))
        if asked and generator.row_count(table.name) >= _FEWEST_ROWS:
            keys = [_judge(table, *candidate, asked, generator) for candidate in _candidates(table, asked)]
            found += sorted(keys, key=lambda key: (len(key.objections), -key.targeted, key.busiest_shard))
    return tuple(found)


Access = tuple[frozenset[str], float]
"""The columns an operation gives a value for, and its weight."""


def _accesses(table: Table, operations: Iterable[Operation], engine: str) -> Iterator[Access]:
    """Of the operations that begin with the table's collection: what they compare for equality there."""
    for operation in operations:
        commands = json.loads(operation.sql.get(engine, "[]"))
        for command in commands if isinstance(commands, list) else [commands]:
            if command[next(iter(command))] == table.name:
                yield frozenset(_equal(command, table)), operation.weight


def _equal(command: Mapping[str, Any], table: Table) -> Iterator[str]:
    if "documents" in command:
        yield from (column.name for column in table.columns)
        return
    stages = command.get("pipeline") or [{}]
    conditions = [command.get("filter", {}), stages[0].get("$match", {})]
    conditions += [change["q"] for change in command.get("updates", command.get("deletes", ()))]
    key = table.primary_key.columns if table.primary_key else ()
    for condition in conditions:
        for path, value in condition.items():
            if isinstance(value, Mapping) and "$param" in value:
                yield from key if path == _KEY and len(key) == 1 else (path.removeprefix(f"{_KEY}."),)


def _candidates(table: Table, asked: Sequence[Access]) -> list[tuple[tuple[str, ...], bool]]:
    """The key, hashed and as it is; every column that is asked for, alone and before the key, and hashed."""
    names = {column.name for column in table.columns}
    key = table.primary_key.columns if table.primary_key else ()
    wanted = dict.fromkeys(key)
    for columns, _ in sorted(asked, key=lambda access: -access[1]):
        if len(columns) < len(names):
            wanted |= dict.fromkeys(sorted(columns & names))
    found: list[tuple[tuple[str, ...], bool]] = []
    for column in wanted:
        found += [((column,), False), ((column,), True)]
        found += [((column, *key), False)] if column not in key else []
    return found


def _judge(
    table: Table, columns: tuple[str, ...], is_hashed: bool, asked: Sequence[Access], generator: Generator
) -> ShardKey:
    rows = _as_they_come(table, generator)
    values = _ranked([_values(table, column, rows, generator) for column in columns], is_hashed)
    _, counts = np.unique(values, return_counts=True)
    total = sum(weight for _, weight in asked)
    targeted = sum(weight for given, weight in asked if columns[0] in given)
    monotonicity = 0.0 if is_hashed else order_correlation(values)
    largest, busiest = simulate(values)
    return ShardKey(
        table.name,
        columns,
        is_hashed,
        len(values),
        len(counts),
        float(counts.max()) / len(values),
        monotonicity,
        targeted / total,
        largest,
        busiest,
    )


def _as_they_come(table: Table, generator: Generator) -> NDArray[np.int64]:
    """The rows in the order of the time they are given when they are made; in their own where there is none. Rows that
    are made for each parent lie together, and are not inserted so."""
    rows = np.arange(generator.row_count(table.name))
    for column in table.columns:
        is_given_once = re.search(r"now\(|current_timestamp", column.default or "", re.I) is not None
        is_time = column.type.name.startswith("timestamp") and not column.is_nullable
        if is_time and is_given_once and not column.is_updated_by_client:
            moments = generator.column(table.name, column.name, rows).cast(pa.int64())
            return np.argsort(moments.to_numpy(zero_copy_only=False), kind="stable")
    return rows


def _values(table: Table, column: str, rows: NDArray[np.int64], generator: Generator) -> pa.Array:
    """What the database counts, it counts as rows come."""
    if table.column(column).identity:
        return pa.array(np.arange(len(rows)))
    return generator.column(table.name, column, rows)


def simulate(values: Values) -> tuple[float, float]:
    """Chunks cut from all but the newest rows, as many as `CHUNKS`, and dealt to shards in turn: the largest chunk
    over the mean one, and the share of the newest rows that the busiest shard takes in."""
    newest = max(int(len(values) * _NEWEST), 1)
    ordered = np.sort(values[:-newest])
    bounds = np.unique(ordered[np.linspace(0, len(ordered) - 1, CHUNKS + 1).astype(np.int64)][1:-1])
    sizes = np.bincount(np.searchsorted(bounds, ordered, side="right"), minlength=len(bounds) + 1)
    shards = np.searchsorted(bounds, values[-newest:], side="right") % _SHARDS
    return float(sizes.max()) * CHUNKS / len(ordered), float(np.bincount(shards, minlength=_SHARDS).max()) / newest


def _ranked(columns: Sequence[pa.Array], is_hashed: bool) -> Values:
    whole = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        encoded = column.dictionary_encode()
        order = np.argsort(_hashes(encoded.dictionary) if is_hashed else _sortable(encoded.dictionary), kind="stable")
        ranks = np.empty(len(order) + 1, np.int64)
        ranks[order], ranks[-1] = np.arange(1, len(order) + 1), 0
        indices = encoded.indices.fill_null(len(order)).to_numpy(zero_copy_only=False)
        whole = whole * (len(order) + 1) + ranks[indices]
    return whole


def _sortable(values: pa.Array) -> NDArray[Any]:
    """BSON compares numbers and times as such, text by its bytes."""
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    if pa.types.is_temporal(values.type):
        values = values.cast(pa.int64()) if not pa.types.is_date32(values.type) else values.cast(pa.int32())
    found = values.to_numpy(zero_copy_only=False)
    return found if found.dtype.kind in "iufb" else np.array([str(value) for value in found])


def _hashes(values: pa.Array) -> NDArray[np.uint64]:
    digests = (hashlib.md5(str(value).encode(), usedforsecurity=False).digest()[:8] for value in values.to_pylist())
    return np.fromiter((int.from_bytes(digest, "little") for digest in digests), np.uint64, len(values))
