"""What is asked of each variant outside the timed rounds: plans and work counters, decoding, the server's own clock."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from lab.bench.decoding import time_decoding
from lab.bench.observer import Observer
from lab.bench.rounds import Parameters
from lab.bench.stand import Stand
from lab.model.workload import Operation

_SERVER_SETS = 5
_SERVER_SECONDS = 0.5

Draws = Callable[[Operation], Iterator[Parameters]]


def explain(stands: Sequence[Stand], operations: Sequence[Operation], draws: Draws, observer: Observer) -> None:
    """Notes each statement's plan and work counters."""
    observer.stage("plans", len(operations), "queries")
    for operation in operations:
        parameters = next(draws(operation))
        for stand in stands:
            if stand.serves(operation.name):
                _explain(stand, operation.name, parameters)
        observer.advance(1, operation.name)


def _explain(stand: Stand, operation: str, parameters: Parameters) -> None:
    assert stand.database is not None
    with stand.noting(operation):
        explained = stand.database.explain(stand.texts[operation].sql, parameters)
        stand.plans[operation] = explained.plan, explained.work


def time_decodings(stands: Sequence[Stand], operations: Sequence[Operation], draws: Draws, observer: Observer) -> None:
    """Of reads: a write's answer is a number."""
    reads = [operation for operation in operations if not operation.is_write]
    observer.stage("decoding", len(reads), "queries")
    for operation in reads:
        for stand in stands:
            if stand.database is not None and stand.serves(operation.name):
                prepared = stand.database.prepare(stand.texts[operation.name].sql)
                stand.decode_seconds[operation.name] = time_decoding(prepared, draws(operation))
        observer.advance(1, operation.name)


def time_servers(stands: Sequence[Stand], draws: Mapping[str, Iterator[Parameters]]) -> None:
    """Asks each server what a few executions took by its own clock, all variants with the same parameters."""
    for name, parameters in draws.items():
        deadline = time.monotonic() + _SERVER_SECONDS
        for values in itertools.islice(parameters, _SERVER_SETS):
            for stand in stands:
                if stand.serves(name):
                    _time_server(stand, name, values)
            if time.monotonic() > deadline:
                break


def _time_server(stand: Stand, operation: str, parameters: Parameters) -> None:
    assert stand.database is not None
    with stand.noting(operation):
        seconds = stand.database.server_seconds(stand.texts[operation].sql, parameters)
        if seconds is not None:
            stand.server_seconds.setdefault(operation, []).append(seconds)
