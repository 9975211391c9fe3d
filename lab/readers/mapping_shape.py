"""What a mapping may not be, as a whole: nested without end, or with two things of one name."""

from __future__ import annotations

from collections.abc import Sequence

from lab.errors import LabError
from lab.model.mapping import Copied, Embedding
from lab.model.schema import Schema


def check_shape(embeddings: Sequence[Embedding], copies: Sequence[Copied], schema: Schema) -> None:
    """Raises LabError with file and line."""
    homes = {embedding.child: embedding for embedding in embeddings}
    for embedding in embeddings:
        _check_cycle(embedding, homes)
    _check_names(embeddings, copies, schema)


def _check_cycle(embedding: Embedding, homes: dict[str, Embedding]) -> None:
    way = [embedding.child]
    current: Embedding | None = embedding
    while current is not None:
        if current.parent in way:
            way = [*way[way.index(current.parent) :], current.parent]
            break
        way.append(current.parent)
        current = homes.get(current.parent)
    else:
        return
    if len(way) == 2:
        raise LabError(
            f"{embedding.position}: {way[0]} cannot lie in {way[0]}: a tree has no depth it ends at",
            "leave it a reference",
        )
    if len(way) == 3:
        raise LabError(
            f"{embedding.position}: the mapping embeds both ways: {way[0]} in {way[1]}, and {way[1]} in {way[0]}",
            "keep one of the two; to have some columns on the other side, write [copy.…]",
        )
    raise LabError(f"{embedding.position}: the mapping goes round in a circle: {' in '.join(way)}", "take one away")


def _check_names(embeddings: Sequence[Embedding], copies: Sequence[Copied], schema: Schema) -> None:
    """One field for each thing a document holds, and none with a name that MongoDB keeps for itself."""
    taken = {(table.name, column.name) for table in schema.tables for column in table.columns}
    added = [(copy.child, copy.field, copy.position) for copy in copies]
    added += [(embedding.parent, embedding.field, embedding.position) for embedding in embeddings]
    for table, field, position in added:
        if not field or field.startswith(("$", "_")) or "." in field:
            raise LabError(f"{position}: {field!r} is no name for a field", 'write as = "items"')
        if (table, field) in taken:
            raise LabError(f"{position}: {table} has a field {field} already", f'write as = "{field}_within"')
        taken.add((table, field))


def innermost_first(embeddings: Sequence[Embedding]) -> tuple[Embedding, ...]:
    homes = {embedding.child: embedding.parent for embedding in embeddings}

    def depth(table: str) -> int:
        return 1 + depth(homes[table]) if table in homes else 0

    return tuple(sorted(embeddings, key=lambda embedding: -depth(embedding.parent)))
