"""Rows as measurements: a table's collection becomes a time-series collection, and a plain one again.

MongoDB renames no time-series collection, and before 7.0.3 fills none from a pipeline. So the rows step aside under
another name, and `copyDocuments`, which is the lab's own and no command of MongoDB's, inserts them in the order of
their time, as they came. Limits: manual, "Time Series Collection Limitations".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.engines.mongodb.commands import Command
from lab.engines.mongodb.definitions import create_collection, create_indexes, index_document
from lab.engines.mongodb.expressions import Unsayable
from lab.engines.mongodb.mapping import KEY, path
from lab.model.mapping import DocumentMapping, TimeSeries
from lab.model.schema import Loss, Position, Table

_ASIDE = "{}_as_rows"


def place(series: TimeSeries, table: Table, column: str) -> str:
    """Where a measurement has a column. A key of several columns, or one that is the time, becomes plain fields: the
    time and the meta field must be such."""
    key = table.primary_key.columns if table.primary_key else ()
    return KEY if key == (column,) and column not in (series.time, series.meta) else column


def series_step(
    series: TimeSeries, mapping: DocumentMapping, indexes: list[dict[str, Any]], losses: list[Loss]
) -> tuple[list[Command], list[Command]]:
    """The way there and back; `indexes` are those the mapping adds."""
    table = mapping.schema.table(series.collection)
    losses += _losses(series, table)
    name, aside = table.name, _ASIDE.format(table.name)
    found = [*_own_indexes(series, table, losses), *indexes]
    plain = create_collection(table, mapping.schema, [])
    in_time = {"$sort": {path(table, series.time): 1, KEY: 1}}
    up: list[Command] = [
        {"renameCollection": name, "to": aside},
        _create(series),
        {"copyDocuments": aside, "into": name, "pipeline": [in_time, _there(series, table)]},
        *([{"createIndexes": name, "indexes": found}] if found else []),
        {"drop": aside},
    ]
    own = create_indexes(table, [])
    down: list[Command] = [
        {**plain, "create": aside},
        {"aggregate": name, "pipeline": [_back(series, table), {"$out": aside}], "allowDiskUse": True, "cursor": {}},
        *([{**own, "createIndexes": aside}] if own else []),
        {"drop": name},
        {"renameCollection": aside, "to": name},
    ]
    return up, down


def _create(series: TimeSeries) -> Command:
    options = {"timeField": series.time, "granularity": series.granularity}
    if series.meta:
        options["metaField"] = series.meta
    found: Command = {"create": series.collection, "timeseries": options}
    return found if series.seconds is None else {**found, "expireAfterSeconds": series.seconds}


def _there(series: TimeSeries, table: Table) -> dict[str, Any]:
    """NULL becomes no field at all: between a null and a value MongoDB begins a new bucket."""
    fields: dict[str, Any] = {}
    for column in table.columns:
        held = f"${path(table, column.name)}"
        fields[place(series, table, column.name)] = {"$ifNull": [held, "$$REMOVE"]} if column.is_nullable else held
    return {"$project": {KEY: 0, **fields} if KEY not in fields else fields}


def _back(series: TimeSeries, table: Table) -> dict[str, Any]:
    key = table.primary_key.columns if table.primary_key else ()

    def held(column: str) -> Any:
        field = f"${place(series, table, column)}"
        return {"$ifNull": [field, None]} if table.column(column).is_nullable else field

    fields = {column.name: held(column.name) for column in table.columns if column.name not in key}
    if key:
        fields = {KEY: held(key[0]) if len(key) == 1 else {column: held(column) for column in key}, **fields}
    return {"$replaceRoot": {"newRoot": fields}}


def _own_indexes(series: TimeSeries, table: Table, losses: list[Loss]) -> Iterator[dict[str, Any]]:
    for index in table.indexes:
        if index.is_unique:
            losses.append(_not_unique(f"index {index.name}", index.position))
            continue
        try:
            yield index_document(index, lambda column: place(series, table, column), losses)
        except Unsayable as error:
            losses.append(Loss(f"index {index.name}", f"not created: MongoDB has no {error}", index.position))


def _losses(series: TimeSeries, table: Table) -> Iterator[Loss]:
    name, where = table.name, series.position
    yield Loss(f"types and checks of {name}", "not enforced: a time-series collection takes no validator", where)
    if table.primary_key:
        yield _not_unique(f"key of {name} ({', '.join(table.primary_key.columns)})", where)
    for key in table.uniques:
        yield _not_unique(f"unique ({', '.join(key.columns)}) on {name}", key.position)
    yield Loss(f"change streams of {name}", "none: a time-series collection has no events", where)
    yield Loss(f"transactions that write to {name}", "refused by MongoDB", where)


def _not_unique(what: str, position: Position | None) -> Loss:
    return Loss(what, "not enforced: a time-series collection has no unique index, and none on _id", position)
