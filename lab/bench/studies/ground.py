"""What a study of MongoDB works with: a loaded base, and the relation of its design that is studied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.bench.bed import Bed
from lab.bench.foresee import children_per_parent
from lab.errors import LabError
from lab.model.mapping import Embedding
from lab.model.schema import Schema, Table

DATABASE = "lab_study"
_MOST_CHILDREN = 50


@dataclass(frozen=True)
class StudyGround:
    bed: Bed
    seed: int
    seconds: float
    """How long what must run for a while runs."""

    @cached_property
    def relation(self) -> Embedding:
        """Of the relations to many that mappings of the design nest, the one with the most rows; of all where they
        nest none. Raises LabError where there is none."""
        mappings = (mapping for variant in self.bed.design.variants for mapping in variant.mappings)
        nested = [each for mapping in mappings for each in mapping.embeddings if not each.is_single]
        found = max(nested or _relations(self.bed.design.schema), key=self._rows, default=None)
        if found is None or not self._rows(found):
            raise LabError("no rows of this design belong to others of it", "leave out --study")
        return found

    def _rows(self, embedding: Embedding) -> int:
        return self.bed.generator.row_count(embedding.child)

    @cached_property
    def children(self) -> int:
        """As many as a parent has on average, and some."""
        counts = children_per_parent(self.relation, self.bed.generator)
        mean = float(np.mean(counts[counts > 0])) if (counts > 0).any() else 1.0
        return min(max(round(mean), 1), _MOST_CHILDREN)

    @property
    def stock(self) -> str | None:
        """What else a child refers to, such as a variant an order takes pieces of; None where there is nothing."""
        child = self.bed.design.schema.table(self.relation.child)
        others = [key.table for key in child.foreign_keys if key.table not in (self.relation.parent, child.name)]
        return others[0] if others else None

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a database for the study alone, which goes with it."""
        self.bed.engine.drop_database(self.bed.server, DATABASE)
        try:
            yield DATABASE
        finally:
            self.bed.engine.drop_database(self.bed.server, DATABASE)


def _relations(schema: Schema) -> Iterator[Embedding]:
    for table in schema.tables:
        for key in table.foreign_keys:
            if key.table != table.name and _is_whole_key(schema.table(key.table), key.referenced):
                yield Embedding(table.name, key.table, key, table.name)


def _is_whole_key(parent: Table, referenced: tuple[str, ...]) -> bool:
    return parent.primary_key is not None and set(referenced) == set(parent.primary_key.columns)
