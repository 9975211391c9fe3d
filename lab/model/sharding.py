"""How a collection would spread over shards by each key its operations could find it by."""

from __future__ import annotations

from dataclasses import dataclass

MONOTONIC = 0.7
"""Rank correlation with the order of insertion from which on a key counts as monotonic: MongoDB's own threshold
(`analyzeShardKeyMonotonicityCorrelationCoefficientThreshold`)."""
CHUNKS = 64
MOST_COMMON = 1 / CHUNKS
"""The share of documents one value may have: more are a chunk by themselves, which cannot be split."""


@dataclass(frozen=True, slots=True)
class ShardKey:
    """One key, judged on the data and the workload. Shares are of 1."""

    collection: str
    columns: tuple[str, ...]
    is_hashed: bool
    documents: int
    distinct: int
    most_common: float
    """The share of documents that have the most frequent value."""
    monotonicity: float
    """Rank correlation of its values with the order of rows, 0 to 1; 0 when hashed."""
    targeted: float
    """The share of the collection's operations, by weight, that one shard alone can answer."""
    largest_chunk: float
    """Times the chunk of mean size, in a simulation."""
    busiest_shard: float
    """The share of the newest rows that one shard of four takes in; 0.25 would be even."""

    @property
    def name(self) -> str:
        return ", ".join(self.columns) + (" hashed" if self.is_hashed else "")

    @property
    def objections(self) -> tuple[str, ...]:
        found = []
        if self.most_common > MOST_COMMON:
            found.append("one value has too many documents to be split")
        if self.monotonicity >= MONOTONIC:
            found.append("new documents all go to one shard")
        if not self.targeted:
            found.append("no operation names it")
        return tuple(found)
