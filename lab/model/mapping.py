"""A mapping: how documents hold the rows of several tables. What it does not mention stays as it is, a collection for
each table that refers to others by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lab.model.schema import ForeignKey, IndexPart, Position, Schema, Table


@dataclass(frozen=True, slots=True)
class Embedding:
    """Rows of `child` lie in the documents of the `parent` they refer to, in `field`.

    They have moved there, unless `latest` is given: then the collection keeps all, and the parent holds copies of the
    newest so many by the column `by` (the subset pattern of MongoDB's manual, "Data Modeling").
    """

    child: str
    parent: str
    foreign_key: ForeignKey
    field: str
    most: int | None = None
    """The most a parent may have, held by the validator; None for a single one and with `latest`."""
    latest: int | None = None
    by: str = ""
    is_single: bool = False
    """Whether a parent has one at most: then it is a document, or null, and no array."""
    position: Position | None = None

    @property
    def is_copy(self) -> bool:
        return self.latest is not None

    @property
    def relation(self) -> str:
        return f"{self.child} in {self.parent}"


@dataclass(frozen=True, slots=True)
class Copied:
    """Chosen columns of the `parent` a row refers to are copied into the documents of `child`, in `field`."""

    child: str
    parent: str
    foreign_key: ForeignKey
    field: str
    columns: tuple[str, ...]
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class PathIndex:
    """An index of a collection; keys are columns, or paths into what is embedded (`items.variant_id`)."""

    name: str
    collection: str
    keys: tuple[IndexPart, ...]
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """Documents of a collection go once `seconds` have passed since the time in `column`."""

    collection: str
    column: str
    seconds: int
    position: Position | None = None

    @property
    def name(self) -> str:
        return f"{self.collection}_{self.column}_expiry_idx"


Granularity = Literal["seconds", "minutes", "hours"]


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Rows of a collection are measurements: kept in buckets by the time in one column and, where there is one, by the
    value of another that says what was measured. They go once `seconds` have passed; None for never."""

    collection: str
    time: str
    meta: str = ""
    granularity: Granularity = "seconds"
    seconds: int | None = None
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class DocumentMapping:
    """`schema` holds the tables it touches, as they were: the way back needs the whole of them."""

    embeddings: tuple[Embedding, ...]
    """Those into the innermost tables first: what a row holds is there before the row itself moves."""
    copies: tuple[Copied, ...]
    indexes: tuple[PathIndex, ...]
    schema: Schema
    expiries: tuple[Expiry, ...] = ()
    series: tuple[TimeSeries, ...] = ()

    def series_of(self, collection: str) -> TimeSeries | None:
        return next((series for series in self.series if series.collection == collection), None)

    def into(self, parent: str) -> tuple[Embedding, ...]:
        return tuple(embedding for embedding in self.embeddings if embedding.parent == parent)

    def copied_into(self, child: str) -> tuple[Copied, ...]:
        return tuple(copy for copy in self.copies if copy.child == child)

    def added_fields(self, table: str) -> tuple[str, ...]:
        """What documents of a table hold beside its columns, in order."""
        return (*(copy.field for copy in self.copied_into(table)), *(inner.field for inner in self.into(table)))

    def parents(self) -> Iterator[tuple[Table, tuple[Embedding, ...]]]:
        """Each table that takes others in, innermost first, with those."""
        for name in dict.fromkeys(embedding.parent for embedding in self.embeddings):
            yield self.schema.table(name), self.into(name)

    def moved(self) -> frozenset[str]:
        """Tables without a collection of their own."""
        return frozenset(embedding.child for embedding in self.embeddings if not embedding.is_copy)
