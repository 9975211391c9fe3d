"""Keys of whole numbers that will run out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab.model.growth import KeyRoom
from lab.model.schema import Schema

HIGHEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def key_rooms(schema: Schema, rows: Mapping[str, int], grows: Mapping[str, bool], farthest: float) -> Iterator[KeyRoom]:
    """The keys of one column that are full at `farthest` times the rows, the first to be full first; and the references
    to them, whose own type may be the narrower."""
    found = [room for table in schema.tables for room in _of_table(schema, table.name, rows) if grows.get(table.name)]
    yield from sorted((room for room in found if room.breaks_at < farthest), key=lambda room: room.breaks_at)


def _of_table(schema: Schema, name: str, rows: Mapping[str, int]) -> Iterator[KeyRoom]:
    key = schema.table(name).primary_key
    if key is None or len(key.columns) != 1 or not rows.get(name):
        return
    places = [(name, key.columns[0])]
    for table, reference in schema.foreign_keys():
        if reference.table == name and len(reference.columns) == 1:
            places.append((table.name, reference.columns[0]))
    for table_name, column in places:
        type_ = schema.table(table_name).column(column).type
        if type_.name in HIGHEST and not type_.dimensions:
            yield KeyRoom(table_name, column, type_.name, HIGHEST[type_.name], rows[name])
