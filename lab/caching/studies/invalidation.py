"""How long after a write those who hold copies of it hear so, and who never does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing

import numpy as np

from lab.bench.figures import exact, median, tail
from lab.caching.studies.ground import StudyGround, opened, send
from lab.engines.redis.commands import pack
from lab.engines.redis.connection import Connection
from lab.model.caching import Study, StudyOption
from lab.report import units

_MESSAGES = 200
_PAUSE_SECONDS = 0.003
_MISSED = 50
_CHANNEL, _STREAM = "changed", "changes"


def study(ground: StudyGround) -> Study:
    with opened(ground) as connection:
        lags = {
            "pub/sub, 1 subscriber": _lags(ground, connection, 1, _subscribed, _publish),
            "pub/sub, 8 subscribers": _lags(ground, connection, 8, _subscribed, _publish),
            "stream, 1 reader": _lags(ground, connection, 1, _reading, _append),
        }
        kept = {"pub/sub": _heard_late_by_subscriber(ground, connection), "stream": _heard_late_by_reader(connection)}
    options = [
        StudyOption(
            name,
            (
                median("lag", found),
                tail("p99", found),
                exact("heard after being away", "share", kept[name.partition(",")[0]] / _MISSED),
            ),
        )
        for name, found in lags.items()
    ]
    lag = float(np.median(lags["pub/sub, 1 subscriber"]))
    verdict = (
        f"A subscriber hears of a write {units.seconds(lag)} after it, so a copy in its memory is stale for about that "
        f"long. Of {_MISSED} messages sent while it was away it heard {kept['pub/sub']} by pub/sub, "
        f"{kept['stream']} by a stream: by pub/sub alone, a copy must also expire, or be dropped "
        "whenever the connection was lost."
    )
    return Study("invalidation", "How soon copies hear of a write", "way", verdict, tuple(options))


_Listen = Callable[[Connection, Callable[[], None], Callable[[bytes], None]], None]
"""Says that it listens, then hands on each message until one is empty."""


def _lags(
    ground: StudyGround,
    connection: Connection,
    listeners: int,
    listen: _Listen,
    tell: Callable[[Connection, str], None],
) -> np.ndarray:
    """Seconds from before a message is sent until a listener has it: shape (listeners x _MESSAGES,)."""
    found: list[float] = []
    ready = threading.Barrier(listeners + 1)

    def hear(message: bytes) -> None:
        found.append((time.perf_counter_ns() - int(message)) / 1e9)

    def await_all() -> None:
        ready.wait()

    def run() -> None:
        with closing(ground.cache.connect()) as own:
            listen(own, await_all, hear)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(listeners)]
    for thread in threads:
        thread.start()
    ready.wait()
    for _ in range(_MESSAGES):
        time.sleep(_PAUSE_SECONDS)
        tell(connection, str(time.perf_counter_ns()))
    tell(connection, "")
    for thread in threads:
        thread.join()
    return np.array(found)


def _subscribed(own: Connection, is_ready: Callable[[], None], hear: Callable[[bytes], None]) -> None:
    own.call("SUBSCRIBE", _CHANNEL)
    is_ready()
    while message := own.exchange(b"", 1)[0][2]:
        hear(message)


def _publish(connection: Connection, message: str) -> None:
    send(connection, [("PUBLISH", _CHANNEL, message)])


def _reading(own: Connection, is_ready: Callable[[], None], hear: Callable[[bytes], None]) -> None:
    is_ready()
    last = "0"
    while True:
        (found,) = own.exchange(pack([("XREAD", "BLOCK", "0", "STREAMS", _STREAM, last)]), 1)
        for place, (_, message) in found[0][1]:
            last = place.decode()
            if not message:
                return
            hear(message)


def _append(connection: Connection, message: str) -> None:
    send(connection, [("XADD", _STREAM, "*", "at", message)])


def _heard_late_by_subscriber(ground: StudyGround, connection: Connection) -> int:
    """Messages published while nobody listened, and heard afterwards."""
    with closing(ground.cache.connect()) as own:
        own.call("SUBSCRIBE", _CHANNEL)
    for number in range(_MISSED):
        _publish(connection, str(number))
    heard = 0
    with closing(ground.cache.connect()) as own:
        own.call("SUBSCRIBE", _CHANNEL)
        _publish(connection, "")
        while own.exchange(b"", 1)[0][2]:
            heard += 1
    return heard


def _heard_late_by_reader(connection: Connection) -> int:
    """The same by a stream, from where its reader left off."""
    send(connection, [("DEL", _STREAM)])
    last = send(connection, [("XADD", _STREAM, "*", "at", "before")])[0].decode()
    for number in range(_MISSED):
        _append(connection, str(number))
    (found,) = send(connection, [("XREAD", "STREAMS", _STREAM, last)])
    return len(found[0][1])
