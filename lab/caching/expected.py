"""The hit ratio each strategy should have, from the rates at which the workload asks for keys and touches them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lab.caching.front import Front
from lab.caching.popularity import Rates, kept_hit_ratio
from lab.caching.strategies import Strategy
from lab.datagen import Generator, draw
from lab.model.workload import Operation, Value

_READS = 20_000
_WRITES = 1_000


@dataclass(frozen=True, slots=True)
class KeyRates:
    """Of one cached read's keys, shape (n,) each: `reads` and `touches` a second, and `weights`, their share of the
    requests. Rates and weights come from samples of their own: of one sample, keys that happened to come often would
    seem both popular and worth much. `all_touched` is how often a second every key is."""

    reads: Rates
    weights: Rates
    touches: Rates
    all_touched: float


def key_rates(
    front: Front,
    generator: Generator,
    operations: Sequence[Operation],
    cached: Mapping[str, tuple[str, ...]],
    rate: float,
    seed: int,
) -> dict[str, KeyRates]:
    """By cached read. `cached` gives for each the writes that touch every key of it."""
    total = sum(operation.weight for operation in operations)
    paces = {operation.name: rate * operation.weight / total for operation in operations}
    touched: dict[str, Counter[str]] = {name: Counter() for name in cached}
    for operation in operations:
        if operation.is_write:
            for parameters in draw(generator, operation, _WRITES, seed + 13, 900_000_000):
                for read, key in front.keys_touched(operation.name, parameters):
                    touched[read][key] += paces[operation.name] / _WRITES  # type: ignore[assignment]
    return {
        operation.name: _of_read(
            front, generator, operation, paces, touched[operation.name], cached[operation.name], seed
        )
        for operation in operations
        if operation.name in cached
    }


def _of_read(
    front: Front,
    generator: Generator,
    operation: Operation,
    paces: Mapping[str, float],
    touched: Mapping[str, float],
    every: Sequence[str],
    seed: int,
) -> KeyRates:
    asked, weighed = (
        Counter(front.key(operation.name, each) for each in _drawn(generator, operation, seed + offset))
        for offset in (17, 19)
    )
    keys = list(asked | weighed)
    return KeyRates(
        np.array([asked[key] for key in keys]) / _READS * paces[operation.name],
        np.array([weighed[key] for key in keys]) / _READS,
        np.array([touched.get(key, 0.0) for key in keys]),
        sum(paces[write] for write in every),
    )


def _drawn(generator: Generator, operation: Operation, seed: int) -> Sequence[Mapping[str, Value]]:
    return draw(generator, operation, _READS, seed) if operation.parameters else [{}] * _READS


def expected_hit_ratio(rates: KeyRates, strategy: Strategy, ttl_seconds: float, start: float, end: float) -> float:
    """Between `start` and `end` seconds after the cache was empty."""
    none = np.zeros(len(rates.reads))
    is_told = strategy.on_write != "nothing"
    away = rates.touches if strategy.on_write == "delete" else none
    put = rates.touches if strategy.on_write == "refresh" else none
    away = away + (rates.all_touched if is_told else 0.0)
    return kept_hit_ratio(rates.reads, rates.weights, away, put, strategy.ttl_seconds(ttl_seconds), start, end)
