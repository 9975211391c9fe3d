"""Ways to keep answers in a cache. To add one, list it here; `Front` carries out what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OnWrite = Literal["nothing", "delete", "refresh"]
NET_SECONDS = 600.0
"""How long an answer stays that is deleted or replaced when it turns wrong: a net for what nobody deleted."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """`expires`: after the time to live a user chose, else after `NET_SECONDS`. `on_write`: what becomes of the answers
    a write touches. `is_single_flight`: whether of several readers who miss a key one alone asks the database."""

    name: str
    description: str
    is_cached: bool = True
    expires: bool = False
    on_write: OnWrite = "nothing"
    is_single_flight: bool = False

    def ttl_seconds(self, chosen: float) -> float:
        return chosen if self.expires else max(NET_SECONDS, chosen)


NO_CACHE = Strategy("no cache", "every read asks the database", is_cached=False)
TTL = Strategy("ttl", "cache-aside: a miss fills the key, which expires", expires=True)
SINGLE_FLIGHT = Strategy(
    "ttl, one fills", "the same; of those who miss, one asks the database", expires=True, is_single_flight=True
)
DELETE = Strategy("delete", "cache-aside; a write deletes the keys it touches", on_write="delete")
WRITE_THROUGH = Strategy("write-through", "a write puts the new answers of the keys it touches", on_write="refresh")

STRATEGIES: Mapping[str, Strategy] = {each.name: each for each in (NO_CACHE, TTL, SINGLE_FLIGHT, DELETE, WRITE_THROUGH)}
"""Name -> strategy; the first is what the others are held against."""
