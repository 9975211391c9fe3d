"""Parameters without end for an operation that is executed again and again."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, MutableMapping

from lab.datagen import Generator, draw
from lab.model.workload import Operation, Value

_POOL = 200
_FRESH_AT_A_TIME = 256


def endless_draws(
    generator: Generator, operation: Operation, seed: int, rng: random.Random, drawn: MutableMapping[str, int]
) -> Iterator[Mapping[str, Value]]:
    """Reads cycle through a fixed pool, each write gets values of its own. `drawn` says by operation how many were
    drawn before, and is kept up."""
    if not operation.is_write:
        pool = draw(generator, operation, _POOL, seed)
        rng.shuffle(pool)
        yield from itertools.cycle(pool)
    for start in itertools.count(drawn.get(operation.name, 0), _FRESH_AT_A_TIME):
        drawn[operation.name] = start + _FRESH_AT_A_TIME
        yield from draw(generator, operation, _FRESH_AT_A_TIME, seed + start, start)
