"""What an application does that keeps answers in Redis: one connection to the database, one to the cache.

An answer lies under `<design>:<operation>:<value>:…`, its parameters' values in the workload's order, as
`<generation> <read at> <rows as JSON>`. Where a write may touch every key of a read, it counts up the read's
`<design>:<operation>:generation`, which is fetched together with the answer: one of another generation counts as gone.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic_core import from_json, to_json

from lab.caching.strategies import Strategy
from lab.engines.engine import Database, Engine, Prepared
from lab.engines.redis.commands import pack
from lab.engines.redis.connection import Connection, check_reply
from lab.model.caching import CachePlan, Touch
from lab.model.workload import Operation, Value

DIRECT, HIT, MISS, WRITE = 0, 1, 2, 3
_LONGEST_KEY = 120
_LOCK_SECONDS = 5.0
_POLL_SECONDS = 0.002
_NO_GENERATION = b"0"

Parameters = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind` is DIRECT, HIT or MISS; `rows` a read's answer as JSON; `sql` the moments (ns) between which the database
    worked for it, if it did."""

    kind: int
    rows: bytes = b""
    read_at_ns: int = 0
    """When the database was asked for these rows."""
    sql: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all connections have in common: the operations and their texts, which reads are cached, and where."""

    engine: Engine
    operations: Mapping[str, Operation]
    texts: Mapping[str, str]
    plans: Mapping[str, CachePlan]
    """Of the cached reads."""
    lookups: Mapping[str, str]
    """The texts of queries that find keys, by what `Touch` calls them."""
    prefix: str
    ttl_seconds: float

    def touched(self, write: str) -> list[tuple[str, Touch]]:
        """The cached reads a write touches."""
        return [(name, touch) for name, plan in self.plans.items() for touch in plan.touches if touch.write == write]


class Front:
    """One caller's way to data under a strategy. Raises StatementError, StatementTimeout or ServerLost."""

    def __init__(self, ground: Ground, strategy: Strategy, database: Database, cache: Connection) -> None:
        self._ground = ground
        self._strategy = strategy
        self._database = database
        self._cache = cache
        self._prepared = {name: database.prepare(text) for name, text in ground.texts.items()}
        self._lookups = {sql: database.prepare(text) for sql, text in ground.lookups.items()}
        self._touched = {name: ground.touched(name) for name in ground.texts}
        self._ttl_ms = str(round(strategy.ttl_seconds(ground.ttl_seconds) * 1000))
        self._token = secrets.token_hex(8)

    def read(self, name: str, parameters: Parameters) -> Answer:
        """Ends when the rows are Python values, as an application would have them."""
        if name not in self._ground.plans or not self._strategy.is_cached:
            _, sql = self._ask(self._prepared[name], parameters)
            return Answer(DIRECT, sql=sql)
        key, generation_key = self.key(name, parameters), self._generation_key(name)
        found, generation = self._fetch(key, generation_key)
        if found is not None:
            return found
        if self._strategy.is_single_flight:
            return self._fill_alone(name, key, generation_key, parameters)
        return self._fill(name, key, generation, parameters)

    def write(self, name: str, parameters: Parameters) -> Answer:
        """The statement commits, then the cache is told."""
        _, sql = self._ask(self._prepared[name], parameters)
        if self._strategy.is_cached and self._strategy.on_write != "nothing":
            self._tell(name, parameters)
        return Answer(WRITE, sql=sql)

    def fresh(self, name: str, parameters: Parameters) -> bytes:
        """The answer the database gives now, as the cache would keep it."""
        return _json(self._ask(self._prepared[name], parameters)[0])

    def key(self, name: str, parameters: Parameters) -> str:
        values = ":".join(str(parameters[parameter]) for parameter in self._ground.plans[name].parameters)
        key = f"{self._ground.prefix}:{name}:{values}"
        digest = hashlib.blake2b(values.encode(), digest_size=16).hexdigest()
        return key if len(key) <= _LONGEST_KEY else f"{self._ground.prefix}:{name}:{digest}"

    def _generation_key(self, name: str) -> str:
        return f"{self._ground.prefix}:{name}:generation"

    def _ask(self, statement: Prepared, parameters: Parameters) -> tuple[Sequence[Any], tuple[int, int]]:
        """Rows as Python values, and when the database was at it (ns)."""
        started = time.perf_counter_ns()
        result = statement.execute(statement.bind(parameters))
        ended = time.perf_counter_ns()
        statement.count(result)
        if self._ground.engine.decodes_in_time or statement.decoder is None:
            return result if isinstance(result, list) else [], (started, ended)
        return statement.decoder(result)(), (started, ended)

    def _fetch(self, key: str, generation_key: str) -> tuple[Answer | None, bytes]:
        kept, generation = self._commands([("MGET", key, generation_key)])[0]
        generation = generation or _NO_GENERATION
        if kept is not None:
            of, read_at, rows = kept.split(b" ", 2)
            if of == generation:
                from_json(rows)
                return Answer(HIT, rows, int(read_at)), generation
        return None, generation

    def _fill(self, name: str, key: str, generation: bytes, parameters: Parameters) -> Answer:
        rows, sql = self._ask(self._prepared[name], parameters)
        kept = _json(rows)
        value = b"%b %d %b" % (generation, sql[0], kept)
        self._commands([("SET", key, value, "PX", self._ttl_ms)])
        return Answer(MISS, kept, sql[0], sql)

    def _fill_alone(self, name: str, key: str, generation_key: str, parameters: Parameters) -> Answer:
        """One who misses takes the lock and asks; the others wait for what it puts there, or for the lock to lapse."""
        lock = f"{key}:lock"
        while True:
            took = self._commands([("SET", lock, self._token, "NX", "PX", str(round(_LOCK_SECONDS * 1000)))])[0]
            found, generation = self._fetch(key, generation_key)
            if found is not None:
                if took:
                    self._commands([("DEL", lock)])
                return found
            if took:
                try:
                    return self._fill(name, key, generation, parameters)
                finally:
                    self._commands([("DEL", lock)])
            time.sleep(_POLL_SECONDS)

    def _tell(self, write: str, parameters: Parameters) -> None:
        commands: list[tuple[str, ...]] = []
        found: dict[str, list[Value]] = {}
        refreshed: dict[tuple[str, str], Parameters] = {}
        for read, touch in self._touched[write]:
            if touch.reach == "every key":
                commands.append(("INCR", self._generation_key(read)))
                continue
            for keyed in self._keys(read, touch, parameters, found):
                refreshed[read, self.key(read, keyed)] = keyed
        if self._strategy.on_write == "delete" and refreshed:
            commands.append(("DEL", *(key for _, key in refreshed)))
        if commands:
            self._commands(commands)
        if self._strategy.on_write == "refresh":
            for (read, key), keyed in refreshed.items():
                generation = self._commands([("GET", self._generation_key(read))])[0] or _NO_GENERATION
                self._fill(read, key, generation, keyed)

    def _keys(
        self, read: str, touch: Touch, parameters: Parameters, found: dict[str, list[Value]]
    ) -> Iterator[Parameters]:
        """The read's parameters whose answers a write touches; `found` keeps what was looked up for it."""
        sources = dict(touch.lookups)
        columns = []
        for name in self._ground.plans[read].parameters:
            source = sources[name]
            if source.startswith(":"):
                columns.append([parameters[source[1:]]])
            else:
                if source not in found:
                    rows, _ = self._ask(self._lookups[source], parameters)
                    found[source] = [_plain(row[0]) for row in rows]
                columns.append(found[source])
        for values in product(*columns):
            yield dict(zip(self._ground.plans[read].parameters, values, strict=True))

    def keys_touched(self, write: str, parameters: Parameters) -> list[tuple[str, str]]:
        """(read, key) of every answer a write touches, where that is known."""
        found: dict[str, list[Value]] = {}
        return [
            (read, self.key(read, keyed))
            for read, touch in self._touched[write]
            if touch.reach != "every key"
            for keyed in self._keys(read, touch, parameters, found)
        ]

    def _commands(self, commands: Sequence[tuple[str | bytes, ...]]) -> list[Any]:
        replies = self._cache.exchange(pack(commands), len(commands))  # type: ignore[arg-type]
        for reply in replies:
            check_reply(reply)
        return replies


@contextmanager
def opened(ground: Ground, strategy: Strategy, connect: Callable[[], tuple[Database, Connection]]) -> Iterator[Front]:
    """A front with connections of its own, closed with the block."""
    database, cache = connect()
    try:
        yield Front(ground, strategy, database, cache)
    finally:
        database.close()
        cache.close()


def _json(rows: Sequence[Any]) -> bytes:
    return to_json(rows, fallback=str, bytes_mode="base64", inf_nan_mode="strings")


def _plain(value: Any) -> Value:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
