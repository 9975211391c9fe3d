"""What it costs a write to be kept on the disk."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import numpy as np

from lab.bench.figures import exact, median, tail
from lab.caching.cache_database import configured
from lab.caching.estimates import quantile_ratio
from lab.caching.studies.ground import Command, StudyGround, opened, send
from lab.engines.redis.connection import Connection
from lab.errors import LabError
from lab.model.caching import Figure, Study, StudyOption
from lab.report import units

_ROUNDS = 4
_WRITES = 250
_PATIENCE_SECONDS = 30.0
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "none": {"appendonly": "no", "save": ""},
    "snapshots (RDB)": {"appendonly": "no", "save": "1 1"},
    "AOF, every second": {"appendonly": "yes", "appendfsync": "everysec", "save": ""},
    "AOF, always": {"appendonly": "yes", "appendfsync": "always", "save": ""},
}
_LOSES = {
    "none": "a restart loses everything",
    "snapshots (RDB)": "a crash loses what came after the last snapshot, here taken every second that saw a write",
    "AOF, every second": "a crash of the machine loses about a second",
    "AOF, always": "a crash loses nothing that was acknowledged",
}


def study(ground: StudyGround) -> Study:
    records = ground.records
    values = [repr(row) for row in records.rows]
    times: dict[str, list[float]] = {name: [] for name in SETTINGS}
    bulk: dict[str, list[float]] = {name: [] for name in SETTINGS}
    rng = random.Random(ground.seed)
    with (
        opened(ground) as connection,
        configured(connection, {"appendonly": "no", "appendfsync": "everysec", "save": ""}),
    ):
        send(connection, _writes(records.keys, values, 0, len(values)))
        for number in range(_ROUNDS):
            for name in rng.sample(list(SETTINGS), len(SETTINGS)):
                _set(connection, SETTINGS[name])
                commands = _writes(records.keys, values, number * _WRITES, _WRITES)
                for command in commands:
                    started = time.perf_counter_ns()
                    send(connection, [command])
                    times[name].append((time.perf_counter_ns() - started) / 1e9)
                started = time.perf_counter_ns()
                send(connection, commands)
                bulk[name].append((time.perf_counter_ns() - started) / 1e9 / len(commands))
        _settle(connection)
    base = np.array(times["none"])
    slices = np.repeat(np.arange(_ROUNDS * 10), _WRITES // 10)
    options = [_option(name, np.array(times[name]), np.array(bulk[name]), base, slices) for name in SETTINGS]
    always, none = (_estimate(options[place].figures[0]) for place in (3, 0))
    second = options[2].figures[3]
    verdict = (
        f"A write waits {units.seconds(always)} where each is on the disk before it is acknowledged, "
        f"{units.seconds(none)} without: {units.ratio(always / none)}. Written out every second it costs "
        f"{units.ratio(_estimate(second))}. For a cache, none; for data that are nowhere else, the append-only file."
    )
    explanation = (
        "The disk is this machine's, which may acknowledge a write sooner or later than yours; in a pipeline one flush "
        "serves all its writes."
    )
    return Study("persistence", "What it costs to keep writes", "setting", verdict, tuple(options), (explanation,))


def _writes(keys: tuple[str, ...], values: list[str], start: int, count: int) -> list[Command]:
    return [("SET", f"kept:{keys[n % len(keys)]}", values[n % len(values)]) for n in range(start, start + count)]


def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        connection.call("CONFIG", "SET", name, value)
    _settle(connection)


def _settle(connection: Connection) -> None:
    """Waits until the file that a setting asked for is there. Raises LabError when it takes too long."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        facts = connection.client.info("persistence")
        if not facts["aof_rewrite_in_progress"] and not facts.get("aof_rewrite_scheduled"):
            return
        time.sleep(0.02)
    raise LabError("Redis did not finish writing its append-only file", "free the disk it writes to, and try again")


def _option(name: str, seconds: np.ndarray, bulk: np.ndarray, base: np.ndarray, slices: np.ndarray) -> StudyOption:
    ratio = quantile_ratio(base, seconds, 0.5, slices)
    figures = (
        median("a write", seconds),
        tail("p99", seconds),
        exact("in a pipeline", "s", float(np.median(bulk))),
        Figure("beside none", "x", ratio),
    )
    return StudyOption(name, figures, _LOSES[name])


def _estimate(figure: Figure) -> float:
    return figure.value.estimate if figure.value else float("nan")
