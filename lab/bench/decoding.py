"""What an application pays beside the timed interval: making Python values of the rows, timed apart from the rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from lab.bench.rounds import Parameters
from lab.engines.engine import Prepared, StatementError, StatementTimeout

_EXECUTIONS = 5
_MOST_SECONDS = 1.0


def time_decoding(
    prepared: Prepared, draws: Iterator[Parameters], clock: Callable[[], int] = time.perf_counter_ns
) -> float | None:
    """The median seconds of making Python values of all rows of an execution, over a few executions, fewer where
    those take long; None for a statement that fails, about which the rounds will say more."""
    taken: list[float] = []
    if prepared.decoder is None:
        return None
    begun = clock()
    while len(taken) < _EXECUTIONS and (not taken or clock() - begun < _MOST_SECONDS * 1e9):
        try:
            result = prepared.execute(prepared.bind(next(draws)))
            prepared.count(result)
        except (StatementError, StatementTimeout):
            return None
        decode = prepared.decoder(result)
        started = clock()
        decode()
        taken.append((clock() - started) / 1e9)
    return statistics.median(taken)
