"""Paths into nested documents, as a mapping's indexes name them: `items.variant_id`."""

from __future__ import annotations

from lab.errors import LabError, did_you_mean
from lab.model.mapping import DocumentMapping, PathIndex
from lab.model.schema import Position


def check_paths(mapping: DocumentMapping) -> None:
    """Raises LabError, with file and line, for an index on what is not there."""
    moved = {embedding.child: embedding for embedding in mapping.embeddings if not embedding.is_copy}
    for expiry in mapping.expiries:
        if home := moved.get(expiry.collection):
            raise LabError(
                f"{expiry.position}: {home.child} has no collection, its rows go with their {home.parent}",
                "a document expires as a whole",
            )
    for index in mapping.indexes:
        if home := moved.get(index.collection):
            path = f"{home.field}.{index.keys[0].value}"
            raise LabError(
                f"{index.position}: {home.child} has no collection, its rows lie in {home.parent}",
                f'index those: {home.parent} = ["{path}"]',
            )
        arrays = {array for part in index.keys if (array := _array(mapping, index, part.value))}
        if len(arrays) > 1:
            raise LabError(
                f"{index.position}: {index.name} has keys in two arrays, {' and '.join(sorted(arrays))}",
                "MongoDB indexes one array at a time: make two indexes",
            )


def _array(mapping: DocumentMapping, index: PathIndex, path: str) -> str:
    """The embedded array a path leads into; empty when it leads into none."""
    first, _, rest = path.partition(".")
    table = index.collection
    position = index.position
    for embedding in mapping.into(table):
        if embedding.field == first:
            if rest:
                _check_inner(mapping, embedding.child, rest, position)
            return "" if embedding.is_single else first
    _check_inner(mapping, table, path, position)
    return ""


def _check_inner(mapping: DocumentMapping, table: str, path: str, position: Position | None) -> None:
    first, _, rest = path.partition(".")
    inner = {embedding.field: embedding.child for embedding in mapping.into(table)}
    copied = {copy.field: copy.columns for copy in mapping.copied_into(table)}
    columns = {column.name: column.type.name for column in mapping.schema.table(table).columns}
    if first in inner:
        if rest:
            _check_inner(mapping, inner[first], rest, position)
        return
    names = copied[first] if first in copied and rest else (*columns, *inner, *copied)
    name = rest if first in copied and rest else first
    if name not in names or (rest and first in columns and columns[first] not in ("json", "jsonb")):
        raise LabError(f"{position}: {table} has no field {path}", did_you_mean(name, names))
