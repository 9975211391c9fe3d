"""What change streams cost those who write, and how long after a write its event is there."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from lab import stats
from lab.bench.figures import exact, median
from lab.bench.load import BASE
from lab.bench.studies.ground import StudyGround
from lab.bench.studies.watching import LAST, Heard, Watchers, watchers
from lab.engines.engine import Prepared
from lab.engines.mongodb.administration import connected
from lab.engines.mongodb.commands import render
from lab.engines.mongodb.database import MongoDatabase
from lab.engines.mongodb.errors import translated
from lab.engines.mongodb.mapping import KEY
from lab.engines.mongodb.nesting import without_key
from lab.errors import LabError
from lab.model.caching import Figure, Study, StudyOption
from lab.report import units

_COLLECTION = "watched"
_ROWS, _MOST_ROUNDS, _WRITES = 500, 8, 50
_NONE, _ONE, _MANY = "no stream", "1 stream", "8 streams"
_WAYS: Mapping[str, tuple[int, bool]] = {
    _NONE: (0, False),
    _ONE: (1, False),
    _MANY: (8, False),
    "1 stream, whole document": (1, True),
}
"""Streams, and whether their events bring the document."""


@dataclass(slots=True)
class _Heard:
    """Of one way: seconds of each write, and of each event after its write was acknowledged; 0 where it was there
    before."""

    writes: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)


def study(ground: StudyGround) -> Study:
    table = ground.relation.child
    with ground.database() as name:
        _fill(ground, name, table)
        address, prefixed = ground.bed.server.address, ground.bed.server.prefix + name
        with (
            closing(MongoDatabase(ground.bed.server, name)) as database,
            watchers(address, prefixed, _COLLECTION) as crew,
        ):
            found = _measured(database, crew, ground.seed, min(max(round(ground.seconds / 2), 2), _MOST_ROUNDS))
    none = np.array(found[_NONE].writes)
    options = tuple(StudyOption(name, tuple(_figures(heard, none))) for name, heard in found.items())
    return Study(
        "change_streams", "What a change stream costs, and its lag", table, _verdict(found), options, _EXPLAINED
    )


_EXPLAINED = (
    "A stream tells of a write once a majority has it, which is when the writer is told, too. Heard first: events that "
    "were there before the writer knew; their lag is 0.",
    "The whole document is looked up for each event, as it is by then.",
)


def _fill(ground: StudyGround, name: str, table: str) -> None:
    server = ground.bed.server
    with translated(), connected(server.address) as client:
        rows = [without_key(found) for found in client[server.prefix + BASE][table].find().limit(_ROWS)]
        if not rows:
            raise LabError(f"there are no rows of {table}", "raise --scale, or leave out --study")
        documents = [{KEY: key, **rows[key % len(rows)]} for key in range(_ROWS)]
        client[server.prefix + name][_COLLECTION].insert_many([*documents, {KEY: LAST}])


def _measured(database: MongoDatabase, crew: Watchers, seed: int, rounds: int) -> dict[str, _Heard]:
    """Rounds in which every way has its turn, in random order, with the same number of writes."""
    rng = random.Random(seed)
    found = {name: _Heard() for name in _WAYS}
    write, last = (database.prepare(_update(key)) for key in ({"$param": "key"}, LAST))
    numbers = itertools.count()
    for _ in range(rounds):
        for name in rng.sample(list(_WAYS), len(_WAYS)):
            streams, is_whole = _WAYS[name]
            crew.open(streams, is_whole)
            times = dict(_written(write, numbers, rng))
            _execute(last, {"number": next(numbers)})  # what changes nothing has no event
            _note(found[name], times, crew.heard())
    return found


def _update(key: object) -> str:
    change = {"q": {KEY: key}, "u": {"$set": {"number": {"$param": "number"}}}}
    return render({"update": _COLLECTION, "updates": [change]})


def _written(write: Prepared, numbers: Iterator[int], rng: random.Random) -> Iterator[tuple[int, tuple[int, int]]]:
    """The number each write sets, and when it was sent and acknowledged (ns)."""
    for _ in range(_WRITES):
        number = next(numbers)
        bound = write.bind({"key": rng.randrange(_ROWS), "number": number})
        sent = time.perf_counter_ns()
        reply = write.execute(bound)
        acknowledged = time.perf_counter_ns()
        write.count(reply)
        yield number, (sent, acknowledged)


def _execute(prepared: Prepared, parameters: Mapping[str, int]) -> None:
    prepared.count(prepared.execute(prepared.bind(parameters)))


def _note(found: _Heard, times: Mapping[int, tuple[int, int]], streams: Sequence[Heard]) -> None:
    found.writes += [(acknowledged - sent) / 1e9 for sent, acknowledged in times.values()]
    events = (event for stream in streams for event in stream)
    found.lags += [max(seen - times[number][1], 0) / 1e9 for number, seen in events]


def _figures(heard: _Heard, none: stats.Samples) -> Iterator[Figure]:
    writes = np.array(heard.writes)
    yield median("a write", writes)
    if not heard.lags:
        yield from (Figure(title, "", None) for title in (_BESIDE, *_LAGS, _FIRST))
        return
    lags = np.array(heard.lags)
    summary = stats.summarize(lags)
    yield Figure(_BESIDE, "x", stats.compare(none, writes).ratio)
    yield from (
        Figure(title, "s", lag) for title, lag in zip(_LAGS, (summary.p50, summary.p95, summary.p99), strict=True)
    )
    yield exact(_FIRST, "share", float((lags == 0).mean()))


_BESIDE, _FIRST = "beside none", "heard first"
_LAGS = ("lag p50", "lag p95", "lag p99")


def _verdict(found: Mapping[str, _Heard]) -> str:
    none = np.array(found[_NONE].writes)
    one, many = (np.array(found[name].writes) for name in (_ONE, _MANY))
    lag = stats.summarize(np.array(found[_ONE].lags))
    return (
        f"Who watches by a change stream hears of a write {units.seconds(lag.p50.estimate)} after it was acknowledged, "
        f"{units.seconds(lag.p99.estimate)} at the 99th percentile. A write takes "
        f"{_beside(none, one)} with one stream open and {_beside(none, many)} with eight."
    )


def _beside(none: stats.Samples, some: stats.Samples) -> str:
    ratio = stats.compare(none, some).ratio
    is_shown = ratio.low > 1 or ratio.high < 1
    words = f"{units.ratio(ratio.estimate)} the time" if is_shown else "as long"
    return f"{words} ({units.ratio_interval(ratio)})"
