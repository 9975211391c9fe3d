"""What the rules share: what already serves an access, and how a new index is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lab.advise.accesses import Access, find_accesses
from lab.advise.scripts import named
from lab.model.run import Run
from lab.model.schema import Index, IndexPart, Table

_WIDEST = 5
_SCALARS = frozenset(
    "smallint integer bigint numeric boolean real timestamptz timestamp date time uuid varchar char text".split()
)


def accesses(run: Run, engine: str) -> Iterator[Access]:
    """Every table access of every operation of the base."""
    for operation in run.design.workload.for_variant("base"):
        yield from find_accesses(operation, engine, run.design.schema)


def new_index(
    table: Table,
    columns: Iterable[tuple[str, bool]],
    include: Sequence[str] = (),
    where: str | None = None,
    suffix: str = "idx",
) -> Index | None:
    """A B-tree over (column, is descending) keys; None when a key or an index serves as well, or it could not be
    built: too wide, or over a type without an order."""
    keys = tuple(dict(columns).items())
    if not keys or len(keys) > _WIDEST or any(not _is_ordered(table, name) for name, _ in keys):
        return None
    parts = tuple(IndexPart(name, is_descending=descending) for name, descending in keys)
    name = named(table.name, *(name for name, _ in keys), suffix)
    index = Index(name, table.name, parts, include=tuple(include), where=where)
    return None if not include and is_served(table, index) else index


def is_served(table: Table, index: Index) -> bool:
    """Whether a key or a plain index of the table begins with the same columns in the same order."""
    wanted = [(part.value, part.is_descending) for part in index.parts]
    theirs = [[(column, False) for column in key.columns] for key in table.keys]
    theirs += [
        [(part.value, part.is_descending) for part in other.parts]
        for other in table.indexes
        if other.where in (None, index.where) and other.method == "btree"
    ]
    return any(keys[: len(wanted)] in (wanted, _reversed(wanted)) for keys in theirs)


def _reversed(keys: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """A B-tree is read in both directions."""
    return [(name, not descending) for name, descending in keys]


def _is_ordered(table: Table, column: str) -> bool:
    type_ = table.column(column).type
    return not type_.dimensions and type_.name not in ("json", "jsonb", "bytea", "tsvector", "xml", "point")


def is_small(table: Table, column: str) -> bool:
    """Whether a column may travel in an index as a payload."""
    type_ = table.column(column).type
    return not type_.dimensions and type_.name in _SCALARS - {"text"}
