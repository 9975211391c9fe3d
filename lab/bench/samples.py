"""Raw samples, as they are taken: one row per timed execution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SCHEMA = pa.schema(
    [
        ("engine", pa.string()),
        ("variant", pa.string()),
        ("operation", pa.string()),
        ("round", pa.int32()),
        ("pair", pa.int32()),
        ("start_seconds", pa.float64()),
        ("latency_seconds", pa.float64()),
        ("rows", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Cell:
    """The samples of one operation on one variant, in the order they were taken: shape (n,) each."""

    pairs: NDArray[np.int64]
    rounds: NDArray[np.int64]
    latencies: NDArray[np.float64]
    """Seconds."""
    mean_rows: float


class Samples:
    """Append-only columns; times arrive in nanoseconds of a monotonic clock and leave in seconds."""

    def __init__(self, engine: str, origin_ns: int) -> None:
        self.engine = engine
        self._origin_ns = origin_ns
        self._variants: list[str] = []
        self._operations: list[str] = []
        self._rounds: list[int] = []
        self._pairs: list[int] = []
        self._starts_ns: list[int] = []
        self._latencies_ns: list[int] = []
        self._rows: list[int] = []
        self._places: dict[tuple[str, str], list[int]] = {}

    def append(
        self, variant: str, operation: str, round_: int, pair: int, start_ns: int, end_ns: int, rows: int
    ) -> None:
        self._places.setdefault((variant, operation), []).append(len(self._variants))
        self._variants.append(variant)
        self._operations.append(operation)
        self._rounds.append(round_)
        self._pairs.append(pair)
        self._starts_ns.append(start_ns)
        self._latencies_ns.append(end_ns - start_ns)
        self._rows.append(rows)

    def __len__(self) -> int:
        return len(self._variants)

    def table(self) -> pa.Table:
        """Columns as `lab.model.run` describes them."""
        columns = [
            [self.engine] * len(self),
            self._variants,
            self._operations,
            self._rounds,
            self._pairs,
            [(start - self._origin_ns) / 1e9 for start in self._starts_ns],
            [latency / 1e9 for latency in self._latencies_ns],
            self._rows,
        ]
        return pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)

    def cells(self) -> dict[tuple[str, str], Cell]:
        """The samples by variant and operation."""
        return {key: self.cell(*key) for key in self._places}

    def cell(self, variant: str, operation: str) -> Cell:
        """The samples of one operation on one variant; empty arrays when there are none yet."""
        places = self._places.get((variant, operation), [])
        rows = [self._rows[at] for at in places]
        return Cell(
            np.array([self._pairs[at] for at in places], dtype=np.int64),
            np.array([self._rounds[at] for at in places], dtype=np.int64),
            np.array([self._latencies_ns[at] for at in places], dtype=np.float64) / 1e9,
            float(np.mean(rows)) if rows else 0.0,
        )


def paired(base: Cell, variant: Cell) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Latencies of both sides and the round, of the pairs both executed: shape (n,) each, in order."""
    _, ours, theirs = np.intersect1d(base.pairs, variant.pairs, assume_unique=True, return_indices=True)
    return base.latencies[ours], variant.latencies[theirs], base.rounds[ours]
