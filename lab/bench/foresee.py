"""What documents would become of the data, known before a row is loaded: a mapping that cannot hold is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.datagen import Generator
from lab.errors import LabError
from lab.model.change import Variant
from lab.model.mapping import DocumentMapping, Embedding
from lab.model.schema import Table

_SAMPLE = 2_000
_SHOWN = 1_048_576


@runtime_checkable
class KeepsDocuments(Protocol):
    """An engine whose documents may hold others."""

    most_document_bytes: int

    def document_bytes(self, batch: pa.RecordBatch, table: Table) -> NDArray[np.int64]:
        """What each row takes as a document of its own: shape (rows,)."""


def check_documents(engine: object, variants: Iterable[Variant], generator: Generator) -> None:
    """Raises LabError for a mapping by which a document would hold more rows than it allows, or grow beyond what the
    engine takes. The rows are the generator's: it counts the children each parent will have."""
    if not isinstance(engine, KeepsDocuments):
        return
    for variant in variants:
        for mapping in variant.mappings:
            _Foresight(engine, mapping, generator).check()


def children_per_parent(embedding: Embedding, generator: Generator) -> NDArray[np.int64]:
    """How many rows refer to each parent, in the order of the parents' rows."""
    places = _parents_of(embedding, generator)
    return np.bincount(places[places >= 0], minlength=generator.row_count(embedding.parent))


def mean_bytes(table: Table, engine: KeepsDocuments, generator: Generator) -> float:
    """Of a row as a document of its own, over some of them; 0 where there are none."""
    count = generator.row_count(table.name)
    if not count:
        return 0.0
    rows = np.unique(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64))
    columns = {name: generator.column(table.name, name, rows) for name in generator.columns(table.name)}
    return float(engine.document_bytes(pa.record_batch(columns), table).mean())


@dataclass(frozen=True, slots=True)
class _Foresight:
    engine: KeepsDocuments
    mapping: DocumentMapping
    generator: Generator

    def check(self) -> None:
        sizes: dict[str, NDArray[np.float64]] = {}
        for parent, embeddings in self.mapping.parents():
            whole = self._own_bytes(parent)
            for embedding in embeddings:
                within = self._within(embedding, sizes.get(embedding.child))
                whole = whole + within
                self._require_room(embedding, whole, within)
            sizes[parent.name] = whole

    def _own_bytes(self, table: Table) -> NDArray[np.float64]:
        """Of each row, by the mean of some: shape (rows,)."""
        return np.full(self.generator.row_count(table.name), mean_bytes(table, self.engine, self.generator))

    def _within(self, embedding: Embedding, sizes: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """The bytes of the children of each parent, in the order of the parents' rows."""
        table = self.mapping.schema.table(embedding.child)
        places = _parents_of(embedding, self.generator)
        own = self._own_bytes(table) if sizes is None else sizes
        parents = self.generator.row_count(embedding.parent)
        children = np.bincount(places[places >= 0], minlength=parents)
        self._require_bound(embedding, children)
        within = np.bincount(places[places >= 0], weights=own[places >= 0], minlength=parents).astype(np.float64)
        if embedding.latest:
            within *= np.minimum(1.0, embedding.latest / np.maximum(children, 1))
        return within

    def _require_bound(self, embedding: Embedding, children: NDArray[np.int64]) -> None:
        largest = int(children.max(initial=0))
        if embedding.most and largest > embedding.most:
            raise LabError(
                f"{embedding.position}: {embedding.relation}: the data give one of them {largest:,}, more than "
                f"most = {embedding.most:,}",
                f"raise most, lower what data.toml says of {embedding.child}, or copy the newest with latest and by",
            )

    def _require_room(self, embedding: Embedding, whole: NDArray[np.float64], within: NDArray[np.float64]) -> None:
        limit = self.engine.most_document_bytes
        largest = float(whole.max(initial=0.0))
        if largest > limit:
            share = float(within[int(whole.argmax())])
            raise LabError(
                f"{embedding.position}: {embedding.relation}: a document would grow to {largest / _SHOWN:,.0f} MB, "
                f"{share / _SHOWN:,.0f} of them {embedding.child}, and MongoDB takes {limit / _SHOWN:,.0f}",
                f"leave {embedding.child} a collection of its own, or copy the newest with latest = 10 and by = a time",
            )


def _parents_of(embedding: Embedding, generator: Generator) -> NDArray[np.int64]:
    """For each child the number of its parent's row; -1 for none."""
    ours, theirs = _codes(embedding, generator)
    order = np.argsort(theirs, kind="stable")
    if not len(order):
        return np.full(len(ours), -1)
    at = np.minimum(np.searchsorted(theirs[order], ours), len(order) - 1)
    return np.where(theirs[order][at] == ours, order[at], -1)


def _codes(embedding: Embedding, generator: Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A number for each key, equal for equal ones; -1 for a reference that is null."""
    key, child, parent = embedding.foreign_key, embedding.child, embedding.parent
    count = generator.row_count(child)
    whole = np.zeros(count + generator.row_count(parent), np.int64)
    is_null = np.zeros(len(whole), bool)
    for ours, theirs in zip(key.columns, key.referenced, strict=True):
        both = pa.chunked_array([_column(generator, child, ours), _column(generator, parent, theirs)]).combine_chunks()
        encoded = both.dictionary_encode()
        is_null |= encoded.is_null().to_numpy(zero_copy_only=False)
        codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
        whole = whole * (len(encoded.dictionary) + 1) + codes
    whole[is_null] = -1
    return whole[:count], whole[count:]


def _column(generator: Generator, table: str, column: str) -> pa.Array:
    return generator.column(table, column, np.arange(generator.row_count(table)))
