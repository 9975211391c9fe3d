"""What became of each request under load, kept as it comes, and summed up at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.bench.schedule import ANSWERED, FAILED, FIELDS, UNSENT
from lab.model.run import LoadModel, LoadOperation, Percentiles, Target
from lab.model.workload import Operation

SCHEMA = pa.schema(
    [
        ("engine", pa.string()),
        ("variant", pa.string()),
        ("model", pa.string()),
        ("operation", pa.string()),
        ("client", pa.int32()),
        ("intended_seconds", pa.float64()),
        ("response_seconds", pa.float64()),
        ("service_seconds", pa.float64()),
        ("rows", pa.int64()),
        ("outcome", pa.string()),
        ("way", pa.string()),
        ("phase", pa.string()),
        ("round", pa.int32()),
        ("served_by", pa.string()),
        ("is_stale", pa.bool_()),
    ]
)
_OUTCOMES = {ANSWERED: "answered", FAILED: "failed", UNSENT: "unsent"}
_FEWEST_TO_TELL = 20
"""Fewer requests have no 95th percentile to speak of."""


@dataclass(slots=True)
class Requests:
    """The requests of one load. Times are nanoseconds of a monotonic clock."""

    engine: str
    variant: str
    model: LoadModel
    operations: tuple[Operation, ...]
    begin_ns: int = 0
    errors: dict[int, str] = field(default_factory=dict)
    """The first error of each operation, by its place in `operations`."""
    _blocks: list[NDArray[np.int64]] = field(default_factory=list)
    _clients: list[int] = field(default_factory=list)

    def add(self, client: int, block: NDArray[np.int64], errors: Sequence[tuple[int, str]]) -> None:
        self._blocks.append(block)
        self._clients.append(client)
        for operation, message in errors:
            self.errors.setdefault(operation, message)

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def _columns(self) -> NDArray[np.int64]:
        """Shape (FIELDS, n): operation, intended, ready, start, end, rows, outcome."""
        return np.concatenate([np.empty((0, FIELDS), np.int64), *self._blocks]).T

    def table(self) -> pa.Table:
        """Columns as `lab.model.run` describes them."""
        operation, intended, _, start, end, rows, outcome = self._columns()
        names = np.array([found.name for found in self.operations])
        is_unsent = outcome == UNSENT
        clients = np.repeat(self._clients, [len(block) for block in self._blocks])
        columns = [
            pa.array([self.engine] * len(self)),
            pa.array([self.variant] * len(self)),
            pa.array([self.model] * len(self)),
            pa.array(names[operation], pa.string()),
            pa.array(clients, pa.int32()),
            pa.array((intended - self.begin_ns) / 1e9),
            pa.array((end - intended) / 1e9),
            pa.array((end - start) / 1e9, mask=is_unsent),
            pa.array(rows),
            pa.array([_OUTCOMES[found] for found in outcome.tolist()], pa.string()),
            pa.array([""] * len(self)),
            pa.array(["measured"] * len(self)),
            pa.array(np.zeros(len(self), np.int32)),
            pa.array(["database"] * len(self), mask=outcome != ANSWERED),
            pa.nulls(len(self), pa.bool_()),
        ]
        return pa.table(columns, schema=SCHEMA)

    def seconds(self) -> float:
        """From the beginning to the last answer."""
        return (
            float(
                max((block[:, 4].max() for block in self._blocks if len(block)), default=self.begin_ns) - self.begin_ns
            )
            / 1e9
        )

    def answered(self) -> int:
        return int((self._columns()[6] == ANSWERED).sum())

    def response(self) -> Percentiles | None:
        return percentiles(_responses(self._columns()))

    def service(self) -> Percentiles | None:
        return percentiles(_services(self._columns()))

    def lag(self) -> Percentiles | None:
        return percentiles(_lags(self._columns()))

    def summarized(self) -> tuple[LoadOperation, ...]:
        columns = self._columns()
        return tuple(
            self._summarized(place, operation, columns[:, columns[0] == place])
            for place, operation in enumerate(self.operations)
        )

    def _summarized(self, place: int, operation: Operation, columns: NDArray[np.int64]) -> LoadOperation:
        response = percentiles(_responses(columns))
        return LoadOperation(
            operation.name,
            operation.target_class,
            operation.is_write,
            response,
            percentiles(_services(columns)),
            _target(response, operation.target_seconds),
            int((columns[6] == FAILED).sum()),
            self.errors.get(place, ""),
            int((columns[6] == UNSENT).sum()),
        )

    def undelayed_p95(self, place: int) -> float | None:
        """The 95th percentile of one operation's response, were the clients' own delays taken off each request."""
        columns = self._columns()
        columns = columns[:, (columns[0] == place) & (columns[6] == ANSWERED)]
        if not columns.shape[1]:
            return None
        return float(np.quantile(_responses(columns) - _lags(columns), 0.95))


def percentiles(seconds: NDArray[np.float64]) -> Percentiles | None:
    """None of nothing. Shape (n,)."""
    if not len(seconds):
        return None
    p50, p95, p99, p999 = (float(value) for value in np.quantile(seconds, (0.5, 0.95, 0.99, 0.999)))
    return Percentiles(len(seconds), p50, p95, p99, p999, float(seconds.max()), float(seconds.mean()))


def _responses(columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of what was answered, and of what was never sent as long as it waited: otherwise the worst would be left out."""
    counted = columns[:, columns[6] != FAILED]
    return np.asarray((counted[4] - counted[1]) / 1e9)


def _services(columns: NDArray[np.int64]) -> NDArray[np.float64]:
    answered = columns[:, columns[6] == ANSWERED]
    return np.asarray((answered[4] - answered[3]) / 1e9)


def _lags(columns: NDArray[np.int64]) -> NDArray[np.float64]:
    sent = columns[:, columns[6] != UNSENT]
    return np.asarray((sent[3] - sent[2]) / 1e9)


def _target(response: Percentiles | None, seconds: float) -> Target:
    if response is None or response.count < _FEWEST_TO_TELL:
        return "cannot tell"
    return "met" if response.p95 < seconds else "missed"
