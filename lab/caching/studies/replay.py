"""The workload's requests for keys, replayed against caches at a pace of their own, tick by tick."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.engines.redis.commands import pack
from lab.engines.redis.connection import Connection

TICK_SECONDS = 0.02
Command = tuple[str | bytes, ...]


@dataclass(slots=True)
class Cache:
    """One cache a trace is replayed against. `fetch` and `fill` give the command for a key; `fill` gets the number of
    the key's fill, so that each may expire otherwise."""

    name: str
    connection: Connection
    fetch: Callable[[str], Command]
    fill: Callable[[str, int], Command]
    is_hit: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Of each request: shape (n,)."""
    ages: list[float] = field(default_factory=list)
    """Seconds since what a hit answers was put there."""
    fills: int = 0
    refused: int = 0
    filled_at: dict[str, float] = field(default_factory=dict)


def replay(caches: Sequence[Cache], keys: Sequence[str], rate: float) -> NDArray[np.float64]:
    """Asks all caches for the same keys, `rate` a second; the moments each request was sent, in seconds from the
    beginning: shape (n,)."""
    moments = np.zeros(len(keys))
    for cache in caches:
        cache.is_hit = np.zeros(len(keys), np.bool_)
    began = time.perf_counter()
    done = 0
    while done < len(keys):
        time.sleep(TICK_SECONDS)
        now = time.perf_counter() - began
        due = min(int(now * rate), len(keys))
        moments[done:due] = now
        for cache in caches:
            _tick(cache, keys, done, due, now)
        done = due
    return moments


def _tick(cache: Cache, keys: Sequence[str], start: int, end: int, now: float) -> None:
    """A key that is missed more than once in a tick is filled by the first: what follows is a hit."""
    wanted = keys[start:end]
    if not wanted:
        return
    replies = _sent(cache.connection, [cache.fetch(key) for key in wanted])
    missed: dict[str, None] = {}
    for place, (key, reply) in enumerate(zip(wanted, replies, strict=True), start):
        cache.is_hit[place] = reply is not None or key in missed
        if reply is None:
            missed[key] = None
        else:
            cache.ages.append(now - cache.filled_at.get(key, now))
    fills = [cache.fill(key, cache.fills + number) for number, key in enumerate(missed)]
    cache.fills += len(fills)
    for key, reply in zip(missed, _sent(cache.connection, fills), strict=True):
        if isinstance(reply, Exception):
            cache.refused += 1
        cache.filled_at[key] = now


def _sent(connection: Connection, commands: Sequence[Command]) -> list[Any]:
    """Replies, errors among them: a full cache refuses."""
    return connection.exchange(pack(commands), len(commands)) if commands else []  # type: ignore[arg-type]
